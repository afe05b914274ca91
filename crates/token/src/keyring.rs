//! Prepared keys, by issuer: the same `kid` at two issuers never mixes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::error::TokenError;
use crate::issuer::{IssuerForm, IssuerRule, Selection, TENANT_PLACEHOLDER, TrustedIssuer};
use crate::jwk::{Jwk, Jwks, SkippedKey};
use crate::jws::Header;
use crate::verifier::KeyUnusable;
use crate::{Algorithm, SignatureVerifier};

/// The prepared keys of every trusted issuer, under the issuer's name in the bundle.
///
/// A key is prepared once for each algorithm that its issuer pins and the key allows; nothing
/// else of a set is kept.
pub struct KeyRing<K> {
    sets: BTreeMap<String, Vec<Entry<K>>>,
}

/// One key, for one algorithm.
struct Entry<K> {
    key_id: Option<String>,
    algorithm: Algorithm,
    /// Entra's `issuer` member.
    issuer: Option<String>,
    key: K,
}

/// What became of a key set's keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct KeyReport {
    /// The bundle's name of the issuer.
    pub issuer: String,
    /// Keys that can verify tokens of the issuer, in document order.
    pub used: Vec<UsedKey>,
    /// Keys left out, and why, in document order.
    pub skipped: Vec<SkippedKey>,
    /// Ids that several different keys share for one algorithm: tokens that name them are refused,
    /// because which key is meant cannot be told.
    pub ambiguous: Vec<String>,
}

impl KeyReport {
    /// Canonical JSON: fields in the order of their declaration, no white space.
    pub fn to_json(&self) -> String {
        // Strings, integers and lists cannot fail to serialise; `null` is no report.
        serde_json::to_string(self).unwrap_or_else(|_| "null".to_owned())
    }
}

/// A key of a set that is in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UsedKey {
    /// Position in the document's `keys`.
    pub index: usize,
    /// `kid`, if it has one.
    pub key_id: Option<String>,
    /// The algorithms it was prepared for.
    pub algorithms: Vec<Algorithm>,
}

impl<K> KeyRing<K> {
    /// A ring without keys.
    pub const fn new() -> Self {
        Self { sets: BTreeMap::new() }
    }

    /// Puts `set` in the place of the issuer's keys.
    ///
    /// Of two equal keys (same id, numbers, `alg` and `issuer`) the first is kept. Two different
    /// keys with one id are both kept: under different algorithms each serves its own, under the
    /// same one a token that names them is refused.
    pub fn replace<V>(&mut self, issuer: &TrustedIssuer, set: &Jwks, verifier: &V) -> KeyReport
    where
        V: SignatureVerifier<Key = K>,
    {
        let mut report = KeyReport {
            issuer: issuer.name.clone(),
            skipped: set.skipped.clone(),
            ..KeyReport::default()
        };
        let mut entries = Vec::new();
        for (position, jwk) in set.keys.iter().enumerate() {
            let repeated = set.keys.iter().take(position).any(|earlier| same_key(earlier, jwk));
            let outcome = if repeated {
                Err("it repeats an earlier key of the set".into())
            } else {
                prepare(issuer, jwk, verifier, &mut entries)
            };
            let (index, key_id) = (jwk.index, jwk.key_id.clone());
            match outcome {
                Ok(algorithms) => report.used.push(UsedKey { index, key_id, algorithms }),
                Err(why) => {
                    let at = report.skipped.partition_point(|other| other.index < index);
                    report.skipped.insert(at, SkippedKey { index, key_id, why });
                }
            }
        }
        report.ambiguous = ambiguous(&entries);
        self.sets.insert(issuer.name.clone(), entries);
        report
    }

    /// Forgets an issuer's keys; whether there were any.
    pub fn remove(&mut self, issuer: &str) -> bool {
        self.sets.remove(issuer).is_some()
    }

    /// Whether a set was loaded for the issuer, even one without usable keys.
    pub fn contains(&self, issuer: &str) -> bool {
        self.sets.contains_key(issuer)
    }

