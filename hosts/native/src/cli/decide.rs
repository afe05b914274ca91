//! `vicar decide`: a token, a request and a bundle; allow or deny.

use clap::Args;

use super::{
    bundle_input::BundleArguments,
    engine_choice::EngineArguments,
    keys_input::KeysArguments,
    request_input::RequestArguments,
    screen::{Answer, Ending, Screen},
    time::Clock,
    token_input::TokenArguments,
    verdict_view::VerdictView,
};
use crate::failure::{Failure, code};

/// Decide on a request: exit status 0 allow, 1 deny, 2 no verdict
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Decide {
    #[command(flatten)]
    question: Question,
}

/// What `decide` and `explain` are asked.
#[derive(Clone, Debug, Args)]
pub(super) struct Question {
    #[command(flatten)]
    token: TokenArguments,
    /// Decide on a request without a token
    #[arg(long, conflicts_with_all = ["token", "file"])]
    no_token: bool,
    #[command(flatten)]
    bundle: BundleArguments,
    #[command(flatten)]
    request: RequestArguments,
    #[command(flatten)]
    keys: KeysArguments,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    engine: EngineArguments,
}

impl Question {
    /// The verdict as the engine wrote it, and as it reads.
    pub(super) fn ask(&self, screen: &Screen) -> Result<(String, VerdictView), Failure> {
        let token = self.token()?;
        let call = self.request.read()?;
        let bundle = self.bundle.load()?;
        let now = self.clock.now()?;
        let mut gate = self.engine.open(screen)?.load(&bundle.to_bytes())?;
        self.keys.provide(&mut *gate, &bundle, token.as_deref())?;
        let json = call.with(token.as_deref(), |call| gate.explain(call, now))?;
        let view = VerdictView::read(&json)?;
        Ok((json, view))
    }

    /// The token; none only where the user says so, lest a slip look like a denied request.
    fn token(&self) -> Result<Option<String>, Failure> {
        if self.no_token {
            return Ok(None);
        }
        let token = self.token.required().map_err(|failure| match failure.reason.as_str() {
            code::INPUT_EMPTY => failure.hint("`--no-token` decides on a request without one"),
            _ => failure,
        });
        token.map(Some)
    }

    /// A warning where test keys were trusted.
    pub(super) fn note(&self) -> String {
        match self.keys.test_keys() {
            true => "warning: the published test keys are trusted; the verdict proves nothing\n"
                .to_owned(),
            false => String::new(),
        }
    }
}

impl Decide {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let (json, verdict) = self.question.ask(screen)?;
        let ending = Ending::of(verdict.allows());
        let answer = screen.canonical(ending, &json, |palette| Ok(verdict.short(palette)))?;
        Ok(Answer { note: self.question.note(), ..answer })
    }
}

const EXAMPLES: &str = "\
Examples:
  vicar decide @token.txt --bundle policies/reference --url https://mcp.example/mcp --tool search
  pbpaste | vicar decide - -b bundle.vicar --url https://api.example/orders/7 -X DELETE --json";
