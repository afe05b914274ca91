//! From a call to a Cedar action and resource, by the bundle's surface.

mod arguments;
mod index;
mod mcp;
mod route;

use std::sync::Arc;

use vicar_bundle::surface::{Place, Surface};
use vicar_policy::{EntityUid, Record, Value};

use crate::{Call, Operation, Refusal, path::Path, reason};

use index::{IndexedMcpServer, IndexedProvider};
pub(crate) use index::{IndexedPlace, Reads, SurfaceIndex, Words};
use route::IndexedApi;

/// What a call asks for, in the words of the policies.
#[derive(Clone, Debug)]
pub(crate) struct Target<'a> {
    /// `Action::"…"`.
    pub(crate) action: EntityUid,
    /// `Tool::"…"`, `Route::"…"`, `Model::"…"`, `McpServer::"…"`.
    pub(crate) resource: EntityUid,
    /// Scopes that the resource needs.
    pub(crate) scopes: Arc<[String]>,
    /// `aud` values good here; empty: those of the issuer.
    pub(crate) audiences: &'a [String],
    /// `context.request`, if some policy reads it.
    pub(crate) request: Option<Record>,
    /// `context.tool`, for a tool call, if some policy reads it.
    pub(crate) tool: Option<Record>,
}

/// Finds what `call` asks for, with the parts of the context that `reads` names.
///
/// # Errors
/// A refusal when the path is ambiguous, or when the place, route, tool, model or method is not
/// in the bundle.
pub(crate) fn resolve<'a>(
    surface: &Surface,
    index: &'a SurfaceIndex,
    call: &Call<'_>,
    reads: Reads,
) -> Result<Target<'a>, Refusal> {
    let asking = Asking { call, surface, words: &index.words, reads };
    let path = Path::parse(call.path)?;
    let (place, rest) = index.find(call.host, &path).ok_or_else(|| unknown_route(call))?;
    match &place.kind {
        IndexedPlace::Api(api) => resolve_route(&asking, &place.place, api, rest),
        IndexedPlace::Llm(provider) => resolve_model(&asking, &place.place, provider),
        IndexedPlace::Mcp(server) => mcp::resolve(&asking, &place.place, server, rest),
    }
}

/// A call, and what its words mean here.
struct Asking<'a> {
    call: &'a Call<'a>,
    surface: &'a Surface,
    words: &'a Words,
    reads: Reads,
}

fn resolve_route<'a>(
    asking: &Asking<'_>,
    place: &'a Place,
    api: &'a IndexedApi,
    rest: &str,
) -> Result<Target<'a>, Refusal> {
    let call = asking.call;
    let action = api.methods.get(call.method).ok_or_else(|| unknown_route(call))?;
    let (route, parameters) = api.find(call.method, rest).ok_or_else(|| unknown_route(call))?;
    Ok(Target {
        action: action.clone(),
        resource: route.offered.uid.clone(),
        scopes: Arc::clone(&route.offered.scopes),
        audiences: &place.audiences,
        request: asking.request_record(Some(parameters)),
        tool: None,
    })
}

fn resolve_model<'a>(
    asking: &Asking<'_>,
    place: &'a Place,
    provider: &'a IndexedProvider,
) -> Result<Target<'a>, Refusal> {
    let Operation::Llm { model } = asking.call.operation else {
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
        scopes: Arc::clone(&model.scopes),
        audiences: &place.audiences,
        request: asking.request_record(None),
        tool: None,
    })
}

impl Asking<'_> {
    /// `context.request`, if some policy reads it.
    fn request_record(&self, parameters: Option<Vec<(Arc<str>, Value)>>) -> Option<Record> {
        let Self { call, surface, words, reads } = self;
        if !reads.request {
            return None;
        }
        let text = |text: &str| Value::String(text.into());
        // In the order of their names, so that nothing need be sorted.
        let mut attributes: Vec<(Arc<str>, Value)> = Vec::with_capacity(5);
        if !surface.headers.is_empty() {
            let headers: Record = surface
                .headers
                .iter()
                .filter_map(|name| Some((name.as_str(), text(self.single_header(name)?))))
                .collect();
            attributes.push((Arc::clone(&words.headers), Value::Record(headers)));
        }
        attributes.push((Arc::clone(&words.host), text(call.host)));
        attributes.push((Arc::clone(&words.method), text(call.method)));
        if let Some(parameters) = parameters {
            let parameters = Value::Record(parameters.into_iter().collect());
            attributes.push((Arc::clone(&words.parameters), parameters));
        }
        attributes.push((Arc::clone(&words.path), text(call.path)));
        Some(Record::from_sorted(attributes))
    }

    /// A header sent once; of one sent twice nobody can say which value counts, so policies do
    /// not see it.
    fn single_header(&self, name: &str) -> Option<&str> {
        let mut values = self.call.headers.iter().filter(|(key, _)| *key == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(*value)
    }
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
