//! Environment variables as .NET reads them: `A__B` is the key `A:B`, letter case does not count.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::Problems;

/// Variables by key; knows which have been read.
pub struct Variables {
    entries: BTreeMap<String, Entry>,
    twice: Vec<(String, String)>,
    read: RefCell<BTreeSet<String>>,
}

struct Entry {
    name: String,
    value: String,
}

/// What belongs to the sidecar; the rest of the environment is not looked at.
const PREFIXES: [&str; 4] = ["azuread:", "downstreamapis:", "sidecar:", "vicar:"];
const ALONE: [&str; 4] =
    ["aspnetcore_urls", "azure_federated_token_file", "allowedhosts", "logging:loglevel:default"];

impl Variables {
    /// Of any pairs, for example `std::env::vars()`.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut entries: BTreeMap<String, Entry> = BTreeMap::new();
        let mut twice = Vec::new();
        for (name, value) in pairs {
            let key = name.replace("__", ":").to_ascii_lowercase();
            let ours = PREFIXES.iter().any(|prefix| key.starts_with(prefix));
            if !ours && !ALONE.contains(&key.as_str()) {
                continue;
            }
            match entries.get(&key) {
                Some(other) if other.value != value => twice.push((other.name.clone(), name)),
                _ => {
                    entries.insert(key, Entry { name, value });
                }
            }
        }
        Self { entries, twice, read: RefCell::default() }
    }

    /// Of several layers, the strongest last. A list of a stronger layer replaces the whole list
    /// of a weaker one: half a credential and half another are none.
    pub fn layers(layers: impl IntoIterator<Item = Vec<(String, String)>>) -> Self {
        let mut result = Self::new([]);
        for layer in layers {
            let Self { entries, twice, .. } = Self::new(layer);
            let lists: BTreeSet<String> =
                entries.keys().filter_map(|key| list_of(key)).map(str::to_owned).collect();
            let replaced = |key: &String| list_of(key).is_some_and(|list| lists.contains(list));
            result.entries.retain(|key, _| !replaced(key));
            result.entries.extend(entries);
            result.twice.extend(twice);
        }
        result
    }

    /// Whether none is set.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The value of a key (`azuread:tenantid`); an empty one counts as absent.
    pub fn get(&self, key: &str) -> Option<&str> {
        let key = key.to_ascii_lowercase();
        let entry = self.entries.get(&key)?;
        self.read.borrow_mut().insert(key);
        Some(entry.value.trim()).filter(|value| !value.is_empty())
    }

    /// The first of several keys that is there; all count as read.
    pub fn first(&self, keys: &[&str]) -> Option<&str> {
        let found: Vec<_> = keys.iter().map(|key| self.get(key)).collect();
        found.into_iter().flatten().next()
    }

    /// `key:0`, `key:1` … in order, or the value of `key` itself, split at white space.
    pub fn list(&self, key: &str) -> Vec<&str> {
        let mut numbered: Vec<(u32, &str)> = self
            .children(key)
            .filter_map(|child| {
                let number = child.parse().ok()?;
                Some((number, self.get(&format!("{key}:{child}"))?))
            })
            .collect();
        numbered.sort_unstable();
        let one = self.get(key).map(str::split_whitespace).into_iter().flatten();
        one.chain(numbered.into_iter().map(|(_, value)| value)).collect()
    }

    /// The distinct names directly below `key`, in lower case.
    pub fn children(&self, key: &str) -> impl Iterator<Item = &str> {
        let prefix = format!("{}:", key.to_ascii_lowercase());
        let mut names: Vec<&str> = self
            .entries
            .keys()
            .filter_map(|entry| entry.strip_prefix(&prefix)?.split(':').next())
            .collect();
        names.dedup();
        names.into_iter()
    }

    /// A name directly below `key` as it was written.
    pub fn written(&self, key: &str, child: &str) -> String {
        let prefix = format!("{}:{child}", key.to_ascii_lowercase());
        let depth = key.split(':').count();
        let found = self.entries.iter().find_map(|(entry, Entry { name, .. })| {
            entry.starts_with(&prefix).then(|| name.replace("__", ":"))
        });
        let found = found.and_then(|name| name.split(':').nth(depth).map(str::to_owned));
        found.unwrap_or_else(|| child.to_owned())
    }

    /// The key as an environment variable spells it: as written, or as it would be.
    pub fn name(&self, key: &str) -> String {
        match self.entries.get(&key.to_ascii_lowercase()) {
            Some(entry) => entry.name.clone(),
            None => key.replace(':', "__"),
        }
    }

    /// `true` or `false`; anything else is a problem.
    pub(crate) fn flag(&self, key: &str, default: bool, problems: &mut Problems) -> bool {
        match self.get(key) {
            None => default,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(value) => {
                problems.value(&self.name(key), value, "`true` or `false`");
                default
            }
        }
    }

    /// Two spellings of one key with different values.
    pub(crate) fn contradictions(&self, problems: &mut Problems) {
        for (one, other) in &self.twice {
            problems.add(
                other,
                "set to something else than the same key",
                format!("`{one}` alone"),
            );
        }
    }

    /// Variables of the sidecar's sections that nobody has read.
    pub fn unread(&self) -> impl Iterator<Item = &str> {
        let read = self.read.borrow();
        let unread: Vec<&str> = self
            .entries
            .iter()
            .filter(|(key, _)| !read.contains(*key))
            .map(|(_, entry)| entry.name.as_str())
            .collect();
        unread.into_iter()
    }
}

