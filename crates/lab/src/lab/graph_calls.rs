//! Graph over HTTP: the bearer token, JSON, errors.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use hyper::{HeaderMap, Method, StatusCode, body::Bytes, header::AUTHORIZATION};
use serde_json::{Value, json};

use crate::{
    form::Form,
    graph::{Graph, GraphRefusal, GraphRequest},
};

use super::{entra, state::Shared};

/// Any call below `/beta` and `/v1.0`.
pub(super) async fn call(
    State(shared): State<Arc<Shared>>,
    method: Method,
    Path(path): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (mut state, now) = shared.state_now();
    let answer = bearer(&headers).and_then(|token| {
        let caller = state.service(now, None).graph_caller(token)?;
        let body = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).map_err(|_| {
                GraphRefusal::new(400, "BadRequest", "Unable to read JSON request payload.")
            })?
        };
        let request = GraphRequest {
            method: method.to_string(),
            segments: path.split('/').filter(|it| !it.is_empty()).map(str::to_owned).collect(),
            query: Form::parse(query.unwrap_or_default().as_bytes()),
            body,
        };
        let state = &mut *state;
        let mut graph = Graph {
            directory: &mut state.directory,
            random: &mut *state.random,
            caller: &caller,
            now,
        };
        graph.call(&request)
    });
    let trace = state.random.guid();
    let correlation = entra::correlation(&headers).unwrap_or_else(|| trace.clone());
    match answer {
        Ok(answer) if answer.body.is_null() => status(answer.status).into_response(),
        Ok(answer) => (status(answer.status), Json(answer.body)).into_response(),
        Err(refusal) => {
            let body = json!({"error": {
                "code": refusal.code,
                "message": refusal.message,
                "innerError": {
                    "date": crate::refusal::timestamp(now).trim_end_matches('Z').replace(' ', "T"),
                    "request-id": trace,
                    "client-request-id": correlation,
                },
            }});
            (status(refusal.status), Json(body)).into_response()
        }
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, GraphRefusal> {
    headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| {
            GraphRefusal::new(401, "InvalidAuthenticationToken", "Access token is empty.")
        })
}

fn status(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
