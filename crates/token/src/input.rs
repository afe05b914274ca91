//! Tokens as people paste them.

use std::borrow::Cow;

/// Takes away what comes along when a token is copied: white space and line breaks (also within),
/// invisible marks, surrounding quotes, an `Authorization:` field name, the word `Bearer`.
///
/// For tools that people paste into. A gateway must not use it: there the field's syntax is part
/// of the check.
pub fn tidy(input: &str) -> Cow<'_, str> {
    let mut text = strip(input);
    loop {
        let shorter = ["authorization:", "bearer ", "bearer\t", "bearer\n", "bearer:"]
            .iter()
            .find_map(|prefix| strip_prefix_ignoring_case(text, prefix))
            .map_or(text, strip);
        if shorter.len() == text.len() {
            break;
        }
        text = shorter;
    }
    // JSON keeps its white space: it is refused as what it is, and must stay recognisable.
    if text.starts_with('{') || !text.contains(is_noise) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().filter(|character| !is_noise(*character)).collect())
}

/// Trims noise and one or more pairs of quotes, closed or not.
fn strip(text: &str) -> &str {
    text.trim_matches(|character: char| is_noise(character) || QUOTES.contains(&character))
        .trim_end_matches([',', ';'])
        .trim_end_matches(|character: char| is_noise(character) || QUOTES.contains(&character))
}

fn strip_prefix_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// White space, control characters, and the marks that word processors and chats put in.
fn is_noise(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

const QUOTES: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn what_comes_along_is_taken_away() {
        for pasted in [
            "a.b.c",
            "Bearer a.b.c",
            "bearer  a.b.c\n",
            "Authorization: Bearer a.b.c\r\n",
            "authorization:bearer a.b.c",
            "\"a.b.c\",",
            "'Bearer a.b.c'",
            "Bearer \"a.b.c\"",
            "“a.b.c”",
            "\u{feff}a.\n  b.\n  c\u{200b}",
        ] {
            assert_eq!(tidy(pasted), "a.b.c", "{pasted:?}");
        }
    }

    #[test]
    fn a_clean_token_is_borrowed() {
        assert!(matches!(tidy("a.b.c"), std::borrow::Cow::Borrowed("a.b.c")));
    }

    #[test]
    fn json_stays_recognisable() {
        assert_eq!(tidy(" {\"payload\": \"x y\"} "), "{\"payload\": \"x y\"}");
    }

    proptest::proptest! {
        #[test]
        fn tidying_twice_changes_nothing(text in ".{0,80}") {
            let once = tidy(&text).into_owned();
            proptest::prop_assert_eq!(tidy(&once).into_owned(), once.clone());
        }
    }
}