/// The list that a key is an item of, or a part of one.
fn list_of(key: &str) -> Option<&str> {
    let mut end: usize = 0;
    for part in key.split(':') {
        if end > 0 && part.bytes().all(|byte| byte.is_ascii_digit()) && !part.is_empty() {
            return key.get(..end.saturating_sub(1));
        }
        end = end.saturating_add(part.len()).saturating_add(1);
    }
    None
}

impl fmt::Debug for Variables {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Values may be secret.
        formatter.debug_set().entries(self.entries.values().map(|entry| &entry.name)).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::Variables;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        Variables::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn keys_are_read_as_dotnet_reads_them() {
        let variables = variables(&[
            ("AZUREAD__TenantId", " t "),
            ("DownstreamApis__Graph__Scopes__10", "c"),
            ("DownstreamApis__Graph__Scopes__2", "b"),
            ("DownstreamApis:Graph:BaseUrl", "https://graph.example"),
            ("PATH", "/bin"),
        ]);
        assert_eq!(variables.get("AzureAd:TenantId"), Some("t"));
        assert_eq!(variables.list("downstreamapis:graph:scopes"), ["b", "c"]);
        assert_eq!(variables.children("DownstreamApis").collect::<Vec<_>>(), ["graph"]);
        assert_eq!(variables.written("downstreamapis", "graph"), "Graph");
        let unread: Vec<&str> = variables.unread().collect();
        assert_eq!(unread, ["DownstreamApis:Graph:BaseUrl"]);
    }

    #[test]
    fn a_stronger_layer_replaces_a_list_as_a_whole() {
        let layer = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let variables = Variables::layers([
            layer(&[
                ("AzureAd:TenantId", "weak"),
                ("AzureAd:ClientCredentials:0:SourceType", "ClientSecret"),
                ("AzureAd:ClientCredentials:0:ClientSecret", "hunter2"),
                ("DownstreamApis:graph:Scopes:0", "a"),
                ("DownstreamApis:graph:Scopes:1", "b"),
            ]),
            layer(&[
                ("AzureAd__TenantId", "strong"),
                ("AzureAd__ClientCredentials__0__SourceType", "Path"),
            ]),
        ]);
        assert_eq!(variables.get("AzureAd:TenantId"), Some("strong"));
        assert_eq!(variables.get("AzureAd:ClientCredentials:0:SourceType"), Some("Path"));
        assert_eq!(variables.get("AzureAd:ClientCredentials:0:ClientSecret"), None);
        assert_eq!(variables.list("DownstreamApis:Graph:Scopes"), ["a", "b"]);
    }

    #[test]
    fn one_key_with_two_values_is_a_problem() {
        let variables = variables(&[("AzureAd__ClientId", "a"), ("AZUREAD__CLIENTID", "b")]);
        let mut problems = super::Problems::default();
        variables.contradictions(&mut problems);
        assert_eq!(problems.iter().count(), 1);
    }
}