    /// How many keys are prepared for the issuer, counting a key once for each algorithm.
    pub fn len(&self, issuer: &str) -> usize {
        self.entries(issuer).len()
    }

    /// Whether no issuer has a key.
    pub fn is_empty(&self) -> bool {
        self.sets.values().all(Vec::is_empty)
    }

    /// The ids of the issuer's keys, sorted.
    pub fn key_ids(&self, issuer: &str) -> Vec<&str> {
        let mut ids: Vec<_> =
            self.entries(issuer).iter().filter_map(|entry| entry.key_id.as_deref()).collect();
        ids.dedup();
        ids
    }

    /// The one key that a token's header can mean.
    ///
    /// `issuer` is the token's `iss`. With a `kid` the key is looked up by `kid` and algorithm;
    /// without one the issuer must have exactly one key of that algorithm, and a SPIFFE trust
    /// domain none: its bundles rotate keys that overlap (as SPIFFE's own libraries do, a `kid`
    /// is required).
    ///
    /// # Errors
    /// [`TokenError`] with one of the reasons `keys_unavailable`, `key_unknown`, `key_ambiguous`,
    /// `key_issuer_mismatch`, `algorithm_not_accepted`.
    pub fn find(
        &self,
        selection: &Selection<'_>,
        issuer: Option<&str>,
        header: &Header,
        algorithm: Algorithm,
    ) -> Result<&K, TokenError> {
        let name = &selection.issuer.name;
        let Some(entries) = self.sets.get(name) else {
            return Err(TokenError::KeysUnavailable { issuer: name.clone() });
        };
        let key_id = header.key_id.as_deref();
        if key_id.is_none() && selection.form == IssuerForm::SpiffeTrustDomain {
            return Err(TokenError::KeyUnnamed { issuer: name.clone() });
        }
        let (named, fitting): (&[Entry<K>], Vec<&Entry<K>>) = match key_id {
            Some(key_id) => {
                let named = under(entries, key_id);
                (named, named.iter().filter(|entry| entry.algorithm == algorithm).collect())
            }
            None => (&[], entries.iter().filter(|entry| entry.algorithm == algorithm).collect()),
        };
        let serving: Vec<_> =
            fitting.iter().filter(|entry| entry.serves(selection, issuer)).collect();
        match (serving.as_slice(), fitting.first()) {
            ([entry], _) => Ok(&entry.key),
            ([], Some(entry)) => Err(TokenError::KeyIssuerMismatch {
                key_id: entry.key_id.clone().unwrap_or_default(),
                key_issuer: entry.issuer.clone().unwrap_or_default(),
                found: issuer.unwrap_or_default().to_owned(),
            }),
            ([], None) if !named.is_empty() => Err(TokenError::AlgorithmNotAccepted {
                algorithm,
                issuer: name.clone(),
                key_id: header.key_id.clone(),
                accepted: named.iter().map(|entry| entry.algorithm).collect(),
            }),
            ([], None) => Err(TokenError::KeyUnknown {
                issuer: name.clone(),
                key_id: header.key_id.clone(),
                algorithm,
                known: self.key_ids(name).into_iter().map(str::to_owned).collect(),
            }),
            (several, _) => Err(TokenError::KeyAmbiguous {
                issuer: name.clone(),
                key_id: header.key_id.clone(),
                algorithm,
                count: several.len(),
            }),
        }
    }

    fn entries(&self, issuer: &str) -> &[Entry<K>] {
        self.sets.get(issuer).map(Vec::as_slice).unwrap_or_default()
    }
}

impl<K> Entry<K> {
    fn order(&self) -> (Option<&str>, Algorithm) {
        (self.key_id.as_deref(), self.algorithm)
    }

