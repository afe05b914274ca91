//! `vicar exchange`: one token for another, in earnest or rehearsed.

mod flow_input;
mod rehearsal_view;
mod spec_input;
mod token_view;

use std::{
    io::{self, Write},
    sync::Arc,
};

use clap::{Args, ValueEnum};
use vicar_exchange::Secret;

use super::{
    engine_choice::EngineArguments,
    screen::{Answer, Ending, Screen},
    time::{Clock, in_words},
};
use crate::{
    exchange::{DevicePrompt, Granted, Problem, Prompt, RunError, Runner, dry_run},
    failure::{Failure, code},
    http::{block_on, unix_now},
    terminal::{ColorChoice, Palette, Tone, safe},
};

pub(super) use flow_input::AuthorityArguments;
pub(super) use rehearsal_view::RehearsalView;
pub(super) use spec_input::{HostArguments, audiences_of};
pub(super) use token_view::TokenView;

/// Trade a token for another: exit status 0 a token, 1 refused, 2 no answer
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Exchange {
    #[command(flatten)]
    asked: spec_input::SpecArguments,
    /// Print each request that would be sent, secrets masked; nothing is sent
    #[arg(long, conflicts_with = "output")]
    dry_run: bool,
    /// What to print: whose token it is, or the whole token as a header for `curl -H`
    #[arg(long, value_name = "WHAT", default_value = "summary", help_heading = "Output")]
    output: Printed,
    #[command(flatten)]
    host: HostArguments,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    engine: EngineArguments,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Printed {
    Header,
    Summary,
}

impl Exchange {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let spec = self.asked.spec()?;
        if self.dry_run {
            return self.rehearse(&spec, screen);
        }
        if self.clock.is_set() {
            let message = "`--now` goes with `--dry-run` only";
            return Err(Failure::new(code::USAGE_MALFORMED, message)
                .hint("an exchange in earnest takes place now"));
        }
        let exchanged = exchange(&spec, &self.host, self.engine, screen)?;
        match self.output {
            Printed::Header if !screen.json => exchanged.answer(screen, |granted| {
                format!("Authorization: Bearer {}\n", granted.token.access_token.expose())
            }),
            Printed::Header => exchanged.shown_answer(screen, true),
            Printed::Summary => exchanged.shown_answer(screen, screen.show_token),
        }
    }

    fn rehearse(&self, spec: &Secret, screen: &Screen) -> Result<Answer, Failure> {
        let exchanger = self.engine.open_exchanger(screen)?;
        let rehearsal = dry_run::rehearse(&*exchanger, spec, self.clock.now()?)?;
        if let Some(problem) = &rehearsal.refused
            && is_no_answer(problem)
        {
            return Err(problem.into());
        }
        let ending = Ending::of(rehearsal.refused.is_none());
        let view = RehearsalView::new(rehearsal);
        screen.answer(ending, &view, |palette| view.draw(palette))
    }
}

/// How an exchange ended.
pub(super) enum Exchanged {
    Refused(Box<Problem>),
    Token(Box<Granted>),
}

/// Runs an exchange to its end.
pub(super) fn exchange(
    spec: &Secret,
    host: &HostArguments,
    engine: EngineArguments,
    screen: &Screen,
) -> Result<Exchanged, Failure> {
    let exchanger = engine.open_exchanger(screen)?;
    let runner = Runner::new(host.carrier()?, Arc::new(host.keys()?));
    let mut prompt = OnTerminal(ColorChoice::Auto);
    match block_on(runner.run(&*exchanger, spec, &mut prompt))? {
        Ok(granted) => Ok(Exchanged::Token(Box::new(granted))),
        Err(RunError::Engine(error)) => Err(error.into()),
        Err(RunError::Problem { problem, .. }) if is_no_answer(&problem) => Err((&*problem).into()),
        Err(RunError::Problem { problem, .. }) => Ok(Exchanged::Refused(problem)),
        Err(error) => Err(Failure::new(code::RANDOMNESS_UNAVAILABLE, error)),
    }
}

impl Exchanged {
    /// The token as a summary, or the refusal.
    pub(super) fn shown_answer(&self, screen: &Screen, whole: bool) -> Result<Answer, Failure> {
        match self {
            Self::Refused(problem) => refusal(problem, screen),
            Self::Token(granted) => {
                let view = TokenView::of(granted, whole)?;
                let token = &granted.token.access_token;
                screen.answer(Ending::Yes, &view, |palette| {
                    view.draw(&screen.token(token.expose()), unix_now(), palette)
                })
            }
        }
    }

    fn answer(
        &self,
        screen: &Screen,
        words: impl FnOnce(&Granted) -> String,
    ) -> Result<Answer, Failure> {
        match self {
            Self::Refused(problem) => refusal(problem, screen),
            Self::Token(granted) => {
                Ok(Answer { text: words(granted), note: String::new(), ending: Ending::Yes })
            }
        }
    }
}

fn refusal(problem: &Problem, screen: &Screen) -> Result<Answer, Failure> {
    screen.answer(Ending::No, problem, |palette| token_view::draw_problem(problem, palette))
}

/// Whether the problem is that nobody said yes or no: a slip in what was asked for, or a token
/// endpoint or credential out of reach.
fn is_no_answer(problem: &Problem) -> bool {
    matches!(problem.status, 400 | 503 | 504)
        || problem.reason.starts_with("sts_")
        || problem.reason == vicar_exchange::reason::EXCHANGE_OUT_OF_ORDER.code
}

impl From<&Problem> for Failure {
    fn from(problem: &Problem) -> Self {
        Self::new(&*problem.reason, &problem.message).hint(&*problem.remedy)
    }
}

/// A person at this terminal. Standard output is for the answer, so the code goes to standard
/// error.
struct OnTerminal(ColorChoice);

impl Prompt for OnTerminal {
    fn show(&mut self, prompt: &DevicePrompt) {
        let palette = Palette::detect_for_errors(self.0);
        let text = format!(
            "To sign in, open {} and enter the code {}\nwaiting until {} ...\n",
            safe(&prompt.verification_uri),
            palette.paint(Tone::Heading, safe(&prompt.user_code)),
            in_words(prompt.expires_at),
        );
        // Nobody may be reading there; the person may have the code from elsewhere.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}

const EXAMPLES: &str = "\
Examples:
  vicar exchange autonomous --tenant $TENANT --blueprint $BLUEPRINT --agent $AGENT \\
    --service-account-token /var/run/secrets/azure/tokens/azure-identity-token \\
    --scope https://graph.microsoft.com/.default --dry-run
  curl -H \"$(vicar exchange --spec @obo.json --output header)\" https://api.example/invoices";
