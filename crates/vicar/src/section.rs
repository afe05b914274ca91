//! Which part of the surface serves a request, before anything of its body is known.

use vicar_bundle::surface::{Place, Surface};
use vicar_token::SignatureVerifier;

use crate::{
    Gate, Refusal,
    path::{Path, segments, serves_host},
    resolve::SurfaceIndex,
    rules::Rules,
};

/// The API, MCP server or LLM provider at a host and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section<'a> {
    /// What it is.
    pub kind: SectionKind,
    /// Its name in the bundle.
    pub name: &'a str,
    /// Of an LLM provider, the path below its own, in decoded segments; a model may stand there.
    pub below: Vec<String>,
}

/// What serves a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SectionKind {
    /// An HTTP API.
    Api,
    /// An LLM provider.
    Llm,
    /// An MCP server.
    Mcp,
}

/// What stands at each place of a [`SurfaceIndex`], in its order.
#[derive(Clone, Debug)]
pub(crate) struct Sections(Vec<(SectionKind, String)>);

impl Sections {
    pub(crate) fn new(surface: &Surface, index: &SurfaceIndex) -> Self {
        // No two entries of a checked surface have the same place.
        let find = |place: &Place| {
            let api = surface.apis.iter().find(|api| api.place == *place);
            let llm = surface.llm_providers.iter().find(|provider| provider.place == *place);
            let mcp = surface.mcp_servers.iter().find(|server| server.place == *place);
            api.map(|api| (SectionKind::Api, api.name.clone()))
                .or_else(|| llm.map(|provider| (SectionKind::Llm, provider.name.clone())))
                .or_else(|| mcp.map(|server| (SectionKind::Mcp, server.name.clone())))
        };
        Self(index.places.iter().filter_map(|indexed| find(&indexed.place)).collect())
    }
}

impl<V: SignatureVerifier> Gate<V> {
    /// The part of the surface that serves `host` (as received) and `path` (without query, as
    /// received); nothing where the surface has none.
    ///
    /// # Errors
    /// [`Refusal`] with the reason `path_refused` when the path can be read in more than one way.
    pub fn section(&self, host: &str, path: &str) -> Result<Option<Section<'_>>, Refusal> {
        let path = Path::parse(path)?;
        let Rules { index, sections, .. } = &self.rules;
        let found = index.places.iter().zip(&sections.0).find_map(|(place, section)| {
            let below = path.below(&place.prefix)?;
            serves_host(&place.place, host).then_some((section, below))
        });
        Ok(found.map(|((kind, name), below)| Section {
            kind: *kind,
            name,
            below: match kind {
                SectionKind::Llm => segments(below).map(str::to_owned).collect(),
                SectionKind::Api | SectionKind::Mcp => Vec::new(),
            },
        }))
    }
}
