//! `vicar inspect`: what a token says of itself.

use clap::Args;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    engine_choice::EngineArguments,
    identity_view::{self, IdentityView},
    screen::{Answer, Ending, Screen, heading},
    time::{Clock, in_words, relative},
    token_input::TokenArguments,
    verdict_view::bullet,
};
use crate::{
    failure::Failure,
    terminal::{Palette, Table, Tone, safe},
};

/// Decode a token without verifying it
#[derive(Clone, Debug, Args)]
pub(super) struct Inspect {
    #[command(flatten)]
    token: TokenArguments,
    #[command(flatten)]
    clock: Clock,
    #[command(flatten)]
    engine: EngineArguments,
}

/// What a text says of itself. Nothing here was verified: anyone can write such a token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "inspection")]
pub(super) struct InspectionView {
    /// Always `false`.
    verified: bool,
    /// Who would act for whom, if the token were genuine.
    summary: Option<String>,
    /// What kind of token it is, and what says so.
    recognised: Option<RecognitionView>,
    /// Its times against the clock.
    times: Option<TimesView>,
    /// Everything that would make Vicar refuse it whoever signed it.
    problems: Vec<ProblemView>,
    /// The JOSE header.
    header: Option<Value>,
    /// The claims, in the token's order, each with its meaning.
    claims: Vec<ClaimView>,
    /// The subject of a blueprint's exchange token, taken apart.
    exchange_subject: Option<Value>,
    /// The identity that the claims describe.
    identity: Option<IdentityView>,
    /// Whether there is a signature to verify.
    signed: bool,
}

/// What kind of token it is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "recognition")]
struct RecognitionView {
    /// For example `access_token`, `blueprint_exchange`.
    kind: String,
    /// What says so.
    why: String,
}

/// A token's times.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "times")]
struct TimesView {
    /// `iat`, seconds since 1970.
    issued_at: Option<i64>,
    /// `exp`, seconds since 1970.
    expires_at: Option<i64>,
    /// `valid`, `expired` or `not_yet_valid`.
    state: Option<String>,
    /// Seconds until `exp`; negative when it has passed.
    #[expect(dead_code, reason = "part of the documented JSON; people read it from the clock")]
    seconds_left: Option<i64>,
}

/// Something that a reader of the token should know.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "problem")]
struct ProblemView {
    /// The reason code that a gate would answer with.
    reason: String,
    /// What was seen and what was wanted.
    message: String,
}

/// A claim with its meaning.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "claim")]
struct ClaimView {
    /// Its name.
    name: String,
    /// Its value as in the token.
    value: Value,
    /// What it means; empty for a claim nobody documented.
    meaning: String,
    /// Where that is written.
    #[expect(dead_code, reason = "part of the documented JSON; too much for the table")]
    source: String,
    /// `documented`, `observed` or `unknown`.
    status: String,
    /// What this very value says, where it needs decoding.
    reads: Option<String>,
}

impl Inspect {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let token = self.token.required()?;
        let now = self.clock.now()?;
        let json = self.engine.open(screen)?.inspect(&token, Some(now))?;
        screen.canonical(Ending::Yes, &json, |palette| {
            let view: InspectionView = serde_json::from_str(&json)
                .map_err(|error| Failure::json("the inspection", &error))?;
            Ok(view.draw(now, &screen.token(&token), palette))
        })
    }
}

impl InspectionView {
    fn draw(&self, now: u64, token: &str, palette: &Palette) -> String {
        let banner = match (self.verified, self.signed) {
            (true, _) => "verified",
            (false, true) => "NOT VERIFIED: decoded only; anyone can write such a token",
            (false, false) => "NOT VERIFIED, and there is no signature to verify",
        };
        let mut text = format!("{}\n", palette.paint(Tone::Warn, banner));
        text.push_str(&palette.paint(Tone::Dim, token));
        text.push('\n');
        if let Some(RecognitionView { kind, why }) = &self.recognised {
            text.push_str(&format!(
                "\n{}",
                bullet("·", &format!("{kind}: {}", safe(why)), palette)
            ));
        }
        if let Some(summary) = &self.summary {
            let claims = format!("if genuine: {}", safe(summary));
            text.push_str(&bullet("·", &claims, palette));
        }
        for ProblemView { reason, message } in &self.problems {
            let line = format!("{reason}: {}", safe(message));
            text.push_str(&bullet(&palette.paint(Tone::Bad, "✘"), &line, palette));
        }
        if let Some(times) = &self.times {
            text.push_str(&times.draw(now, palette));
        }
        if let Some(Value::Object(header)) = &self.header {
            text.push_str(&heading(palette, "Header"));
            let mut table = Table::new(["", ""]);
            for (name, value) in header {
                table.row([&safe(name), &plain(value)]);
            }
            text.push_str(&table.draw(palette));
        }
        if !self.claims.is_empty() {
            text.push_str(&heading(palette, "Claims"));
            text.push_str(&self.claims(palette));
        }
        if let Some(Value::Object(subject)) = &self.exchange_subject {
            text.push_str(&heading(palette, "Subject of the exchange, taken apart"));
            let mut table = Table::new(["", ""]);
            for (name, value) in subject {
                table.row([&safe(name), &plain(value)]);
            }
            text.push_str(&table.draw(palette));
        }
        if let Some(identity) = &self.identity {
            text.push_str(&heading(palette, "Who it speaks of, if genuine"));
            text.push_str(&identity.chain().draw(palette));
            text.push('\n');
            text.push_str(&identity_view::draw(identity, palette));
        }
        text
    }

    fn claims(&self, palette: &Palette) -> String {
        let mut text = String::new();
        for claim in &self.claims {
            let unknown = if claim.status == "unknown" { " (not documented)" } else { "" };
            let name = palette.paint(Tone::Heading, safe(&claim.name));
            text.push_str(&bullet(
                "·",
                &format!("{name} = {}{unknown}", plain(&claim.value)),
                palette,
            ));
            let reads = claim.reads.as_ref().map(|reads| format!("reads: {}", safe(reads)));
            let meaning = (!claim.meaning.is_empty()).then(|| safe(&claim.meaning));
            for remark in reads.into_iter().chain(meaning) {
                for line in bullet("   ", &remark, palette).lines() {
                    text.push_str(&palette.paint(Tone::Dim, line));
                    text.push('\n');
                }
            }
        }
        text
    }
}

impl TimesView {
    fn draw(&self, now: u64, palette: &Palette) -> String {
        let at = |seconds: Option<i64>| seconds.and_then(|seconds| u64::try_from(seconds).ok());
        let mut parts = Vec::new();
        if let Some(issued) = at(self.issued_at) {
            parts.push(format!("issued {} ({})", in_words(issued), relative(issued, now)));
        }
        if let Some(expires) = at(self.expires_at) {
            parts.push(format!("expires {} ({})", in_words(expires), relative(expires, now)));
        }
        if parts.is_empty() {
            return String::new();
        }
        let state = self.state.as_deref().unwrap_or("unknown").replace('_', " ");
        bullet("·", &format!("{state}: {}", parts.join(", ")), palette)
    }
}

/// Text bare, all else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => safe(text),
        other => safe(&other.to_string()),
    }
}
