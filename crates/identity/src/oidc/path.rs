//! Claim paths: names with dots between them; a name in double quotes may itself hold dots.

use vicar_token::{Json, Object};

/// A way into nested claims, for example `resource_access."tools.example".roles`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath<'a> {
    segments: Vec<&'a str>,
}

/// Why a text is not a claim path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the path {}", self.words())]
#[non_exhaustive]
pub enum PathError {
    /// A name of no characters.
    EmptyName,
    /// Something other than a dot after a quoted name.
    TextAfterQuote,
    /// A quote that does not end, or one inside a plain name.
    UnmatchedQuote,
}

impl PathError {
    /// What is wrong, as the end of a sentence about the path.
    pub const fn words(self) -> &'static str {
        match self {
            Self::EmptyName => "has an empty name",
            Self::TextAfterQuote => "has text after a quoted name",
            Self::UnmatchedQuote => "has a quote without its counterpart",
        }
    }
}

impl<'a> ClaimPath<'a> {
    /// Reads a path.
    ///
    /// # Errors
    /// [`PathError`] for the first name that is not well formed.
    pub fn parse(text: &'a str) -> Result<Self, PathError> {
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            let (segment, after) = match rest.strip_prefix('"') {
                Some(quoted) => {
                    let (name, after) = quoted.split_once('"').ok_or(PathError::UnmatchedQuote)?;
                    match after.strip_prefix('.') {
                        Some(after) => (name, Some(after)),
                        None if after.is_empty() => (name, None),
                        None => return Err(PathError::TextAfterQuote),
                    }
                }
                None => match rest.split_once('.') {
                    Some((name, after)) => (name, Some(after)),
                    None => (rest, None),
                },
            };
            if segment.is_empty() {
                return Err(PathError::EmptyName);
            }
            if segment.contains('"') {
                return Err(PathError::UnmatchedQuote);
            }
            segments.push(segment);
            match after {
                Some(after) => rest = after,
                None => return Ok(Self { segments }),
            }
        }
    }

    /// What the path leads to.
    pub fn look_up<'c>(&self, claims: &'c Object) -> Option<&'c Json> {
        let (last, parents) = self.segments.split_last()?;
        let parent =
            parents.iter().try_fold(claims, |object, segment| object.get(segment)?.as_object())?;
        parent.get(last)
    }
}

#[cfg(test)]
mod tests {
    use vicar_token::{Object, json::Limits};

    use super::{ClaimPath, PathError};

    #[test]
    fn a_path_leads_into_nested_claims() {
        let claims = br#"{"a": {"b.c": {"d": 1}, "b": 2}, "https://x.example/roles": 3}"#;
        let claims = Object::parse(claims, &Limits::TOKEN).unwrap();
        let value =
            |path| ClaimPath::parse(path).unwrap().look_up(&claims).map(|value| value.to_string());
        assert_eq!(value("a.b").as_deref(), Some("2"));
        assert_eq!(value(r#"a."b.c".d"#).as_deref(), Some("1"));
        assert_eq!(value(r#""https://x.example/roles""#).as_deref(), Some("3"));
        assert_eq!(value("a.b.c"), None);
        assert_eq!(value("a.x"), None);
    }

    #[test]
    fn a_path_that_is_not_well_formed_says_why() {
        for (path, error) in [
            ("", PathError::EmptyName),
            (".", PathError::EmptyName),
            ("a..b", PathError::EmptyName),
            ("a.", PathError::EmptyName),
            ("\"\"", PathError::EmptyName),
            ("\"a", PathError::UnmatchedQuote),
            ("a\"b", PathError::UnmatchedQuote),
            ("\"a\"b", PathError::TextAfterQuote),
        ] {
            assert_eq!(ClaimPath::parse(path), Err(error), "{path}");
        }
    }
}
