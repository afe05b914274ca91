//! `/v1/decide`, `/v1/explain` and AuthZEN's `/access/v1/evaluation`: the bundle's verdict on a
//! call that somebody else is about to let through.

mod evaluation;

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Sidecar,
    gates::Gates,
    reason::{BUNDLE_MISSING, REQUEST_BODY_REFUSED, SERVER_FAILURE},
    refusal::Refusal,
    telemetry,
};
use crate::{
    call::{CallDocument, OwnedCall},
    http::unix_now,
};

pub(super) use evaluation::evaluation;

/// What is asked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    #[serde(default)]
    token: Option<String>,
    call: CallDocument,
}

pub(super) async fn explain(
    State(sidecar): State<Arc<Sidecar>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (json, _) = ask(&sidecar, &body).await?;
    Ok(([(header::CONTENT_TYPE, "application/json")], json).into_response())
}

pub(super) async fn decide(
    State(sidecar): State<Arc<Sidecar>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (_, verdict) = ask(&sidecar, &body).await?;
    let member = |name: &str| verdict.get(name).cloned().unwrap_or_default();
    let answer = json!({
        "decision": member("decision"),
        "reason": member("reason"),
        "sentence": member("sentence"),
        "policies": member("policies"),
        "answer": member("answer"),
        "shadow": member("shadow"),
        "bundle": member("bundle"),
    });
    Ok(axum::Json(answer).into_response())
}

async fn ask(sidecar: &Sidecar, body: &[u8]) -> Result<(String, Value), Refusal> {
    let Question { token, call } = read(body)?;
    let call = OwnedCall::try_from(call).map_err(|failure| malformed(&failure.message))?;
    sidecar.verdict(call, token).await
}

impl Sidecar {
    /// The verdict as the engine wrote it, and as it reads. Leaves an audit line.
    async fn verdict(
        &self,
        call: OwnedCall,
        token: Option<String>,
    ) -> Result<(String, Value), Refusal> {
        let gates: &Gates = self.gates.as_deref().ok_or_else(|| {
            Refusal::new(BUNDLE_MISSING, "the sidecar has no bundle", "start it with `--bundle`")
        })?;
        for taken in gates.reloads() {
            self.metrics.reload(taken);
        }
        let request = json!({ "method": call.method, "host": call.host, "path": call.path });
        // A gate that fails denies: without its verdict nothing passes.
        let json = gates.explain(call, token).await.map_err(|failure| {
            tracing::error!(reason = failure.reason, "no verdict: {failure}");
            Refusal::new(SERVER_FAILURE, "the gate gave no verdict", "see the sidecar's log")
        })?;
        let verdict: Value = serde_json::from_str(&json).map_err(|_| {
            Refusal::new(SERVER_FAILURE, "the gate's verdict cannot be read", "report this")
        })?;
        let allowed = verdict.get("decision").and_then(Value::as_str) == Some("allow");
        self.metrics.decision(allowed);
        let names = verdict.get("policies").and_then(Value::as_array).into_iter().flatten();
        let names = names.filter_map(Value::as_str).map(str::to_owned);
        let reason = verdict.get("reason").and_then(Value::as_str).unwrap_or_default();
        telemetry::decided(reason, names);
        self.audit.write(&line(&verdict, &request));
        Ok((json, verdict))
    }
}

/// The verdict's audit line: the same members as a gateway's.
fn line(verdict: &Value, request: &Value) -> String {
    let member = |name: &str| verdict.get(name).cloned().unwrap_or_default();
    let asked = |name: &str| verdict.pointer(&format!("/asked/{name}")).cloned();
    let mut line = json!({
        "vicar_audit": 1,
        "time": unix_now(),
        "verdict": member("decision"),
        "reason": member("reason"),
        "sentence": member("sentence"),
        "shadow": member("shadow"),
        "request": request,
        "policies": member("policies"),
        "bundle": member("bundle"),
        "verifier": "aws-lc",
        "cached": false,
    });
    if let Some(line) = line.as_object_mut() {
        let trace = telemetry::trace_id();
        line.extend(trace.map(|trace| ("trace".to_owned(), Value::from(trace))));
        line.extend(asked("action").map(|action| ("action".to_owned(), action)));
        line.extend(asked("resource").map(|resource| ("resource".to_owned(), resource)));
        let identity = verdict.get("identity").filter(|identity| !identity.is_null());
        line.extend(identity.map(|identity| ("identity".to_owned(), identity.clone())));
    }
    line.to_string()
}

fn read<T: for<'de> Deserialize<'de>>(body: &[u8]) -> Result<T, Refusal> {
    // What serde says may quote the body, and with it a token.
    serde_json::from_slice(body).map_err(|error| {
        let kind = if error.is_data() { "has a wrong or missing member" } else { "is no JSON" };
        malformed(&format!("the body {kind} (line {}, column {})", error.line(), error.column()))
    })
}

fn malformed(detail: &str) -> Refusal {
    Refusal::new(REQUEST_BODY_REFUSED, detail, "see `/openapi.json` for the members")
}
