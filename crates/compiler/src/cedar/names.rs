//! What a policy of this bundle can speak of.

use std::collections::{BTreeMap, BTreeSet};

/// Names that the bundle gives meaning to. A type or path that is absent here is open: any id
/// or word may occur.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownNames {
    /// Entity type to all ids that it has in this bundle (`Tool`, `Agent`, `Blueprint`, …).
    pub entities: BTreeMap<String, BTreeSet<String>>,
    /// Path (`context.mode`, `context.subject.kind`, `principal.evidence`, …) to all strings that
    /// the value, or an element of the set, can be.
    pub words: BTreeMap<String, BTreeSet<String>>,
    /// Which tool takes which arguments.
    pub arguments: KnownArguments,
}

/// The arguments of a bundle's tools.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownArguments {
    /// MCP server to tool (`<server>/<tool>`) to the arguments that policies can read.
    pub by_server: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Arguments that tools take and policies cannot read, and why.
    pub unreadable: BTreeMap<String, String>,
}

impl KnownNames {
    /// Adds ids of an entity type, which closes the type.
    pub fn close_type(
        &mut self,
        entity_type: &str,
        ids: impl IntoIterator<Item = impl Into<String>>,
    ) {
        self.entities
            .entry(entity_type.to_owned())
            .or_default()
            .extend(ids.into_iter().map(Into::into));
    }

    /// Adds words of a path, which closes the path.
    pub fn close_path(&mut self, path: &str, words: impl IntoIterator<Item = impl Into<String>>) {
        self.words.entry(path.to_owned()).or_default().extend(words.into_iter().map(Into::into));
    }
}

/// How a sentence calls an entity of this type.
pub(super) fn noun(entity_type: &str) -> String {
    NOUNS
        .iter()
        .find(|(name, _)| *name == entity_type)
        .map_or_else(|| format!("`{entity_type}`"), |(_, noun)| (*noun).to_owned())
}

const NOUNS: &[(&str, &str)] = &[
    ("Action", "action"),
    ("Agent", "agent"),
    ("AgentUser", "agent user"),
    ("Api", "API"),
    ("App", "app"),
    ("Blueprint", "blueprint"),
    ("Downstream", "downstream API"),
    ("Group", "group"),
    ("LlmProvider", "LLM provider"),
    ("McpServer", "MCP server"),
    ("Model", "model"),
    ("Route", "route"),
    ("Site", "site"),
    ("Tenant", "tenant"),
    ("Tool", "tool"),
    ("User", "user"),
    ("Workload", "workload"),
];
