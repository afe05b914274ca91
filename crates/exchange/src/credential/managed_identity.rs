//! The instance metadata service of Azure machines, which speaks for their managed identity.

use vicar_token::UnixSeconds;

use super::Endpoint;
use crate::{
    Guid, HttpRequest, Limits,
    step::{Form, Method, Redirects},
};

/// Link-local: no other host can answer there.
const ORIGIN: &str = "http://169.254.169.254";

const PATH: &str = "/metadata/identity/oauth2/token";

/// Asks for the identity's token for `audience`.
pub(crate) fn identity_request(
    client_id: Option<&Guid>,
    emulator: Option<&Endpoint>,
    audience: &str,
    limits: &Limits,
    deadline: UnixSeconds,
) -> HttpRequest {
    let origin = emulator.map_or(ORIGIN, |address| address.as_str().trim_end_matches('/'));
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("api-version", "2019-08-01").append_pair("resource", audience);
    if let Some(client_id) = client_id {
        query.append_pair("client_id", client_id.as_str());
    }
    HttpRequest {
        method: Method::Get,
        url: format!("{origin}{PATH}?{}", query.finish()),
        // Proves that nobody was talked into this request by a redirect or a forwarded header.
        headers: vec![("metadata", "true".to_owned()), ("accept", "application/json".to_owned())],
        form: Form::default(),
        redirects: Redirects::Refuse,
        max_bytes: limits.max_answer_bytes,
        deadline,
    }
}
