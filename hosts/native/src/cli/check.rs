//! `vicar check`: is the folder a valid bundle?

use std::path::PathBuf;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;

use super::screen::{Answer, Ending, Screen};
use crate::{
    bundle_source::{read_folder, refused},
    failure::Failure,
    terminal::{Palette, Tone, safe},
};

/// Check a bundle folder without building it
#[derive(Clone, Debug, Args)]
pub(super) struct Check {
    /// The folder that holds `vicar.yaml`
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Take warnings for errors
    #[arg(long)]
    strict: bool,
}

/// A folder that is a valid bundle.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "check")]
pub(super) struct Checked {
    /// The bundle's name.
    name: String,
    /// The digest it would have.
    digest: String,
    /// How many policies it has.
    policies: usize,
    /// How many test cases it has.
    tests: usize,
    /// What is not wrong, but looks so: `file:line:column: message` and more lines below.
    warnings: Vec<String>,
}

impl Check {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let folder = read_folder(&self.folder)?;
        let compiled = vicar_compiler::compile(&folder)
            .map_err(|problems| refused(&self.folder, &problems))?;
        if self.strict && !compiled.warnings.is_empty() {
            let failure = refused(&self.folder, &compiled.warnings);
            let message = format!("there are {} warnings", compiled.warnings.len());
            return Err(Failure { message, ..failure });
        }
        let checked = Checked {
            name: compiled.bundle.contents().name.clone(),
            digest: compiled.bundle.digest().to_string(),
            policies: compiled.bundle.program().policies().len(),
            tests: compiled.tests.iter().map(|file| file.cases.len()).sum(),
            warnings: compiled.warnings.iter().map(ToString::to_string).collect(),
        };
        screen.answer(Ending::Yes, &checked, |palette| checked.draw(palette))
    }
}

impl Checked {
    fn draw(&self, palette: &Palette) -> String {
        let mut text = String::new();
        for warning in &self.warnings {
            for line in warning.lines() {
                text.push_str(&palette.paint(Tone::Warn, safe(line)));
                text.push('\n');
            }
        }
        let Self { name, digest, policies, tests, .. } = self;
        let mark = palette.paint(Tone::Good, "✔ valid");
        let plural = |count: usize, one: &str, many: &str| match count {
            1 => format!("1 {one}"),
            _ => format!("{count} {many}"),
        };
        let (policies, tests) =
            (plural(*policies, "policy", "policies"), plural(*tests, "test case", "test cases"));
        text.push_str(&format!(
            "{mark}  bundle {}: {policies}, {tests}\n   {digest}\n",
            safe(name)
        ));
        text
    }
}
