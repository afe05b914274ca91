//! `/lab/…`: what a test does to the lab. For loopback peers only, and JSON only, so that no web
//! page can send it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use hyper::{Method, StatusCode, body::Bytes, header::CONTENT_TYPE};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::{
    settings::{AccessRule, ApplicationConsent, DelegatedConsent},
    signing::SigningKey,
    token_service::{Approval, SignIn},
};

use super::{clock::Adjustment, entra, fault::Fault, server::Peer, state::Shared};

/// Lets loopback in, and requests that no web page can make.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let near = request
        .extensions()
        .get::<Peer>()
        .is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    let json = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let harmless = request.method() == Method::GET || json;
    if !near {
        return problem(StatusCode::FORBIDDEN, "the control endpoint is for loopback peers");
    }
    if !harmless || request.headers().contains_key("origin") {
        return problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "send `application/json`");
    }
    next.run(request).await
}

/// `GET /lab`: where things are.
pub(super) async fn index(State(shared): State<Arc<Shared>>) -> Response {
    let (state, now) = shared.state_now();
    let tenants: Vec<Value> = state
        .directory
        .tenants
        .values()
        .map(|tenant| {
            json!({
                "id": tenant.id,
                "name": tenant.name,
                "authority": format!("{}/{}", state.authority.origin, tenant.id),
                "people": tenant.users.values().map(|user| &user.upn).collect::<Vec<_>>(),
            })
        })
        .collect();
    Json(json!({
        "time": now,
        "keys": state.keys.key_ids(),
        "tenants": tenants,
    }))
    .into_response()
}

/// `GET /lab/faults`.
pub(super) async fn faults(State(shared): State<Arc<Shared>>) -> Response {
    Json(shared.state().faults.all()).into_response()
}

/// `POST /lab/faults`.
pub(super) async fn add_fault(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let fault = match read::<Fault>(&body) {
        Ok(fault) => fault,
        Err(answer) => return *answer,
    };
    if shared.state().faults.add(fault) {
        done()
    } else {
        problem(StatusCode::CONFLICT, "there are too many faults; delete them first")
    }
}

/// `DELETE /lab/faults`.
pub(super) async fn clear_faults(State(shared): State<Arc<Shared>>) -> Response {
    shared.state().faults.clear();
    done()
}

/// `GET /lab/requests`.
pub(super) async fn requests(State(shared): State<Arc<Shared>>) -> Response {
    let records: Vec<_> = shared.state().log.all().cloned().collect();
    Json(records).into_response()
}

