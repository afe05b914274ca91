//! Trust headers that clients may not send.

use std::collections::BTreeSet;

use crate::{Settings, StateKey};

/// Which request headers are removed before anything is added, on every request that passes. The
/// same for every request of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strip {
    names: Vec<String>,
}

impl Strip {
    /// Names that begin so are always stripped.
    pub const PREFIX: &'static str = "x-vicar-";

    pub(crate) fn new(settings: &Settings) -> Self {
        let own = StateKey::ALL.into_iter().map(|key| format!("{}{}", Self::PREFIX, key.name()));
        let set = settings.headers.iter().map(|header| header.name.clone());
        let mut names = BTreeSet::new();
        names.extend(own.chain(set).chain(settings.strip.iter().cloned()));
        let names = names.into_iter().collect();
        Self { names }
    }

    /// Whether a header of this name (any case) is stripped.
    pub fn covers(&self, name: &[u8]) -> bool {
        let prefix = Self::PREFIX.as_bytes();
        name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
            || self.names.iter().any(|known| known.as_bytes().eq_ignore_ascii_case(name))
    }

    /// The names known beforehand, lower case, sorted: every `x-vicar-*` header that Vicar can
    /// set, every header that the settings add, and the configured ones. A host that cannot list
    /// a request's headers cheaply removes these by name; what else begins with the prefix is
    /// then up to the proxy's own configuration.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}
