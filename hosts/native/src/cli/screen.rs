//! How a command answers.

use std::process::ExitCode;

use serde::Serialize;

use super::Components;
use crate::{
    failure::Failure,
    terminal::{Palette, Tone, safe},
};

/// What a command has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// For standard output, ended by a line feed.
    pub text: String,
    /// For people, on standard error; empty for none.
    pub note: String,
    /// How the process ends.
    pub ending: Ending,
}

/// How a command that has an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Denied, refused, failed: status 1.
    No,
    /// Allowed, verified, passed, done: status 0.
    Yes,
}

impl Ending {
    /// [`Ending::Yes`] if `good`.
    pub const fn of(good: bool) -> Self {
        if good { Self::Yes } else { Self::No }
    }
}

impl From<Ending> for ExitCode {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::No => Self::from(1),
            Ending::Yes => Self::SUCCESS,
        }
    }
}

/// The output side of one run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Screen {
    pub(super) palette: Palette,
    pub(super) json: bool,
    pub(super) show_token: bool,
    pub(super) components: Components,
}

impl Screen {
    pub(super) const fn new(
        palette: Palette,
        json: bool,
        show_token: bool,
        components: Components,
    ) -> Self {
        Self { palette, json, show_token, components }
    }

    /// An answer made of JSON or of words, as the user asked.
    pub(super) fn answer(
        &self,
        ending: Ending,
        document: &impl Serialize,
        words: impl FnOnce(&Palette) -> String,
    ) -> Result<Answer, Failure> {
        let text = if self.json {
            let mut text = serde_json::to_string(document)
                .map_err(|error| Failure::json("the answer", &error))?;
            text.push('\n');
            text
        } else {
            words(&self.palette)
        };
        Ok(Answer { text, note: String::new(), ending })
    }

    /// JSON that is canonical already, or words.
    pub(super) fn canonical(
        &self,
        ending: Ending,
        json: &str,
        words: impl FnOnce(&Palette) -> Result<String, Failure>,
    ) -> Result<Answer, Failure> {
        let text = if self.json { format!("{json}\n") } else { words(&self.palette)? };
        Ok(Answer { text, note: String::new(), ending })
    }

    /// A token for people: whole only if asked, else its beginning and its length.
    pub(super) fn token(&self, token: &str) -> String {
        if self.show_token {
            return safe(token);
        }
        let shown: String = token.chars().take(SHOWN_OF_TOKEN).collect();
        format!("{}… ({} characters; --show-token prints it)", safe(&shown), token.len())
    }
}

/// A line of a heading.
pub(super) fn heading(palette: &Palette, text: &str) -> String {
    format!("\n{}\n", palette.paint(Tone::Heading, text))
}

/// Less than a JOSE header has.
const SHOWN_OF_TOKEN: usize = 12;
