//! The token and device-code endpoints over HTTP.

use std::sync::Arc;

use axum::{
    Extension,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use hyper::{
    HeaderMap, StatusCode,
    body::Bytes,
    header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderName, HeaderValue, PRAGMA},
};
use serde::Serialize;

use crate::{
    form::Form,
    guid,
    refusal::{ErrorBody, Refusal},
    token_service::TokenRequest,
};

use super::{
    server::{Outcome, Peer, Tampering},
    state::Shared,
};

/// `POST /{tenant}/oauth2/v2.0/token`.
pub(super) async fn token(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
    Extension(peer): Extension<Peer>,
    tampering: Option<Extension<Tampering>>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let form = match read_form(&headers, &body) {
        Ok(form) => form,
        Err(refusal) => return refused(&shared, &refusal, Some(&headers)),
    };
    let address = peer.0.ip().to_string();
    let mut request =
        TokenRequest { tenant: &tenant, form: &form, address: Some(&address), issuer_keys: None };
    let wanted = {
        let (mut state, now) = shared.state_now();
        state.service(now, None).wanted_keys(&request)
    };
    let keys = match &wanted {
        Some(wanted) => shared.fetcher.fetch(wanted).await,
        None => None,
    };
    request.issuer_keys = keys.as_ref();
    let answer = {
        let (mut state, now) = shared.state_now();
        let claims = tampering.as_ref().map(|Extension(Tampering(claims))| claims);
        state.service(now, claims).token(&request)
    };
    match answer {
        Ok(answer) => granted(&shared, &headers, &answer),
        Err(refusal) => refused(&shared, &refusal, Some(&headers)),
    }
}

/// `POST /{tenant}/oauth2/v2.0/devicecode`.
pub(super) async fn device_code(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let answer = read_form(&headers, &body).and_then(|form| {
        let (mut state, now) = shared.state_now();
        state.service(now, None).device_code(&tenant, &form)
    });
    match answer {
        Ok(answer) => granted(&shared, &headers, &answer),
        Err(refusal) => refused(&shared, &refusal, Some(&headers)),
    }
}

fn read_form(headers: &HeaderMap, body: &[u8]) -> Result<Form, Refusal> {
    let is_form = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.to_ascii_lowercase().starts_with(FORM));
    if is_form {
        let form = Form::parse(body);
        let basic = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        Ok(match basic {
            Some(header) => form.with_basic(header),
            None => form,
        })
    } else {
        Err(Refusal::malformed("The body must be of type application/x-www-form-urlencoded."))
    }
}

/// An answer that grants something.
fn granted(shared: &Shared, headers: &HeaderMap, answer: &impl Serialize) -> Response {
    let trace = shared.state().random.guid();
    let body = serde_json::to_string(answer).unwrap_or_default();
    dressed(StatusCode::OK, body, &trace, &correlation(headers).unwrap_or(trace.clone()))
}

/// A refusal as Entra sends it.
pub(super) fn refused(shared: &Shared, refusal: &Refusal, headers: Option<&HeaderMap>) -> Response {
    let body = |now: u64, trace: &str, correlation: &str, authority: &str| {
        refusal.body(now, trace, correlation, authority)
    };
    refused_with(shared, refusal.code.status, headers, body)
}

/// A refusal whose body is made by `body` from time, ids and authority.
pub(super) fn refused_with(
    shared: &Shared,
    status: u16,
    headers: Option<&HeaderMap>,
    body: impl FnOnce(u64, &str, &str, &str) -> ErrorBody,
) -> Response {
    let (mut state, now) = shared.state_now();
    let trace = state.random.guid();
    let correlation = headers.and_then(correlation).unwrap_or_else(|| state.random.guid());
    let body = body(now, &trace, &correlation, &state.authority.host);
    let text = serde_json::to_string(&body).unwrap_or_default();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let mut answer = dressed(status, text, &trace, &correlation);
    if let Some(code) = body.error_codes.first() {
        answer.extensions_mut().insert(Outcome(*code));
    }
    answer
}

/// The client's id of the request, if it is a GUID.
pub(super) fn correlation(headers: &HeaderMap) -> Option<String> {
    guid::parse(headers.get(CLIENT_REQUEST_ID)?.to_str().ok()?)
}

fn dressed(status: StatusCode, body: String, trace: &str, correlation: &str) -> Response {
    let mut answer = (status, body).into_response();
    let headers = answer.headers_mut();
    let fixed = |text| HeaderValue::from_static(text);
    headers.insert(CONTENT_TYPE, fixed("application/json; charset=utf-8"));
    headers.insert(CACHE_CONTROL, fixed("no-store, no-cache"));
    headers.insert(PRAGMA, fixed("no-cache"));
    headers.insert("x-content-type-options", fixed("nosniff"));
    headers.insert("strict-transport-security", fixed("max-age=31536000; includeSubDomains"));
    for (name, value) in [(REQUEST_ID, trace), (CLIENT_REQUEST_ID, correlation)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    answer
}

const FORM: &str = "application/x-www-form-urlencoded";
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");
