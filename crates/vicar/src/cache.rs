//! Verified tokens, kept by their bytes.

use std::{collections::BTreeMap, sync::Arc};

use vicar_policy::text::same;
use vicar_token::UnixSeconds;

use crate::Admitted;

/// A bounded cache of admitted tokens.
///
/// Only tokens whose signature was verified get in, so the end of a token (its signature) is a
/// key that a stranger cannot choose: looking one up costs no hash, and the whole token is
/// compared before it counts. When the young generation is full, by tokens or by their bytes, it
/// becomes the old one and the old one is dropped; a token that is used moves back to the young.
#[derive(Debug)]
pub(crate) struct TokenCache {
    young: BTreeMap<Tail, Arc<Admitted>>,
    old: BTreeMap<Tail, Arc<Admitted>>,
    /// Of the young generation's tokens.
    bytes: usize,
    capacity: usize,
}

type Tail = [u8; TAIL];

impl TokenCache {
    /// A cache of at most `capacity` tokens, in two generations.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { young: BTreeMap::new(), old: BTreeMap::new(), bytes: 0, capacity: capacity.max(2) }
    }

    /// The admitted token, if it is kept and valid at `now`.
    pub(crate) fn get(&mut self, token: &str, now: UnixSeconds) -> Option<Arc<Admitted>> {
        let tail = tail(token)?;
        let valid = |kept: &&Arc<Admitted>| same(&kept.token, token) && kept.valid_at(now);
        if let Some(kept) = self.young.get(&tail).filter(valid) {
            return Some(Arc::clone(kept));
        }
        let kept = Arc::clone(self.old.get(&tail).filter(valid)?);
        self.insert(Arc::clone(&kept));
        Some(kept)
    }

    /// Keeps a token; of two with the same end, the later one.
    pub(crate) fn insert(&mut self, admitted: Arc<Admitted>) {
        let Some(tail) = tail(&admitted.token) else { return };
        let length = admitted.token.len();
        let full = self.young.len() >= self.capacity / 2
            || self.bytes.saturating_add(length) > GENERATION_BYTES;
        if full && !self.young.contains_key(&tail) {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes = self.bytes.saturating_add(length);
        self.young.insert(tail, admitted);
    }

    /// Drops the tokens of an issuer whose keys changed.
    pub(crate) fn forget_issuer(&mut self, issuer: &str) {
        let other = |_: &Tail, kept: &mut Arc<Admitted>| kept.identity.issuer_name != issuer;
        self.young.retain(other);
        self.old.retain(other);
    }
}

/// The last 16 characters of a token: 96 bits of its signature.
fn tail(token: &str) -> Option<Tail> {
    token.as_bytes().last_chunk().copied()
}

const TAIL: usize = 16;

/// Tokens of one generation, in bytes: what is kept of a token is some times as large as itself,
/// and a guest has tens of megabytes.
const GENERATION_BYTES: usize = 3 << 20;
