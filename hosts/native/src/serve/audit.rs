//! One line of JSON for every exchange asked for: which agent, for whom, allowed by what.
//! `docs/audit.md` describes it. It never holds a token, a query or a header.

mod lines;

use std::{io::Write, sync::Arc};

use serde::Serialize;
use serde_json::json;
use vicar_exchange::Guid;
use vicar_identity::Identity;

use lines::Lines;

use super::{plan::Plan, policy::ExchangeVerdict, refusal::Refusal, telemetry::trace_id};
use crate::{
    exchange::{Obtained, RunError, Source, Whose},
    failure::without_tokens,
    http::unix_now,
};

/// Where lines go.
#[derive(Clone)]
pub struct AuditSink(Output);

#[derive(Clone)]
enum Output {
    Each(Arc<dyn Fn(&str) + Send + Sync>),
    Gathered(Lines),
}

impl AuditSink {
    /// Standard output. Lines are gathered for two milliseconds: [`flush`](Self::flush) before the
    /// process ends.
    pub fn stdout() -> Self {
        Lines::to(std::io::stdout())
            .map_or_else(|_| Self::new(print), |it| Self(Output::Gathered(it)))
    }

    /// Anything that takes a line.
    pub fn new(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Output::Each(Arc::new(write)))
    }

    pub(super) fn write(&self, line: &str) {
        match &self.0 {
            Output::Each(write) => write(line),
            Output::Gathered(lines) => lines.add(line),
        }
    }

    /// Waits, within reason, until every line is where it should go.
    pub fn flush(&self) {
        if let Output::Gathered(lines) = &self.0
            && !lines.flush()
        {
            tracing::error!("audit lines are lost: nobody reads the standard output");
        }
    }
}

fn print(line: &str) {
    if let Err(error) = writeln!(std::io::stdout(), "{line}") {
        tracing::error!(%error, "an audit line was lost");
    }
}

impl std::fmt::Debug for AuditSink {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("AuditSink")
    }
}

/// How it ended.
pub(super) enum Outcome<'a> {
    /// With a token.
    Had(&'a Obtained),
    /// The exchange failed.
    Failed(&'a RunError, &'a Refusal),
    /// Refused before anything was sent.
    Refused(&'a Refusal),
}

/// What a line is made of.
pub(super) struct ExchangeRecord<'a> {
    pub(super) method: &'a str,
    pub(super) host: Option<&'a str>,
    pub(super) path: &'a str,
    pub(super) request_id: Option<&'a str>,
    pub(super) api: &'a str,
    pub(super) caller: Option<&'a Identity>,
    pub(super) client: &'a Guid,
    pub(super) plan: Option<&'a Plan>,
    pub(super) verdict: Option<&'a ExchangeVerdict>,
    pub(super) key: Option<&'a str>,
    pub(super) policy: &'a str,
    pub(super) outcome: &'a Outcome<'a>,
}

#[derive(Serialize)]
struct Line<'a> {
    vicar_audit: u8,
    time: u64,
    verdict: &'static str,
    reason: &'a str,
    sentence: String,
    shadow: bool,
    request: serde_json::Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    identity: Option<serde_json::Value>,
    action: &'static str,
    resource: String,
    policies: &'a [String],
    bundle: &'a str,
    verifier: &'static str,
    cached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    exchange: ExchangeMember<'a>,
}

#[derive(Serialize)]
struct ExchangeMember<'a> {
    api: &'a str,
    application: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a Whose>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_service: Option<&'a crate::exchange::Refusal>,
}

impl ExchangeRecord<'_> {
    /// The line, without its end.
    pub(super) fn to_json(&self) -> String {
        let (verdict, reason, sentence, status) = match self.outcome {
            Outcome::Had(_) => {
                let verdict = self.verdict;
                let sentence = verdict.map_or("", |verdict| verdict.sentence.as_str());
                let reason = verdict.map_or("permitted", |verdict| verdict.reason.code);
                ("allow", reason, sentence, 200)
            }
            Outcome::Failed(_, refusal) | Outcome::Refused(refusal) => {
                ("deny", refusal.reason.code, refusal.detail.as_str(), refusal.status())
            }
        };
        let request = json!({
            "id": self.request_id.map(shown),
            "method": self.method,
            "host": shown(self.host.unwrap_or_default()),
            "path": shown(self.path),
            "status": status,
        });
        let had = match self.outcome {
            Outcome::Had(obtained) => Some(*obtained),
            _ => None,
        };
        let line = Line {
            vicar_audit: 1,
            time: unix_now(),
            verdict,
            reason,
            sentence: shown(sentence),
            shadow: false,
            request,
            identity: self.caller.map(identity),
            action: "exchange",
            resource: format!("Downstream::\"{}\"", shown(self.api)),
            policies: self.verdict.map_or(&[], |verdict| &verdict.policies),
            bundle: self.policy,
            verifier: "aws-lc",
            cached: had.is_some_and(|obtained| obtained.source == Source::Cache),
            trace: trace_id(),
            exchange: self.exchange(had),
        };
        // Texts, numbers and lists cannot fail to serialise; `null` is no record.
        serde_json::to_string(&line).unwrap_or_else(|_| "null".to_owned())
    }

    fn exchange<'a>(&'a self, had: Option<&'a Obtained>) -> ExchangeMember<'a> {
        ExchangeMember {
            api: self.api,
            application: self.client.as_str(),
            mode: self.plan.map(|plan| plan.mode),
            actor: self.plan.map(|plan| plan.actor.as_str()),
            agent_user: self.plan.and_then(|plan| plan.agent_user.as_deref()).map(shown),
            tenant: self.plan.map(|plan| plan.tenant.as_str()),
            scopes: self.plan.map(|plan| plan.scopes.iter().collect()).unwrap_or_default(),
            key: self.key,
            expires_at: had.map(|had| had.kept.expires_at),
            correlation_id: match self.outcome {
                Outcome::Had(had) => Some(&had.kept.correlation_id),
                Outcome::Failed(RunError::Problem { correlation_id, .. }, _) => {
                    correlation_id.as_deref()
                }
                _ => None,
            },
            token: had.and_then(|had| had.kept.whose.as_ref()),
            token_service: match self.outcome {
                Outcome::Failed(RunError::Problem { problem, .. }, _) => problem.refusal.as_deref(),
                _ => None,
            },
        }
    }
}

/// The same members as in a gateway's record.
fn identity(identity: &Identity) -> serde_json::Value {
    let whose = Whose::from(identity);
    json!({
        "summary": whose.summary,
        "issuer": identity.issuer_name,
        "mode": whose.mode,
        "subject": whose.subject,
        "actor": whose.actor,
        "blueprint": whose.blueprint.map(|id| json!({ "id": id })),
        "tenant": whose.tenant.map(|id| json!({ "id": id })),
        "token": whose.token,
    })
}

/// Text of the caller: bounded, without control characters and without tokens.
fn shown(text: &str) -> String {
    let clean = |character: char| if character.is_control() { '\u{fffd}' } else { character };
    let short: String = without_tokens(text).chars().take(LONGEST).map(clean).collect();
    short
}

const LONGEST: usize = 512;
