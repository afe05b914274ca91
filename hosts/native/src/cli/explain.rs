//! `vicar explain`: the verdict with everything that led to it.

use clap::Args;

use super::{
    decide::Question,
    screen::{Answer, Ending, Screen},
};
use crate::failure::Failure;

/// Explain a decision: who asks for what, clause by clause, and what would change it
#[derive(Clone, Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    question: Question,
}

impl Explain {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let (json, verdict) = self.question.ask(screen)?;
        let ending = Ending::of(verdict.allows());
        let answer = screen.canonical(ending, &json, |palette| Ok(verdict.long(palette)))?;
        Ok(Answer { note: self.question.note(), ..answer })
    }
}
