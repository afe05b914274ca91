//! From a call to a Cedar action and resource, by the bundle's surface.

mod arguments;
mod index;
mod mcp;

use std::sync::Arc;

use vicar_bundle::surface::{Place, Surface};
use vicar_policy::{EntityUid, Record, Value};

use crate::{
    Call, Operation, Refusal,
    path::{Segments, serves_host},
    reason,
};

pub(crate) use index::SurfaceIndex;
use index::{IndexedApi, IndexedMcpServer, IndexedPlace, IndexedProvider};

/// What a call asks for, in the words of the policies.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    /// `Action::"…"`.
    pub(crate) action: EntityUid,
    /// `Tool::"…"`, `Route::"…"`, `Model::"…"`, `McpServer::"…"`.
    pub(crate) resource: EntityUid,
    /// Scopes that the resource needs.
    pub(crate) scopes: &'a [String],
    /// `aud` values good here; empty: those of the issuer.
    pub(crate) audiences: &'a [String],
    /// `context.request`.
    pub(crate) request: Record,
    /// `context.tool`, for a tool call.
    pub(crate) tool: Option<Record>,
}

/// Finds what `call` asks for.
///
/// # Errors
/// A refusal when the path is ambiguous, or when the place, route, tool, model or method is not
/// in the bundle.
pub(crate) fn resolve<'a>(
    surface: &Surface,
    index: &'a SurfaceIndex,
    call: &Call<'_>,
) -> Result<Target<'a>, Refusal> {
    let segments = Segments::parse(call.path)?;
    let place = index
        .places
        .iter()
        .find(|place| {
            serves_host(&place.place, call.host) && segments.below(&place.prefix).is_some()
        })
        .ok_or_else(|| unknown_route(call))?;
    let rest = segments.below(&place.prefix).unwrap_or_default();
    match &place.kind {
        IndexedPlace::Api(api) => resolve_route(surface, place_of(place), api, call, rest),
        IndexedPlace::Llm(provider) => resolve_model(surface, place_of(place), provider, call),
        IndexedPlace::Mcp(server) => mcp::resolve(surface, place_of(place), server, call, rest),
    }
}

fn place_of(indexed: &index::Indexed) -> &Place {
    &indexed.place
}

fn resolve_route<'a>(
    surface: &Surface,
    place: &'a Place,
    api: &'a IndexedApi,
    call: &Call<'_>,
    rest: &[String],
) -> Result<Target<'a>, Refusal> {
    let action = api.methods.get(call.method).ok_or_else(|| unknown_route(call))?;
    let (route, parameters) = api
        .routes
        .iter()
        .filter(|route| route.methods.iter().any(|method| method == call.method))
        .find_map(|route| Some((route, route.template.captures(rest)?)))
        .ok_or_else(|| unknown_route(call))?;
    Ok(Target {
        action: action.clone(),
        resource: route.uid.clone(),
        scopes: &route.scopes,
        audiences: &place.audiences,
        request: request_record(surface, call, Some(parameters)),
        tool: None,
    })
}

fn resolve_model<'a>(
    surface: &Surface,
    place: &'a Place,
    provider: &'a IndexedProvider,
    call: &Call<'_>,
) -> Result<Target<'a>, Refusal> {
    let Operation::Llm { model } = call.operation else {
        return Err(Refusal::new(
            &reason::MESSAGE_MISSING,
            format!("the request to LLM provider `{}` does not name a model", provider.name),
            "send a request that names a model of the bundle",
        ));
    };
    let model = provider.models.get(model).ok_or_else(|| {
        Refusal::new(
            &reason::MODEL_UNKNOWN,
            format!("provider `{}` has no model `{}` in the bundle", provider.name, shown(model)),
            "ask for a model that the bundle lists, or add this one to its surface",
        )
    })?;
    Ok(Target {
        action: provider.action.clone(),
        resource: model.uid.clone(),
        scopes: &model.scopes,
        audiences: &place.audiences,
        request: request_record(surface, call, None),
        tool: None,
    })
}

/// `context.request`.
fn request_record(
    surface: &Surface,
    call: &Call<'_>,
    parameters: Option<Vec<(Arc<str>, Value)>>,
) -> Record {
    let mut attributes: Vec<(Arc<str>, Value)> = Vec::with_capacity(5);
    if !surface.headers.is_empty() {
        let headers: Record = surface
            .headers
            .iter()
            .filter_map(|name| Some((name.as_str(), single_header(call, name)?)))
            .map(|(name, value)| (name, Value::String(value.into())))
            .collect();
        attributes.push(("headers".into(), Value::Record(headers)));
    }
    attributes.push(("host".into(), Value::String(call.host.into())));
    attributes.push(("method".into(), Value::String(call.method.into())));
    if let Some(parameters) = parameters {
        attributes.push(("parameters".into(), Value::Record(parameters.into_iter().collect())));
    }
    attributes.push(("path".into(), Value::String(call.path.into())));
    attributes.into_iter().collect()
}

/// A header sent once; of one sent twice nobody can say which value counts, so policies do not
/// see it.
fn single_header<'c>(call: &Call<'c>, name: &str) -> Option<&'c str> {
    let mut values = call.headers.iter().filter(|(key, _)| *key == name);
    let (_, value) = values.next()?;
    values.next().is_none().then_some(*value)
}

fn unknown_route(call: &Call<'_>) -> Refusal {
    Refusal::new(
        &reason::ROUTE_UNKNOWN,
        format!(
            "no route of the bundle serves {} {} on host `{}`",
            shown(call.method),
            shown(call.path),
            shown(call.host)
        ),
        "call a route that the bundle lists, or add this one to its surface",
    )
}

/// Text of the caller, made safe to print: escaped and cut at 80 characters.
pub(crate) fn shown(text: &str) -> String {
    let mut safe: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    if text.chars().nth(80).is_some() {
        safe.push('…');
    }
    safe
}
