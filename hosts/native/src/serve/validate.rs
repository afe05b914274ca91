//! `GET /Validate`: what is in the caller's token, once it is verified.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};

use super::{Sidecar, parameters::Parameters, refusal::Refusal};

pub(super) async fn validate(
    State(sidecar): State<Arc<Sidecar>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let caller = sidecar.callers.authenticate(&headers).await?;
    if Parameters::parse(query.as_deref().unwrap_or_default())?.any {
        return Err(Refusal::new(
            super::reason::PARAMETER_UNKNOWN,
            "this address takes no parameter",
            "leave them out",
        ));
    }
    let token = serde_json::Value::from(caller.token.expose());
    // JSON already.
    let claims = caller.claims()?;
    let body = format!(r#"{{"protocol":"Bearer","token":{token},"claims":{claims}}}"#);
    Ok(([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response())
}
