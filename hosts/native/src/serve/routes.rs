//! Every address.

use std::sync::Arc;

use axum::{
    Router,
    extract::State,
    http::{HeaderValue, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};

use super::{
    Sidecar, authorization_header, decide, documents, downstream, front,
    reason::{METHOD_REFUSED, NO_SUCH_ADDRESS, SIDECAR_NOT_READY},
    refusal::Refusal,
    validate,
};

pub(super) fn router(sidecar: &Arc<Sidecar>) -> Router {
    Router::new()
        .route("/Validate", get(validate::validate))
        .route("/AuthorizationHeader/{api}", get(authorization_header::authenticated))
        .route(
            "/AuthorizationHeaderUnauthenticated/{api}",
            get(authorization_header::unauthenticated),
        )
        .route(
            "/DownstreamApi/{api}",
            get(downstream::authenticated)
                .post(downstream::authenticated)
                .put(downstream::authenticated)
                .patch(downstream::authenticated)
                .delete(downstream::authenticated),
        )
        .route(
            "/DownstreamApiUnauthenticated/{api}",
            get(downstream::unauthenticated)
                .post(downstream::unauthenticated)
                .put(downstream::unauthenticated)
                .patch(downstream::unauthenticated)
                .delete(downstream::unauthenticated),
        )
        .route("/healthz", get(async || "Healthy"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .route("/openapi.json", get(documents::openapi))
        .route("/openapi/v1.json", get(documents::openapi))
        .route("/v1/decide", post(decide::decide))
        .route("/v1/explain", post(decide::explain))
        .route("/access/v1/evaluation", post(decide::evaluation))
        .fallback(async || {
            Refusal::new(NO_SUCH_ADDRESS, "there is nothing at this address", "see `/openapi.json`")
        })
        .method_not_allowed_fallback(async || {
            Refusal::new(
                METHOD_REFUSED,
                "this address does not answer to this method",
                "see `/openapi.json`",
            )
        })
        .layer(middleware::map_response(no_store))
        .layer(middleware::from_fn_with_state(Arc::clone(sidecar), front::front))
        .with_state(Arc::clone(sidecar))
}

/// Answers hold tokens, or depend on one.
async fn no_store(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

async fn ready(State(sidecar): State<Arc<Sidecar>>) -> Response {
    let mut lacking = Vec::new();
    if !sidecar.callers.ready() {
        lacking.push("the tenant's keys, to verify callers' tokens");
    }
    if sidecar.gates.as_ref().is_some_and(|gates| !gates.ready()) {
        lacking.push("the keys of the bundle's issuers");
    }
    if lacking.is_empty() {
        return "Ready".into_response();
    }
    let detail = format!("the sidecar lacks {}", lacking.join(" and "));
    Refusal::new(SIDECAR_NOT_READY, detail, "look at its log for failed fetches").into_response()
}

async fn metrics(State(sidecar): State<Arc<Sidecar>>) -> Response {
    let text = sidecar.metrics.text(sidecar.broker.len());
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