    /// Whether the key's `issuer` member, if it has one, lets it sign for this token's issuer.
    ///
    /// Entra's v1 key sets have no such member and its v2 sets name the v2 issuer only, while one
    /// key signs both versions: for a v1 token the v2 issuer of the same tenant counts as well
    /// (as in Microsoft.IdentityModel.Validators).
    fn serves(&self, selection: &Selection<'_>, issuer: Option<&str>) -> bool {
        let Some(member) = &self.issuer else { return true };
        let own = match selection.tenant {
            Some(tenant) => member.replacen(TENANT_PLACEHOLDER, tenant, 1),
            None => member.clone(),
        };
        if Some(own.as_str()) == issuer {
            return true;
        }
        match (&selection.issuer.issuer, selection.form, selection.tenant) {
            (IssuerRule::EntraTenants { cloud, .. }, IssuerForm::EntraV1, Some(tenant)) => {
                own == cloud.v2_issuer(tenant)
            }
            _ => false,
        }
    }
}

/// Prepares `jwk` for what the issuer pins, each entry in its place; the algorithms it was
/// prepared for.
fn prepare<V: SignatureVerifier>(
    issuer: &TrustedIssuer,
    jwk: &Jwk,
    verifier: &V,
    entries: &mut Vec<Entry<V::Key>>,
) -> Result<Vec<Algorithm>, Cow<'static, str>> {
    let mut algorithms = Vec::new();
    let mut why = None;
    for algorithm in Algorithm::ALL {
        if !(issuer.algorithms.contains(&algorithm) && jwk.allows(algorithm)) {
            continue;
        }
        match verifier.prepare(algorithm, &jwk.key) {
            Ok(key) => {
                algorithms.push(algorithm);
                let (key_id, issuer) = (jwk.key_id.clone(), jwk.issuer.clone());
                let entry = Entry { key_id, algorithm, issuer, key };
                let at = entries.partition_point(|earlier| earlier.order() <= entry.order());
                entries.insert(at, entry);
            }
            Err(KeyUnusable::AlgorithmUnsupported(_)) => {
                why.get_or_insert(Cow::Borrowed("this verifier does not offer its algorithm"));
            }
            Err(KeyUnusable::Invalid { reason, .. }) => {
                why.get_or_insert(Cow::Borrowed(reason));
            }
            Err(KeyUnusable::Refused { reason, .. }) => {
                why.get_or_insert(Cow::Owned(reason));
            }
        }
    }
    if algorithms.is_empty() {
        Err(why.unwrap_or("its issuer is not pinned to an algorithm that it can verify".into()))
    } else {
        Ok(algorithms)
    }
}

fn same_key(one: &Jwk, other: &Jwk) -> bool {
    one.key_id == other.key_id
        && one.key == other.key
        && one.algorithm == other.algorithm
        && one.issuer == other.issuer
}

/// The entries with this id; `entries` are sorted by it.
fn under<'e, K>(entries: &'e [Entry<K>], key_id: &str) -> &'e [Entry<K>] {
    let start = entries.partition_point(|entry| entry.key_id.as_deref() < Some(key_id));
    let rest = entries.get(start..).unwrap_or_default();
    let length = rest.partition_point(|entry| entry.key_id.as_deref() == Some(key_id));
    rest.get(..length).unwrap_or_default()
}

/// Ids under which a token finds several keys.
fn ambiguous<K>(entries: &[Entry<K>]) -> Vec<String> {
    let mut ids: Vec<String> = entries
        .windows(2)
        .filter_map(|pair| match pair {
            [one, other] if one.order() == other.order() && one.issuer == other.issuer => {
                one.key_id.clone()
            }
            _ => None,
        })
        .collect();
    ids.dedup();
    ids
}

impl<K> Default for KeyRing<K> {
    fn default() -> Self {
        Self::new()
    }
}

/// The ids only: keys may be of a type that cannot be shown.
impl<K> fmt::Debug for KeyRing<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_map()
            .entries(self.sets.keys().map(|issuer| (issuer, self.key_ids(issuer))))
            .finish()
    }
}

#[cfg(test)]
mod tests;
