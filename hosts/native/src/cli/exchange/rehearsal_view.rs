//! What a dry run shows.

use schemars::JsonSchema;
use serde::Serialize;

use super::token_view::draw_problem;
use crate::{
    exchange::dry_run::{Rehearsal, Rehearsed},
    terminal::{Palette, Tone, safe},
};

/// What an exchange would do; nothing was sent.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "exchange_dry_run")]
pub(in crate::cli) struct RehearsalView {
    /// Always `true`.
    dry_run: bool,
    #[serde(flatten)]
    rehearsal: Rehearsal,
}

impl RehearsalView {
    pub(super) const fn new(rehearsal: Rehearsal) -> Self {
        Self { dry_run: true, rehearsal }
    }

    pub(super) fn draw(&self, palette: &Palette) -> String {
        let mut text = format!("{}\n", palette.paint(Tone::Heading, "Dry run: nothing was sent"));
        for (number, step) in (1..).zip(&self.rehearsal.steps) {
            text.push_str(&format!("\n{number}. {}\n", drawn(step, palette)));
        }
        if let Some(problem) = &self.rehearsal.refused {
            text.push('\n');
            text.push_str(&draw_problem(problem, palette));
        }
        text
    }
}

fn drawn(step: &Rehearsed, palette: &Palette) -> String {
    match step {
        Rehearsed::Prompt => {
            "show the code to the person, then repeat the next request until they signed in"
                .to_owned()
        }
        Rehearsed::Read { file, found: true } => format!("read `{}`", safe(file)),
        Rehearsed::Read { file, found: false } => format!(
            "read `{}` {}",
            safe(file),
            palette.paint(Tone::Warn, "(cannot be read here; a placeholder stands for it)")
        ),
        Rehearsed::Send { method, url, headers, form } => {
            let mut text = format!("{method} {}", safe(url));
            for (name, value) in headers {
                text.push_str(
                    &palette.paint(Tone::Dim, format!("\n   {}: {}", safe(name), safe(value))),
                );
            }
            for (name, value) in form {
                text.push_str(&format!("\n     {} = {}", safe(name), safe(value)));
            }
            text
        }
        Rehearsed::Sign { key } => format!("sign an assertion with the key `{}`", safe(key)),
    }
}
