//! `GET /AuthorizationHeader/{api}`: a token for an API, as a header's value.

use std::sync::Arc;

use axum::{
    extract::{Path, RawQuery, State},
    http::{HeaderMap, Method, Uri, header},
    response::{IntoResponse, Response},
};

use super::{Sidecar, obtain::Wanted, plan::Route, reason::PARAMETER_INVALID, refusal::Refusal};

pub(super) async fn authenticated(
    sidecar: State<Arc<Sidecar>>,
    api: Path<String>,
    query: RawQuery,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    answer(Route::AuthorizationHeader, sidecar, api, query, method, uri, headers).await
}

pub(super) async fn unauthenticated(
    sidecar: State<Arc<Sidecar>>,
    api: Path<String>,
    query: RawQuery,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    answer(Route::AuthorizationHeaderUnauthenticated, sidecar, api, query, method, uri, headers)
        .await
}

async fn answer(
    route: Route,
    State(sidecar): State<Arc<Sidecar>>,
    Path(api): Path<String>,
    RawQuery(query): RawQuery,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let wanted = Wanted {
        route,
        api: &api,
        method: &method,
        path: uri.path(),
        query: query.as_deref().unwrap_or_default(),
        headers: &headers,
    };
    let had = sidecar.obtain(&wanted).await?;
    if had.parameters.overrides.shapes_the_call() {
        tracing::debug!(api, "parameters of the call have no effect on a header");
    }
    let token = had.obtained.kept.access_token.expose();
    if !token.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
        return Err(Refusal::new(
            PARAMETER_INVALID,
            "the token cannot stand in a header",
            "look at what the token endpoint answers",
        ));
    }
    let body = format!(r#"{{"authorizationHeader":"Bearer {token}"}}"#);
    Ok(([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response())
}
