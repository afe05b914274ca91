//! The instance metadata endpoint, where managed identities get their tokens.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use hyper::{HeaderMap, StatusCode};
use serde_json::json;

use crate::{directory::ApplicationKind, form::Form};

use super::state::Shared;

/// `GET /metadata/identity/oauth2/token`.
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if headers.get("metadata").and_then(|value| value.to_str().ok()) != Some("true") {
        return refused("Required metadata header not specified");
    }
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    if query.get("api-version").is_none() {
        return refused("Required query variable 'api-version' is missing");
    }
    let Some(resource) = query.get("resource") else {
        return refused("Required query variable 'resource' is missing");
    };
    let (mut state, now) = shared.state_now();
    let asked = query.get("client_id").or(query.get("object_id"));
    let found = state.directory.applications.values().find_map(|it| {
        let home = it.home.clone()?;
        let principal = state.directory.tenants.get(&home)?.principal(&it.id);
        let managed = matches!(it.kind, ApplicationKind::ManagedIdentity { .. });
        let named = asked.is_none_or(|asked| asked == it.id || asked == principal);
        (managed && named).then(|| (home, it.id.clone()))
    });
    let Some((tenant, identity)) = found else {
        return refused("Identity not found");
    };
    match state.service(now, None).managed_identity(&tenant, &identity, resource) {
        Ok(answer) => Json(json!({
            "access_token": answer.access_token,
            "client_id": identity,
            "expires_in": answer.expires_in.to_string(),
            "expires_on": now.saturating_add(answer.expires_in).to_string(),
            "ext_expires_in": answer.ext_expires_in.to_string(),
            "not_before": now.to_string(),
            "resource": resource,
            "token_type": "Bearer",
        }))
        .into_response(),
        Err(refusal) => refused(&refusal.to_string()),
    }
}

fn refused(why: &str) -> Response {
    let body = json!({"error": "invalid_request", "error_description": why});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