/// `DELETE /lab/requests`.
pub(super) async fn clear_requests(State(shared): State<Arc<Shared>>) -> Response {
    shared.state().log.clear();
    done()
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum ClockChange {
    /// It stands still at this time.
    Set(u64),
    /// It is wrong by so many seconds; 0 makes it right again.
    Skew(i64),
    /// It goes on from where it is, so many seconds later.
    Advance(i64),
}

/// `POST /lab/clock`.
pub(super) async fn clock(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let change = match read::<ClockChange>(&body) {
        Ok(change) => change,
        Err(answer) => return *answer,
    };
    let real = shared.real_now();
    let mut state = shared.state();
    state.adjustment = match (change, state.adjustment) {
        (ClockChange::Set(time), _) => Adjustment::Set(time),
        (ClockChange::Skew(seconds), _) => Adjustment::Skewed(seconds),
        (ClockChange::Advance(more), Adjustment::None) => Adjustment::Skewed(more),
        (ClockChange::Advance(more), Adjustment::Skewed(seconds)) => {
            Adjustment::Skewed(seconds.saturating_add(more))
        }
        (ClockChange::Advance(more), Adjustment::Set(time)) => {
            Adjustment::Set(time.saturating_add_signed(more))
        }
    };
    Json(json!({"time": state.adjustment.apply(real)})).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// Takes the old keys away at once.
    #[serde(default)]
    retire: bool,
}

/// `POST /lab/keys/rotate`.
pub(super) async fn rotate(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let rotation = match read::<Rotation>(&body) {
        Ok(rotation) => rotation,
        Err(answer) => return *answer,
    };
    let made = tokio::task::spawn_blocking(SigningKey::generate).await;
    let Ok(Ok(key)) = made else {
        return problem(StatusCode::INTERNAL_SERVER_ERROR, "no key could be made");
    };
    let mut state = shared.state();
    state.keys.rotate(key, rotation.retire);
    Json(json!({"current": state.keys.current().key_id(), "keys": state.keys.key_ids()}))
        .into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SignInRequest {
    tenant: String,
    client: String,
    user: String,
    scope: String,
    #[serde(default)]
    mfa: bool,
    #[serde(default)]
    contexts: Vec<String>,
}

/// `POST /lab/sign-in`: a person signs in at a client, without a browser. Answers as the token
/// endpoint does.
pub(super) async fn sign_in(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let SignInRequest { tenant, client, user, scope, mfa, contexts } = match read(&body) {
        Ok(request) => request,
        Err(answer) => return *answer,
    };
    let sign_in = SignIn { tenant, client, user, scope, mfa, contexts };
    let answer = {
        let (mut state, now) = shared.state_now();
        state.service(now, None).sign_in(&sign_in)
    };
    match answer {
        Ok(answer) => Json(answer).into_response(),
        Err(refusal) => entra::refused(&shared, &refusal, None),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceDecision {
    user_code: String,
    /// Who approves; nobody declines.
    #[serde(default)]
    approve: Option<String>,
    #[serde(default)]
    mfa: bool,
}

/// `POST /lab/device`: plays the person at the device page.
pub(super) async fn device(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let DeviceDecision { user_code, approve, mfa } = match read(&body) {
        Ok(decision) => decision,
        Err(answer) => return *answer,
    };
    let approval = match approve {
        Some(user) => Approval::Approve { user, mfa },
        None => Approval::Decline,
    };
    let decided = {
        let (mut state, now) = shared.state_now();
        state.service(now, None).decide(&user_code, &approval)
    };
    match decided {
        Ok(true) => done(),
        Ok(false) => problem(StatusCode::NOT_FOUND, "no such user code waits for a decision"),
        Err(refusal) => entra::refused(&shared, &refusal, None),
    }
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct DirectoryChange {
    /// Tenant id.
    tenant: String,
    /// Ids of applications and users that are disabled (`true`) or enabled again.
    disabled: BTreeMap<String, bool>,
    /// Object ids of users whose grants are revoked.
    revoke: Vec<String>,
    /// Replaces all delegated consents.
    delegated: Option<Vec<DelegatedConsent>>,
    /// Replaces all application consents.
    application: Option<Vec<ApplicationConsent>>,
    /// Replaces all Conditional Access policies.
    conditional_access: Option<Vec<AccessRule>>,
}

/// `POST /lab/directory`: changes the directory under the clients' feet.
pub(super) async fn directory(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let change = match read::<DirectoryChange>(&body) {
        Ok(change) => change,
        Err(answer) => return *answer,
    };
    let (mut state, now) = shared.state_now();
    let directory = &mut state.directory;
    let Some(tenant) = directory.tenants.get_mut(&change.tenant) else {
        return problem(StatusCode::NOT_FOUND, "there is no such tenant");
    };
    let unknown = change
        .disabled
        .keys()
        .find(|id| !tenant.users.contains_key(*id) && !directory.applications.contains_key(*id));
    if unknown.is_some() || change.revoke.iter().any(|id| !tenant.users.contains_key(id)) {
        return problem(StatusCode::NOT_FOUND, "there is no such application or user");
    }
    for (id, disabled) in &change.disabled {
        if let Some(user) = tenant.users.get_mut(id) {
            user.disabled = *disabled;
        }
        if let Some(application) = directory.applications.get_mut(id) {
            application.disabled = *disabled;
        }
    }
    for id in &change.revoke {
        if let Some(user) = tenant.users.get_mut(id) {
            user.revoked = now.saturating_add(1);
        }
    }
    if let Some(delegated) = change.delegated {
        tenant.delegated = delegated;
    }
    if let Some(application) = change.application {
        tenant.application = application;
    }
    if let Some(rules) = change.conditional_access {
        tenant.rules = rules;
    }
    done()
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Box<Response>> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| Box::new(problem(StatusCode::BAD_REQUEST, &error.to_string())))
}

fn done() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

fn problem(status: StatusCode, detail: &str) -> Response {
    (status, Json(json!({"status": status.as_u16(), "detail": detail}))).into_response()
}
