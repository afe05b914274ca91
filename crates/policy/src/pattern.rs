//! `like`: matching against text with wildcards.

/// Whether `text` matches `parts`, where nothing stands for any text. No two texts may stand
/// side by side: then the leftmost match of each is as good as any, and one pass suffices.
pub(crate) fn matches<'p>(parts: impl Iterator<Item = Option<&'p str>>, text: &str) -> bool {
    let mut rest = text;
    let mut floating = false;
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        let Some(wanted) = part else {
            floating = true;
            continue;
        };
        if !floating {
            match rest.strip_prefix(wanted) {
                Some(after) => rest = after,
                None => return false,
            }
        } else if parts.peek().is_none() {
            return rest.ends_with(wanted);
        } else {
            match rest.split_once(wanted) {
                Some((_, after)) => rest = after,
                None => return false,
            }
            floating = false;
        }
    }
    floating || rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::matches;
    use crate::{Value, test_support::*};

    fn like_value(text: &str, pattern: &str) -> bool {
        value_of(like(lit(text), pattern)) == Ok(Value::Bool(true))
    }

    #[test]
    fn wildcards_stand_for_any_text() {
        for (text, pattern, wanted) in [
            ("", "", true),
            ("a", "", false),
            ("", "*", true),
            ("abc", "*", true),
            ("abc", "abc", true),
            ("abc", "ab", false),
            ("abc", "a*", true),
            ("abc", "*c", true),
            ("abc", "*b", false),
            ("abc", "a*c", true),
            ("ac", "a*c", true),
            ("abcbc", "a*bc", true),
            ("aXbXc", "*X*", true),
            ("aba", "ab*ba", false),
            ("abba", "ab*ba", true),
            ("mississippi", "m*iss*ip*i", true),
            ("mississippi", "m*iss*iss*iss*", false),
            ("aaa", "a***a", true),
            ("grüße", "gr*e", true),
            ("日本語", "*本*", true),
            ("日本語", "日*本", false),
        ] {
            assert_eq!(like_value(text, pattern), wanted, "{text:?} like {pattern:?}");
        }
    }

    #[test]
    fn an_escaped_star_is_a_star() {
        let parts = [Some("a*"), None];
        assert!(matches(parts.into_iter(), "a*b"));
        assert!(!matches(parts.into_iter(), "aab"));
    }

    /// Straight from the definition.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match pattern {
            [] => text.is_empty(),
            ['*', rest @ ..] => (0..=text.len()).any(|skip| reference(rest, &text[skip..])),
            [first, rest @ ..] => text.first() == Some(first) && reference(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn matches_as_defined(pattern in "[ab*é]{0,7}", text in "[abé]{0,8}") {
            let chars = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(like_value(&text, &pattern), reference(&chars(&pattern), &chars(&text)));
        }
    }
}
