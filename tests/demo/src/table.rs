//! The table in the terminal.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, stdout};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr as _;

use crate::rows::{Right, Row, Usual};

/// One finished line of the table.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// The row of the data file.
    pub row: &'a Row,
    /// What the usual rule answered.
    pub usual: Usual,
    /// What went wrong inside the usual rule.
    pub usual_detail: Option<String>,
    /// Whether Vicar lets the call through.
    pub vicar_allows: bool,
    /// Vicar's reason code.
    pub reason: String,
    /// Vicar's words.
    pub sentence: String,
}

impl Line<'_> {
    /// The usual rule lets through what the owner wants stopped.
    pub fn wrongly_allowed(&self) -> bool {
        self.usual.allows() && self.row.right == Right::Deny
    }

    /// The usual rule stops what the owner wants let through.
    pub fn wrongly_denied(&self) -> bool {
        !self.usual.allows() && self.row.right == Right::Allow
    }

    /// Vicar answers what the owner wants.
    pub fn vicar_right(&self) -> bool {
        self.vicar_allows == (self.row.right == Right::Allow)
    }
}

/// Columns of the terminal that the table fits in.
pub const WIDTH: usize = 100;
const TOKEN_WIDTH: usize = 42;
const USUAL_WIDTH: usize = 16;

/// Puts colours around text, or not.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    /// Whether the output is a terminal that wants colours.
    pub colours: bool,
}

impl Paint {
    /// Colours where standard output is a terminal that wants them.
    pub fn of_terminal() -> Self {
        let colours = stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { colours }
    }

    fn apply(self, style: Style, text: &str) -> String {
        if self.colours {
            format!("{}{text}{}", style.render(), style.render_reset())
        } else {
            text.to_owned()
        }
    }

    /// Bold.
    pub fn strong(self, text: &str) -> String {
        self.apply(Style::new().bold(), text)
    }

    /// Dimmed.
    pub fn quiet(self, text: &str) -> String {
        self.apply(Style::new().dimmed(), text)
    }

    /// Green.
    pub fn good(self, text: &str) -> String {
        self.apply(AnsiColor::Green.on_default(), text)
    }

    /// Yellow.
    pub fn stopped(self, text: &str) -> String {
        self.apply(AnsiColor::Yellow.on_default(), text)
    }

    /// Bold red.
    pub fn wrong(self, text: &str) -> String {
        self.apply(AnsiColor::Red.on_default().bold(), text)
    }
}

/// The table's head and lines, each with its sentence unless `brief`.
pub fn render(lines: &[Line<'_>], paint: Paint, brief: bool) -> String {
    let mut out = String::new();
    let head = format!(
        " {} {} {}",
        pad("the token", TOKEN_WIDTH + 3),
        pad("usual rule", USUAL_WIDTH),
        "Vicar",
    );
    out.push_str(&paint.strong(&head));
    out.push('\n');
    out.push_str(&paint.quiet(&format!(" {}\n", "─".repeat(WIDTH - 2))));
    for (index, line) in lines.iter().enumerate() {
        render_line(&mut out, index + 1, line, paint);
        if !brief {
            render_words(&mut out, line, paint);
        }
    }
    out.push_str(&paint.quiet(&format!(" {}\n", "─".repeat(WIDTH - 2))));
    out
}

fn render_line(out: &mut String, number: usize, line: &Line<'_>, paint: Paint) {
    let wrong = line.wrongly_allowed() || line.wrongly_denied();
    let usual = if wrong {
        let answer = if line.usual.allows() { "allow" } else { "deny" };
        paint.wrong(&pad(&format!("{answer} ✗ wrong"), USUAL_WIDTH))
    } else {
        let text = pad(line.usual.label(), USUAL_WIDTH);
        if line.usual.allows() { paint.good(&text) } else { paint.stopped(&text) }
    };
    let vicar = if line.vicar_allows {
        paint.good("allow")
    } else {
        format!("{} {}", paint.stopped("deny"), line.reason)
    };
    let names = wrap(&line.row.token, TOKEN_WIDTH);
    for (index, name) in names.iter().enumerate() {
        if index == 0 {
            let _ = writeln!(
                out,
                " {number:>2} {} {usual} {vicar}",
                paint.strong(&pad(name, TOKEN_WIDTH))
            );
        } else {
            let _ = writeln!(out, "    {}", paint.strong(name));
        }
    }
}

fn render_words(out: &mut String, line: &Line<'_>, paint: Paint) {
    if let Some(detail) = &line.usual_detail {
        write_wrapped(out, &format!("the rule failed: {detail}"), paint);
    }
    write_wrapped(out, &line.sentence, paint);
}

fn write_wrapped(out: &mut String, text: &str, paint: Paint) {
    for part in wrap(text, WIDTH - 6) {
        let _ = writeln!(out, "    {}", paint.quiet(&part));
    }
}

/// `text` with spaces behind it, to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// `text` in lines of at most `width` columns, broken at spaces; a longer word stands alone.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && line.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_pads_by_columns() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(
            wrap("incomprehensibilities are long", 10),
            ["incomprehensibilities", "are long"]
        );
        assert_eq!(wrap("", 10), [""]);
        assert_eq!(pad("über", 6), "über  ");
        assert_eq!(pad("longer", 3), "longer");
    }
}
