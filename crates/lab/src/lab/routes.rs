//! Which path is whose.

use std::sync::Arc;

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{any, get, post},
};

use super::{control, device_page, documents, entra, graph_calls, platform, state::Shared};

/// All of the lab's endpoints.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    let control = Router::new()
        .route("/lab", get(control::index))
        .route("/lab/clock", post(control::clock))
        .route("/lab/device", post(control::device))
        .route("/lab/directory", post(control::directory))
        .route(
            "/lab/faults",
            get(control::faults).post(control::add_fault).delete(control::clear_faults),
        )
        .route("/lab/keys/rotate", post(control::rotate))
        .route("/lab/requests", get(control::requests).delete(control::clear_requests))
        .route("/lab/sign-in", post(control::sign_in))
        .layer(middleware::from_fn(control::guard));
    Router::new()
        .merge(control)
        .route("/common/discovery/instance", get(documents::instances))
        .route("/devicelogin", get(device_page::ask).post(device_page::decide))
        .route("/metadata/identity/oauth2/token", get(platform::token))
        .route("/beta/{*path}", any(graph_calls::call))
        .route("/v1.0/{*path}", any(graph_calls::call))
        .route("/{tenant}/.well-known/openid-configuration", get(documents::configuration_v1))
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(documents::configuration_v2))
        .route("/{tenant}/discovery/keys", get(documents::keys_v1))
        .route("/{tenant}/discovery/v2.0/keys", get(documents::keys_v2))
        .route("/{tenant}/oauth2/v2.0/devicecode", post(entra::device_code))
        .route("/{tenant}/oauth2/v2.0/token", post(entra::token))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(shared)
}

const LARGEST_BODY: usize = 2 * 1024 * 1024;
