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

    /// Whether a header of this name is stripped. Case does not count, nor whether `-` or `_` is
    /// written: WSGI, CGI and their like give both to an application under one name.
    pub fn covers(&self, name: &[u8]) -> bool {
        begins(name, Self::PREFIX)
            || self.names.iter().any(|known| known.len() == name.len() && begins(name, known))
    }

    /// The names known beforehand, lower case, sorted: every `x-vicar-*` header that Vicar can
    /// set, every header that the settings add, and the configured ones. A host that cannot list
    /// a request's headers cheaply removes these by name; what else begins with the prefix is
    /// then up to the proxy's own configuration.
    pub fn names(&self) -> &[String] {
        &self.names
    }
}

fn begins(name: &[u8], with: &str) -> bool {
    let plain = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    name.len() >= with.len()
        && with.bytes().zip(name).all(|(one, other)| plain(one) == plain(*other))
}
