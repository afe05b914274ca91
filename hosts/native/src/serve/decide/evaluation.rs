//! AuthZEN Authorization API 1.0, access evaluation.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Bytes,
    extract::State,
    response::{IntoResponse, Response},
};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    super::{Sidecar, refusal::Refusal},
    malformed, read,
};
use crate::call::{OwnedCall, OwnedOperation};

/// The request. Members that are not known are ignored, as the specification asks.
#[derive(Deserialize)]
struct Evaluation {
    subject: Entity,
    action: Action,
    resource: Entity,
    #[serde(default)]
    context: Map<String, Value>,
}

#[derive(Deserialize)]
struct Entity {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    #[serde(default)]
    properties: Map<String, Value>,
}

#[derive(Deserialize)]
struct Action {
    name: String,
    #[serde(default)]
    properties: Map<String, Value>,
}

pub(in crate::serve) async fn evaluation(
    State(sidecar): State<Arc<Sidecar>>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let evaluation: Evaluation = read(&body)?;
    let token = text(&evaluation.subject.properties, "token")
        .or_else(|| text(&evaluation.context, "token"))
        .map(str::to_owned);
    let call = evaluation.call()?;
    let (_, verdict) = sidecar.verdict(call, token).await?;
    let member = |name: &str| verdict.get(name).cloned().unwrap_or_default();
    let allowed = member("decision") == "allow";
    let named = evaluation.subject.is_in(&verdict);
    let (decision, reason) = match (allowed, named) {
        (true, false) => (false, json!("subject_mismatch")),
        _ => (allowed, member("reason")),
    };
    let answer = json!({
        "decision": decision,
        "context": {
            "reason": reason,
            "sentence": member("sentence"),
            "policies": member("policies"),
            "bundle": member("bundle"),
        },
    });
    Ok(axum::Json(answer).into_response())
}

impl Entity {
    /// Whether the token speaks of this subject, as the one who asked or the one who acts.
    fn is_in(&self, verdict: &Value) -> bool {
        ["/identity/subject/id", "/identity/actor/id"]
            .into_iter()
            .filter_map(|path| verdict.pointer(path)?.as_str())
            .any(|id| id == self.id)
    }
}

impl Evaluation {
    fn call(&self) -> Result<OwnedCall, Refusal> {
        let properties = &self.resource.properties;
        let address = match self.resource.kind.as_str() {
            "http" => self.resource.id.as_str(),
            "model" | "tool" => text(properties, "url")
                .ok_or_else(|| malformed("`resource.properties.url` is not there"))?,
            _ => return Err(malformed("`resource.type` is not `http`, `tool` or `model`")),
        };
        let url = Url::parse(address).map_err(|_| malformed("the resource's address is none"))?;
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (Some(host), None) => host.to_owned(),
            _ => return Err(malformed("the resource's address has no host")),
        };
        let (method, operation) = match self.resource.kind.as_str() {
            "tool" => (
                "POST".to_owned(),
                OwnedOperation::Mcp {
                    method: self.action.name.clone(),
                    name: Some(self.resource.id.clone()),
                    arguments: self.action.properties.get("arguments").map(Value::to_string),
                },
            ),
            "model" => ("POST".to_owned(), OwnedOperation::Llm { model: self.resource.id.clone() }),
            _ => (self.action.name.to_ascii_uppercase(), OwnedOperation::Http),
        };
        let headers: BTreeMap<String, String> = self
            .context
            .get("headers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(name, value)| Some((name.to_lowercase(), value.as_str()?.to_owned())))
            .collect();
        Ok(OwnedCall {
            method,
            scheme: url.scheme().to_owned(),
            host,
            path: url.path().to_owned(),
            headers: headers.into_iter().collect(),
            operation,
        })
    }
}

fn text<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    members.get(name).and_then(Value::as_str)
}
