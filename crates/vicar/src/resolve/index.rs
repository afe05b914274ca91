//! The surface, made ready for look-ups when a bundle is loaded.

use std::{cmp::Reverse, sync::Arc};

use vicar_bundle::surface::{Argument, LlmProvider, McpServer, Place, Surface};
use vicar_policy::{EntityUid, Named, Program};

use super::route::IndexedApi;

use crate::{
    path::{Path, segments, serves_host, written},
    vocabulary::{
        names,
        offered::{Offered, Offering},
    },
};

/// The surface of a bundle, indexed.
#[derive(Clone, Debug, Default)]
pub(crate) struct SurfaceIndex {
    /// Places, the longest path first, so that the most specific one serves a request; of equal
    /// length, those that name their hosts first.
    pub(crate) places: Vec<Indexed>,
    pub(crate) words: Words,
    pub(crate) reads: Reads,
}

/// Which parts of a request some policy reads: the others are not made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reads {
    pub(crate) now: bool,
    pub(crate) request: bool,
    pub(crate) tool: bool,
}

impl Reads {
    /// Every part, whoever reads it.
    pub(crate) const ALL: Self = Self { now: true, request: true, tool: true };

    fn of(program: &Program, words: &Words) -> Self {
        Self {
            now: program.reads_context(&words.now),
            request: program.reads_context(&words.request),
            tool: program.reads_context(&words.tool),
        }
    }
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
    /// Its name in the bundle.
    pub(crate) name: String,
    pub(crate) place: Place,
    /// The place's path, without a slash at either end.
    pub(crate) prefix: String,
    pub(crate) kind: IndexedPlace,
}

#[derive(Clone, Debug)]
pub(crate) enum IndexedPlace {
    Api(IndexedApi),
    Llm(IndexedProvider),
    Mcp(IndexedMcpServer),
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedProvider {
    pub(crate) name: String,
    pub(crate) action: EntityUid,
    pub(crate) models: Named<Offered>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedMcpServer {
    pub(crate) name: String,
    pub(crate) uid: EntityUid,
    pub(crate) methods: Named<EntityUid>,
    pub(crate) tools: Named<IndexedTool>,
}

#[derive(Clone, Debug)]
pub(crate) struct IndexedTool {
    pub(crate) offered: Offered,
    pub(crate) arguments: Vec<Argument>,
}

impl SurfaceIndex {
    pub(crate) fn new(surface: &Surface, program: &Program) -> Self {
        let found = surface
            .apis
            .iter()
            .map(|api| indexed(&api.name, &api.place, IndexedPlace::Api(IndexedApi::new(api))))
            .chain(surface.llm_providers.iter().map(|provider| {
                indexed(
                    &provider.name,
                    &provider.place,
                    IndexedPlace::Llm(index_provider(provider)),
                )
            }))
            .chain(surface.mcp_servers.iter().map(|server| {
                indexed(&server.name, &server.place, IndexedPlace::Mcp(index_server(server)))
            }));
        let rank = |place: &Indexed| {
            (Reverse(segments(&place.prefix).count()), place.place.hosts.is_empty())
        };
        let mut places: Vec<Indexed> = Vec::new();
        for place in found {
            let at = places.partition_point(|earlier| rank(earlier) <= rank(&place));
            places.insert(at, place);
        }
        let words = Words::default();
        Self { places, reads: Reads::of(program, &words), words }
    }

    /// The place that serves `host` and `path`, and the rest of the path below its own.
    pub(crate) fn find<'p>(&self, host: &str, path: &'p Path<'_>) -> Option<(&Indexed, &'p str)> {
        self.places.iter().find_map(|place| {
            let below = path.below(&place.prefix)?;
            serves_host(&place.place, host).then_some((place, below))
        })
    }
}

fn indexed(name: &str, place: &Place, kind: IndexedPlace) -> Indexed {
    Indexed {
        name: name.to_owned(),
        place: place.clone(),
        prefix: written(&place.path).join("/"),
        kind,
    }
}

fn index_provider(provider: &LlmProvider) -> IndexedProvider {
    let mut offering = Offering::models(&provider.name);
    let models = provider
        .models
        .iter()
        .map(|model| (&*model.name, offering.offered(&model.name, &model.scopes, &model.labels)));
    IndexedProvider {
        name: provider.name.clone(),
        action: names::action(names::CHAT),
        models: models.collect(),
    }
}

fn index_server(server: &McpServer) -> IndexedMcpServer {
    let mut offering = Offering::tools(&server.name);
    let tools = server.tools.iter().map(|tool| {
        let offered = offering.offered(&tool.name, &tool.scopes, &tool.labels);
        (&*tool.name, IndexedTool { offered, arguments: tool.arguments.clone() })
    });
    IndexedMcpServer {
        name: server.name.clone(),
        uid: names::mcp_server(&server.name),
        methods: names::MCP_METHODS
            .map(|method| (method, names::action(method)))
            .into_iter()
            .collect(),
        tools: tools.collect(),
    }
}
