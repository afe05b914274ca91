//! Which part of the surface serves a request, before anything of its body is known.

use vicar_token::SignatureVerifier;

use crate::{
    Gate, Refusal,
    path::{Path, segments},
    resolve::IndexedPlace,
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

impl<V: SignatureVerifier> Gate<V> {
    /// The part of the surface that serves `host` (as received) and `path` (without query, as
    /// received); nothing where the surface has none.
    ///
    /// # Errors
    /// [`Refusal`] with the reason `path_refused` when the path can be read in more than one way.
    pub fn section(&self, host: &str, path: &str) -> Result<Option<Section<'_>>, Refusal> {
        let path = Path::parse(path)?;
        Ok(self.rules.index.find(host, &path).map(|(place, below)| {
            let (kind, below) = match place.kind {
                IndexedPlace::Api(_) => (SectionKind::Api, Vec::new()),
                IndexedPlace::Mcp(_) => (SectionKind::Mcp, Vec::new()),
                IndexedPlace::Llm(_) => {
                    (SectionKind::Llm, segments(below).map(str::to_owned).collect())
                }
            };
            Section { kind, name: &place.name, below }
        }))
    }
}
