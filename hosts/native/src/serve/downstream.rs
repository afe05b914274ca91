//! `/DownstreamApi/{api}`: calls the API with a token, and wraps its answer.

mod address;
mod answer;
mod resolver;
mod upstream;

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, Method, header},
    response::Response,
};

use super::{
    Sidecar,
    obtain::{Had, Wanted},
    plan::Route,
    reason::{DOWNSTREAM_UNCONFIGURED, REQUEST_BODY_REFUSED, REQUEST_TOO_LARGE},
    refusal::Refusal,
};

pub(super) use upstream::Upstreams;

use upstream::Outgoing;

pub(super) async fn authenticated(
    sidecar: State<Arc<Sidecar>>,
    api: Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    call(Route::DownstreamApi, sidecar, api, request).await
}

pub(super) async fn unauthenticated(
    sidecar: State<Arc<Sidecar>>,
    api: Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    call(Route::DownstreamApiUnauthenticated, sidecar, api, request).await
}

async fn call(
    route: Route,
    State(sidecar): State<Arc<Sidecar>>,
    Path(api): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let wanted = Wanted {
        route,
        api: &api,
        method: &parts.method,
        path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
    };
    let incoming =
        Incoming::read(&parts.headers, body, sidecar.configuration.own.max_request_bytes)?;
    let had = sidecar.obtain(&wanted).await?;
    let outgoing = outgoing(&had, &parts.method, incoming)?;
    let upstream = sidecar.upstreams.of(had.api);
    let sent = upstream.send(outgoing, &had.obtained.kept.access_token).await?;
    if sent.status().as_u16() == 401 {
        // Revoked, or a claims challenge: the next call gets a new one.
        sidecar.broker.forget(&had.spec);
    }
    answer::wrap(sent, sidecar.configuration.own.max_response_bytes).await
}

/// The body that came, and what its fields say of it.
struct Incoming {
    body: Body,
    content_type: Option<String>,
    length: Option<u64>,
}

impl Incoming {
    fn read(headers: &HeaderMap, body: Body, limit: u64) -> Result<Self, Refusal> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok());
        if length.is_some_and(|length| length > limit) {
            return Err(too_large(limit));
        }
        let content_type =
            text(header::CONTENT_TYPE).filter(|value| !value.trim().is_empty()).map(str::to_owned);
        let empty = match length {
            Some(length) => length == 0,
            None => !headers.contains_key(header::TRANSFER_ENCODING),
        };
        if empty {
            return Ok(Self { body: Body::empty(), content_type, length: None });
        }
        if content_type.is_none() {
            return Err(Refusal::new(
                REQUEST_BODY_REFUSED,
                "the body has no content type",
                "send `Content-Type`; a body without one is not forwarded",
            ));
        }
        // What is not counted in advance is counted on the way.
        let length = Some(length.unwrap_or(u64::MAX));
        Ok(Self { body, content_type, length })
    }
}

pub(super) fn too_large(limit: u64) -> Refusal {
    Refusal::new(
        REQUEST_TOO_LARGE,
        format!("the body is longer than {limit} bytes"),
        "send a shorter one, or raise `Vicar__MaxRequestBytes`",
    )
}

fn outgoing(had: &Had<'_>, method: &Method, incoming: Incoming) -> Result<Outgoing, Refusal> {
    let (api, overrides) = (had.api, &had.parameters.overrides);
    let base = api.base_url.as_ref().ok_or_else(|| {
        let key = format!("DownstreamApis__{}__BaseUrl", api.name);
        Refusal::new(DOWNSTREAM_UNCONFIGURED, "the API has no base address", format!("set `{key}`"))
    })?;
    // As Microsoft's: POST says nothing of the upstream's method.
    let own = match *method {
        Method::POST => Method::GET,
        ref other => other.clone(),
    };
    let method = overrides.method.clone().or_else(|| api.method.clone()).unwrap_or(own);
    let has_body = incoming.length.is_some();
    if has_body && (method == Method::GET || method == Method::HEAD) {
        return Err(Refusal::new(
            REQUEST_BODY_REFUSED,
            format!("there is a body, but the API is called with {method}"),
            format!(
                "set `optionsOverride.HttpMethod` or `DownstreamApis__{}__HttpMethod`",
                api.name
            ),
        ));
    }
    let relative = overrides.relative_path.as_deref().or(api.relative_path.as_deref());
    // The caller's replaces the configured one of the same name.
    let extra = api.extra.clone().overridden(&overrides.extra);
    let url = address::of(base, relative, extra.query.iter())?;
    address::permitted(&url, api.local_addresses)?;
    let content_type = overrides
        .content_type
        .clone()
        .or(incoming.content_type)
        .or_else(|| api.content_type.clone())
        .filter(|_| has_body);
    Ok(Outgoing {
        method,
        url,
        headers: extra.headers,
        accept: overrides.accept.clone().or_else(|| api.accept.clone()),
        content_type,
        body: has_body.then_some(incoming.body),
        length: incoming.length.filter(|length| *length != u64::MAX),
    })
}
