//! `vicar completion`: words for the shell to complete.

use clap::{Args, Command};
use clap_complete::{Shell, generate};

use super::screen::{Answer, Ending};

/// Print a completion script for a shell
#[derive(Clone, Debug, Args)]
#[command(
    after_help = "Example: vicar completion bash > ~/.local/share/bash-completion/completions/vicar"
)]
pub(super) struct Completion {
    /// Which shell
    shell: Shell,
}

impl Completion {
    pub(super) fn run(&self, mut command: Command) -> Answer {
        let mut script = Vec::new();
        generate(self.shell, &mut command, "vicar", &mut script);
        let text = String::from_utf8_lossy(&script).into_owned();
        Answer { text, note: String::new(), ending: Ending::Yes }
    }
}
