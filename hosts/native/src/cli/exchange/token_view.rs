//! What is shown of a token that was exchanged, and of a refusal.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::{
    cli::{
        identity_view::{self, IdentityView},
        screen::heading,
        time::{in_words, relative},
        verdict_view::bullet,
    },
    exchange::{Granted, Problem, Reading},
    failure::Failure,
    terminal::{Palette, Tone, safe},
};

/// A token that was exchanged.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "exchange")]
pub(in crate::cli) struct TokenView {
    /// Always `true`.
    exchanged: bool,
    /// When it ends, in seconds since 1970.
    expires_at: u64,
    /// `checked`: it shows what was asked for; `exchange_token`: a T1, only good for obtaining
    /// others; `opaque`: it cannot be read, which was permitted.
    reading: &'static str,
    /// `scope` of the token endpoint's answer, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    /// Who asked and who acts.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<IdentityView>")]
    identity: Option<Value>,
    /// What every hop sent as `client-request-id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<String>,
    /// The token, if it was asked for with `--show-token` or `--output header`.
    #[serde(skip_serializing_if = "Option::is_none")]
    access_token: Option<String>,
}

impl TokenView {
    pub(super) fn of(granted: &Granted, whole: bool) -> Result<Self, Failure> {
        let Granted { token, correlation_id } = granted;
        let (reading, identity) = match &token.reading {
            Reading::Checked(identity) => ("checked", Some(read(&identity.json)?)),
            Reading::ExchangeToken => ("exchange_token", None),
            Reading::Opaque => ("opaque", None),
        };
        Ok(Self {
            exchanged: true,
            expires_at: token.expires_at,
            reading,
            scope: token.scope.clone(),
            identity,
            correlation_id: Some(correlation_id.clone()),
            access_token: whole.then(|| token.access_token.expose().to_owned()),
        })
    }

    /// In words; `token` as it may be shown.
    pub(super) fn draw(&self, token: &str, now: u64, palette: &Palette) -> String {
        let what = match self.reading {
            "checked" => "it shows what was asked for",
            "exchange_token" => "T1, only good for obtaining other tokens",
            _ => "it cannot be read: nobody checked whose it is",
        };
        let mut text = format!("{}  {what}\n", palette.paint(Tone::Good, "✔ exchanged"));
        let until = in_words(self.expires_at);
        let expires = format!("expires {until} ({})", relative(self.expires_at, now));
        text.push_str(&bullet("·", &expires, palette));
        text.push_str(&bullet("·", &format!("token {token}"), palette));
        if let Some(id) = &self.correlation_id {
            text.push_str(&bullet("·", &format!("correlation id {}", safe(id)), palette));
        }
        let identity: Option<IdentityView> =
            self.identity.clone().and_then(|identity| serde_json::from_value(identity).ok());
        if let Some(identity) = identity {
            text.push_str(&heading(palette, "Who"));
            text.push_str(&identity.chain().draw(palette));
            text.push('\n');
            text.push_str(&identity_view::draw(&identity, palette));
        }
        text
    }
}

/// A refusal in words.
pub(super) fn draw_problem(problem: &Problem, palette: &Palette) -> String {
    let mark = palette.paint(Tone::Bad, "✘ refused");
    let mut text = format!("{mark}  {} ({})\n", problem.reason, problem.status);
    text.push_str(&bullet("·", &safe(&problem.message), palette));
    text.push_str(&bullet("→", &safe(&problem.remedy), palette));
    if let Some(challenge) = &problem.challenge {
        let told = format!("to pass on: claims {}", safe(&challenge.claims));
        text.push_str(&bullet("·", &told, palette));
    }
    text
}

fn read(identity: &str) -> Result<Value, Failure> {
    serde_json::from_str(identity).map_err(|error| Failure::json("the identity", &error))
}
