//! Colours, where they are welcome.

use std::{fmt::Display, io::IsTerminal};

use anstyle::{AnsiColor, Style};

/// The value of `--color`: `auto` is when the output is a terminal and `NO_COLOR` is not set.
#[expect(missing_docs, reason = "`--help` would spread the values over a dozen lines")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    Always,
    #[default]
    Auto,
    Never,
}

/// What a piece of text means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Refused, failed.
    Bad,
    /// Beside the point.
    Dim,
    /// Permitted, passed.
    Good,
    /// A heading.
    Heading,
    /// Look twice.
    Warn,
}

/// Whether and how text is coloured, and how wide the output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    coloured: bool,
    width: usize,
}

impl Palette {
    /// For standard output: looks at it and at `NO_COLOR` (<https://no-color.org>: any non-empty
    /// value).
    pub fn detect(choice: ColorChoice) -> Self {
        Self::on(choice, std::io::stdout().is_terminal())
    }

    /// For standard error.
    pub fn detect_for_errors(choice: ColorChoice) -> Self {
        Self::on(choice, std::io::stderr().is_terminal())
    }

    fn on(choice: ColorChoice, terminal: bool) -> Self {
        let no_color = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let coloured = match choice {
            ColorChoice::Always => true,
            ColorChoice::Auto => terminal && !no_color && !dumb,
            ColorChoice::Never => false,
        };
        let width = terminal_size::terminal_size()
            .filter(|_| terminal)
            .map_or(DEFAULT_WIDTH, |(terminal_size::Width(width), _)| usize::from(width));
        Self { coloured, width: width.clamp(NARROWEST, WIDEST) }
    }

    /// No colours, `width` columns.
    pub const fn plain(width: usize) -> Self {
        Self { coloured: false, width }
    }

    /// Columns of the output.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// `text` in its tone.
    pub fn paint(&self, tone: Tone, text: impl Display) -> String {
        if !self.coloured {
            return text.to_string();
        }
        let style = match tone {
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default().bold(),
            Tone::Heading => Style::new().bold(),
            Tone::Warn => AnsiColor::Yellow.on_default(),
        };
        format!("{style}{text}{style:#}")
    }
}

const DEFAULT_WIDTH: usize = 100;
const NARROWEST: usize = 40;
const WIDEST: usize = 140;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_has_no_escapes_and_coloured_text_ends_its_style() {
        assert_eq!(Palette::plain(80).paint(Tone::Bad, "no"), "no");
        let coloured = Palette { coloured: true, width: 80 };
        let text = coloured.paint(Tone::Bad, "no");
        assert!(text.starts_with("\u{1b}[") && text.ends_with("\u{1b}[0m"), "{text:?}");
    }
}
