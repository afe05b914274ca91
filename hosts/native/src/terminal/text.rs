//! Text that fits and cannot take over the terminal.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` without what a terminal obeys or what misleads the eye: control characters, bidirectional
/// overrides and other invisible characters are shown as escapes.
pub fn safe(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let hidden = character.width().unwrap_or(0) == 0
            || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden {
            shown.extend(character.escape_unicode());
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Columns that `text` takes; ANSI styles take none.
pub fn column_width(text: &str) -> usize {
    if !text.contains('\u{1b}') {
        return text.width();
    }
    let mut pieces = text.split('\u{1b}');
    let first = pieces.next().unwrap_or_default().width();
    pieces
        .map(|piece| piece.split_once('m').map_or(0, |(_, visible)| visible.width()))
        .fold(first, usize::saturating_add)
}

/// `text` in at most `columns`, its end replaced by an ellipsis where it is longer.
pub fn shorten(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 1;
    for character in text.chars() {
        used += character.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(character);
    }
    kept.push('…');
    kept
}

/// `text` in lines of at most `columns`, broken at blanks where possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let needed = line.width() + usize::from(!line.is_empty()) + word.width();
        if needed > columns && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for character in word.chars() {
            if line.width() + character.width().unwrap_or(0) > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push(character);
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_token_cannot_take_over_the_terminal() {
        assert_eq!(safe("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(safe("nim\u{202e}da"), "nim\\u{202e}da");
        assert_eq!(safe("line\nbreak\t\u{7f}"), "line\\u{a}break\\u{9}\\u{7f}");
        assert_eq!(safe("Jürgen 漢字 ✔"), "Jürgen 漢字 ✔");
    }

    #[test]
    fn widths_count_columns_not_bytes() {
        assert_eq!(column_width("漢字"), 4);
        assert_eq!(column_width("\u{1b}[1mab\u{1b}[0m c"), 4);
        assert_eq!(shorten("abcdef", 4), "abc…");
        assert_eq!(shorten("漢字漢字", 5), "漢字…");
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide(text in "\\PC{0,80}", columns in 2..40_usize) {
            let text = safe(&text);
            prop_assert!(shorten(&text, columns).width() <= columns);
            for line in wrap(&text, columns) {
                prop_assert!(line.width() <= columns, "{:?}", line);
            }
        }
    }
}
