//! The answer to a request that is not served: problem details (RFC 9457).

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use vicar_token::{Reason, TokenError};

use super::reason::SERVER_FAILURE;
use crate::{
    exchange::{Problem, RunError},
    http::unix_now,
};

/// Why a request is not served. The detail never holds a token or a secret.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The stable code, with its status.
    pub reason: Reason,
    /// What was seen and what was wanted.
    pub detail: String,
    /// What would change it.
    pub remedy: String,
    /// Members beside those of RFC 9457.
    pub members: Box<Map<String, Value>>,
    /// Response headers.
    pub headers: Vec<(HeaderName, String)>,
}

impl Refusal {
    /// A refusal without anything beside its words.
    pub fn new(reason: Reason, detail: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (detail, remedy) = (detail.into(), remedy.into());
        Self { reason, detail, remedy, members: Box::default(), headers: Vec::new() }
    }

    /// Adds a response header.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Adds a member.
    #[must_use]
    pub fn member(mut self, name: &str, value: Value) -> Self {
        self.members.insert(name.to_owned(), value);
        self
    }

    /// A caller's token that was refused (RFC 6750 section 3).
    pub fn of_token(error: &TokenError) -> Self {
        let detail = error.to_string();
        let description: String = detail
            .chars()
            .map(|c| if matches!(c, ' '..='~') && c != '"' && c != '\\' { c } else { '\'' })
            .collect();
        let refusal = Self::new(
            *error.reason(),
            detail,
            "send a token of this tenant whose audience is this application",
        );
        match error.reason().status {
            401 => refusal.header(
                header::WWW_AUTHENTICATE,
                format!("Bearer error=\"invalid_token\", error_description=\"{description}\""),
            ),
            503 => refusal.header(header::RETRY_AFTER, "5"),
            _ => refusal,
        }
    }

    /// The status.
    pub const fn status(&self) -> u16 {
        self.reason.status
    }
}

impl From<&RunError> for Refusal {
    fn from(error: &RunError) -> Self {
        match error {
            RunError::Problem { problem, .. } => Self::from(&**problem),
            // A guest that fails gives no token.
            failure => {
                tracing::error!(%failure, "an exchange broke down");
                Self::new(SERVER_FAILURE, "the exchange broke down", "see the sidecar's log")
            }
        }
    }
}

impl From<&Problem> for Refusal {
    fn from(problem: &Problem) -> Self {
        let known = vicar_exchange::reason::ALL.iter().find(|it| it.code == problem.reason);
        let reason = known.map_or(SERVER_FAILURE, |reason| **reason);
        let mut refusal = Self::new(reason, problem.message.clone(), problem.remedy.clone());
        if let Some(challenge) = &problem.challenge {
            refusal = refusal
                .header(header::WWW_AUTHENTICATE, challenge.www_authenticate.clone())
                .member("claims", json!(challenge.claims));
        } else if reason.status == 401 {
            refusal = refusal.header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"");
        }
        if let Some(at) = problem.retry_at {
            let seconds = at.saturating_sub(unix_now()).max(1);
            refusal = refusal.header(header::RETRY_AFTER, seconds.to_string());
        }
        if let Some(answer) = &problem.refusal {
            refusal = refusal.member("token_service", json!(answer));
        }
        refusal
    }
}

/// The reason of a response, for the metrics.
#[derive(Clone, Copy, Debug)]
pub struct RefusedFor(pub Reason);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status =
            StatusCode::from_u16(self.reason.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut document = Map::new();
        document.insert("type".to_owned(), json!("about:blank"));
        document.insert("title".to_owned(), json!(status.canonical_reason().unwrap_or("Refused")));
        document.insert("status".to_owned(), json!(status.as_u16()));
        document.insert("detail".to_owned(), json!(self.detail));
        document.insert("reason".to_owned(), json!(self.reason.code));
        document.insert("remedy".to_owned(), json!(self.remedy));
        document.extend(*self.members);
        let mut response = Response::new(Body::from(Value::Object(document).to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            if let Ok(value) = HeaderValue::from_str(&value) {
                headers.insert(name, value);
            }
        }
        response.extensions_mut().insert(RefusedFor(self.reason));
        response
    }
}
