//! Input shown in messages: bounded, escaped, in backticks.

use std::fmt;

/// Most characters of an input that a message shows: room for the longest Entra issuer.
pub const SHOWN: usize = 100;

/// Shows a text from outside as `` `text` ``: control, invisible and direction-changing
/// characters escaped, at most [`SHOWN`] characters, then an ellipsis.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut characters = self.0.chars();
        formatter.write_str("`")?;
        for character in characters.by_ref().take(SHOWN) {
            match character {
                '`' => formatter.write_str("\\u{60}")?,
                '"' | '\'' => write!(formatter, "{character}")?,
                other => write!(formatter, "{}", other.escape_debug())?,
            }
        }
        formatter.write_str(if characters.next().is_some() { "…`" } else { "`" })
    }
}

/// Shows a list as `` `a`, `b` and `c` ``, at most five items of it.
#[derive(Clone, Copy, Debug)]
pub struct AllOf<'a, T>(pub &'a [T]);

/// Shows a list as `` `a`, `b` or `c` ``, at most five items of it.
#[derive(Clone, Copy, Debug)]
pub struct AnyOf<'a, T>(pub &'a [T]);

impl<T: AsRef<str>> fmt::Display for AllOf<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(self.0, "and", formatter)
    }
}

impl<T: AsRef<str>> fmt::Display for AnyOf<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        list(self.0, "or", formatter)
    }
}

fn list<T: AsRef<str>>(
    items: &[T],
    conjunction: &str,
    formatter: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    const SHOWN_ITEMS: usize = 5;
    let shown = items.len().min(SHOWN_ITEMS);
    let hidden = items.len() - shown;
    if shown == 0 {
        return formatter.write_str("none");
    }
    for (index, item) in items.iter().take(shown).enumerate() {
        match index {
            0 => {}
            last if last + 1 == shown && hidden == 0 => write!(formatter, " {conjunction} ")?,
            _ => formatter.write_str(", ")?,
        }
        write!(formatter, "{}", Quoted(item.as_ref()))?;
    }
    if hidden > 0 {
        write!(formatter, " {conjunction} {hidden} more")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{AllOf, AnyOf, Quoted};

    #[test]
    fn control_and_direction_characters_are_escaped() {
        assert_eq!(Quoted("a\n\u{202e}b`\"").to_string(), "`a\\n\\u{202e}b\\u{60}\"`");
    }

    #[test]
    fn long_input_is_cut() {
        let shown = Quoted(&"x".repeat(5000)).to_string();
        assert_eq!(shown, format!("`{}…`", "x".repeat(100)));
    }

    #[test]
    fn lists_read_as_a_sentence() {
        assert_eq!(AnyOf::<&str>(&[]).to_string(), "none");
        assert_eq!(AllOf(&["a", "b"]).to_string(), "`a` and `b`");
        assert_eq!(AnyOf(&["a"]).to_string(), "`a`");
        assert_eq!(AnyOf(&["a", "b", "c"]).to_string(), "`a`, `b` or `c`");
        assert_eq!(
            AnyOf(&["a", "b", "c", "d", "e", "f", "g"]).to_string(),
            "`a`, `b`, `c`, `d`, `e` or 2 more"
        );
    }
}
