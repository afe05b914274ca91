//! The surface, made ready for look-ups when a bundle is loaded.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use vicar_bundle::surface::{Api, Argument, LlmProvider, McpServer, Place, Surface};
use vicar_policy::{EntityUid, Value};

use crate::{path::written, vocabulary::names};

/// The surface of a bundle, indexed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SurfaceIndex {
    /// Places, the longest path first, so that the most specific one serves a request; of equal
    /// length, those that name their hosts first.
    pub(crate) places: Vec<Indexed>,
    pub(crate) words: Words,
}

/// Attribute names of the context, shared by every request.
#[derive(Clone, Debug)]
pub(crate) struct Words {
    pub(crate) arguments: Arc<str>,
    pub(crate) headers: Arc<str>,
    pub(crate) host: Arc<str>,
    pub(crate) method: Arc<str>,
    pub(crate) name: Arc<str>,
    pub(crate) now: Arc<str>,
    pub(crate) parameters: Arc<str>,
    pub(crate) path: Arc<str>,
    pub(crate) request: Arc<str>,
    pub(crate) tool: Arc<str>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            arguments: "arguments".into(),
            headers: "headers".into(),
            host: "host".into(),
            method: "method".into(),
            name: "name".into(),
            now: "now".into(),
            parameters: "parameters".into(),
            path: "path".into(),
            request: "request".into(),
            tool: "tool".into(),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Indexed {
    pub(crate) place: Place,
    pub(crate) prefix: Vec<String>,
    pub(crate) kind: IndexedPlace,
}

#[derive(Clone, Debug)]
pub(crate) enum IndexedPlace {
    Api(IndexedApi),
    Llm(IndexedProvider),
    Mcp(IndexedMcpServer),
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedApi {
    pub(crate) methods: BTreeMap<String, EntityUid>,
    pub(crate) routes: Vec<IndexedRoute>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedRoute {
    pub(crate) uid: EntityUid,
    pub(crate) methods: Vec<String>,
    pub(crate) template: Template,
    pub(crate) scopes: Arc<[String]>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedProvider {
    pub(crate) name: String,
    pub(crate) action: EntityUid,
    pub(crate) models: BTreeMap<String, IndexedResource>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedMcpServer {
    pub(crate) name: String,
    pub(crate) uid: EntityUid,
    pub(crate) methods: BTreeMap<&'static str, EntityUid>,
    pub(crate) tools: BTreeMap<String, IndexedTool>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedResource {
    pub(crate) uid: EntityUid,
    pub(crate) scopes: Arc<[String]>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedTool {
    pub(crate) resource: IndexedResource,
    pub(crate) arguments: Vec<Argument>,
}

/// A path template.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    parts: Vec<Part>,
}

#[derive(Clone, Debug)]
enum Part {
    Literal(String),
    Parameter(Arc<str>),
    Rest(Arc<str>),
}

impl Template {
    fn parse(text: &str) -> Self {
        let part = |segment: String| match segment
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'))
        {
            Some(name) => match name.strip_suffix('*') {
                Some(name) => Part::Rest(name.into()),
                None => Part::Parameter(name.into()),
            },
            None => Part::Literal(segment),
        };
        Self { parts: written(text).into_iter().map(part).collect() }
    }

    /// The parameters' values, when `segments` fit the template.
    pub(crate) fn captures(&self, segments: &[Cow<'_, str>]) -> Option<Vec<(Arc<str>, Value)>> {
        let mut captured = Vec::new();
        let mut rest = segments;
        for part in &self.parts {
            if let Part::Rest(name) = part {
                captured.push((name.clone(), Value::String(rest.join("/").into())));
                return Some(captured);
            }
            let (first, others) = rest.split_first()?;
            match part {
                Part::Literal(literal) if literal != first => return None,
                Part::Literal(_) | Part::Rest(_) => {}
                Part::Parameter(name) => {
                    captured.push((name.clone(), Value::String((**first).into())));
                }
            }
            rest = others;
        }
        rest.is_empty().then_some(captured)
    }
}

impl SurfaceIndex {
    pub(crate) fn new(surface: &Surface) -> Self {
        let found = surface
            .apis
            .iter()
            .map(|api| indexed(&api.place, IndexedPlace::Api(index_api(api))))
            .chain(surface.llm_providers.iter().map(|provider| {
                indexed(&provider.place, IndexedPlace::Llm(index_provider(provider)))
            }))
            .chain(
                surface
                    .mcp_servers
                    .iter()
                    .map(|server| indexed(&server.place, IndexedPlace::Mcp(index_server(server)))),
            );
        let rank =
            |place: &Indexed| (std::cmp::Reverse(place.prefix.len()), place.place.hosts.is_empty());
        let mut places: Vec<Indexed> = Vec::new();
        for place in found {
            let at = places.partition_point(|earlier| rank(earlier) <= rank(&place));
            places.insert(at, place);
        }
        Self { places, words: Words::default() }
    }
}

fn indexed(place: &Place, kind: IndexedPlace) -> Indexed {
    Indexed { place: place.clone(), prefix: written(&place.path), kind }
}

// Maps are filled by insertion here: each one that is collected would bring a sort of its own into
// the guests.
fn index_api(api: &Api) -> IndexedApi {
    let routes = api
        .routes
        .iter()
        .map(|route| IndexedRoute {
            uid: names::route(&api.name, &route.name),
            methods: route.methods.clone(),
            template: Template::parse(&route.path),
            scopes: route.scopes.as_slice().into(),
        })
        .collect();
    let mut methods = BTreeMap::new();
    for method in api.routes.iter().flat_map(|route| &route.methods) {
        methods.insert(method.clone(), names::action(method));
    }
    IndexedApi { methods, routes }
}

fn index_provider(provider: &LlmProvider) -> IndexedProvider {
    let mut models = BTreeMap::new();
    for model in &provider.models {
        let uid = names::model(&provider.name, &model.name);
        let scopes = model.scopes.as_slice().into();
        models.insert(model.name.clone(), IndexedResource { uid, scopes });
    }
    IndexedProvider { name: provider.name.clone(), action: names::action(names::CHAT), models }
}

fn index_server(server: &McpServer) -> IndexedMcpServer {
    let mut tools = BTreeMap::new();
    for tool in &server.tools {
        let uid = names::tool(&server.name, &tool.name);
        let resource = IndexedResource { uid, scopes: tool.scopes.as_slice().into() };
        let indexed = IndexedTool { resource, arguments: tool.arguments.clone() };
        tools.insert(tool.name.clone(), indexed);
    }
    let mut methods = BTreeMap::new();
    for method in names::MCP_METHODS {
        methods.insert(method, names::action(method));
    }
    IndexedMcpServer {
        name: server.name.clone(),
        uid: names::mcp_server(&server.name),
        methods,
        tools,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captures(template: &str, path: &[&str]) -> Option<Vec<(String, Value)>> {
        let segments: Vec<Cow<'_, str>> =
            path.iter().map(|segment| Cow::Borrowed(*segment)).collect();
        Template::parse(template)
            .captures(&segments)
            .map(|found| found.into_iter().map(|(name, value)| (name.to_string(), value)).collect())
    }

    #[test]
    fn a_template_captures_whole_segments() {
        let id = |value: &str| vec![("id".to_owned(), Value::String(value.into()))];
        assert_eq!(captures("/{id}", &["7"]), Some(id("7")));
        assert_eq!(captures("/{id}", &["7", "lines"]), None);
        assert_eq!(captures("/{id}", &[]), None);
        assert_eq!(captures("/orders/{id*}", &["orders", "7", "lines"]), Some(id("7/lines")));
        assert_eq!(captures("/", &[]), Some(Vec::new()));
        assert_eq!(captures("/a", &["b"]), None);
    }
}
