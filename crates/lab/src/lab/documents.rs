//! Discovery: OpenID configuration v1 and v2, key sets, instances.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    authority::Authority,
    form::Form,
    refusal::{Refusal, code},
};

use super::{entra, state::Shared};

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`.
pub(super) async fn configuration_v2(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
) -> Response {
    configuration(&shared, &tenant, 2)
}

/// `GET /{tenant}/.well-known/openid-configuration`.
pub(super) async fn configuration_v1(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
) -> Response {
    configuration(&shared, &tenant, 1)
}

/// `GET /{tenant}/discovery/v2.0/keys`.
pub(super) async fn keys_v2(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
) -> Response {
    keys(&shared, &tenant, 2)
}

/// `GET /{tenant}/discovery/keys`.
pub(super) async fn keys_v1(
    State(shared): State<Arc<Shared>>,
    Path(tenant): Path<String>,
) -> Response {
    keys(&shared, &tenant, 1)
}

/// `GET /common/discovery/instance`.
pub(super) async fn instances(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Response {
    let authority = shared.state().authority.clone();
    let own = own_host(&authority);
    let query = Form::parse(query.unwrap_or_default().as_bytes());
    let asked = query.get("authorization_endpoint").unwrap_or_default();
    let (host, path) = asked
        .strip_prefix("https://")
        .map(|rest| rest.split_once('/').unwrap_or((rest, "")))
        .unwrap_or_default();
    if host != own && host != authority.host {
        let refusal = Refusal::new(code::INSTANCE_UNKNOWN, "Unknown or invalid instance.");
        return entra::refused(&shared, &refusal, None);
    }
    let tenant = path.split('/').next().unwrap_or_default();
    Json(json!({
        "tenant_discovery_endpoint":
            format!("https://{host}/{tenant}/v2.0/.well-known/openid-configuration"),
        "api-version": "1.1",
        "metadata": [
            { "preferred_network": own, "preferred_cache": own, "aliases": [own] },
            {
                "preferred_network": authority.host,
                "preferred_cache": "login.windows.net",
                "aliases": [
                    authority.host, "login.windows.net", "login.microsoft.com", authority.sts_host,
                ],
            },
        ],
    }))
    .into_response()
}

fn configuration(shared: &Shared, name: &str, version: u8) -> Response {
    let (authority, tenant) = match find(shared, name) {
        Ok(found) => found,
        Err(refusal) => return entra::refused(shared, &refusal, None),
    };
    let here = format!("{}/{name}", authority.origin);
    let of_version = |path: &str| match version {
        1 => format!("{here}/oauth2/{path}"),
        _ => format!("{here}/oauth2/v2.0/{path}"),
    };
    let keys = if version == 1 { "discovery/keys" } else { "discovery/v2.0/keys" };
    let region = tenant.region.map_or(Value::Null, Value::from);
    Json(json!({
        "token_endpoint": of_version("token"),
        "token_endpoint_auth_methods_supported":
            ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "jwks_uri": format!("{here}/{keys}"),
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": authority.issuer(version, &tenant.id),
        "request_uri_parameter_supported": false,
        "userinfo_endpoint": "https://graph.microsoft.com/oidc/userinfo",
        "authorization_endpoint": of_version("authorize"),
        "device_authorization_endpoint": of_version("devicecode"),
        "http_logout_supported": true,
        "frontchannel_logout_supported": true,
        "end_session_endpoint": of_version("logout"),
        "claims_supported": [
            "sub", "iss", "cloud_instance_name", "cloud_instance_host_name",
            "cloud_graph_host_name", "msgraph_host", "aud", "exp", "iat", "auth_time", "acr",
            "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash", "email",
        ],
        "tenant_region_scope": region,
        "cloud_instance_name": "microsoftonline.com",
        "cloud_graph_host_name": "graph.windows.net",
        "msgraph_host": "graph.microsoft.com",
        "rbac_url": "https://pas.windows.net",
    }))
    .into_response()
}

fn keys(shared: &Shared, name: &str, version: u8) -> Response {
    match find(shared, name) {
        Ok((authority, _)) => {
            let issuer = (version == 2).then(|| authority.issuer(version, PLACEHOLDER));
            let set = shared.state().keys.key_set(issuer.as_deref());
            Json(set).into_response()
        }
        Err(refusal) => entra::refused(shared, &refusal, None),
    }
}

struct Found {
    id: String,
    region: Option<String>,
}

/// The tenant of a path, or the placeholder for `common` and `organizations`.
fn find(shared: &Shared, name: &str) -> Result<(Authority, Found), Refusal> {
    let state = shared.state();
    let authority = state.authority.clone();
    if ["common", "organizations"].contains(&name) {
        return Ok((authority, Found { id: PLACEHOLDER.to_owned(), region: None }));
    }
    match state.directory.tenant(name) {
        Some(tenant) => {
            let region = Some(tenant.region.clone());
            Ok((authority, Found { id: tenant.id.clone(), region }))
        }
        None => Err(Refusal::new(
            code::TENANT_UNKNOWN,
            "Tenant not found. Check to make sure you have the correct tenant ID and are signing \
             into the correct cloud.",
        )),
    }
}

fn own_host(authority: &Authority) -> String {
    authority.origin.trim_start_matches("https://").to_owned()
}

/// What stands for the tenant in issuers that are templates.
const PLACEHOLDER: &str = "{tenantid}";
