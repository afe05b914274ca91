//! What the token service remembers: refresh tokens, device codes, sign-ins.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
};

/// What was granted and may be redeemed. Bounded: the oldest make room.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    pub(crate) refresh: Recent<RefreshGrant>,
    pub(crate) devices: Recent<DeviceGrant>,
    /// By `uti` of the access token.
    pub(crate) sessions: Recent<Session>,
}

/// How a person signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// Id: `sid`.
    pub id: String,
    /// With multi-factor authentication.
    pub mfa: bool,
    /// Authentication contexts that were met: `acrs`.
    pub contexts: Vec<String>,
    /// When, in seconds since 1970.
    pub started: u64,
}

/// What a refresh token stands for.
#[derive(Clone, Debug)]
pub(crate) struct RefreshGrant {
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) user: String,
    pub(crate) session: Session,
    pub(crate) scope: String,
    pub(crate) used: u64,
}

/// What a device code stands for.
#[derive(Clone, Debug)]
pub(crate) struct DeviceGrant {
    pub(crate) user_code: String,
    pub(crate) tenant: String,
    pub(crate) client: String,
    pub(crate) scope: String,
    pub(crate) contexts: Vec<String>,
    pub(crate) expires: u64,
    pub(crate) decision: Decision,
}

/// What the person at the page did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    Pending,
    Declined,
    Approved { tenant: String, user: String, session: Session },
}

/// A map that forgets its oldest entries. Its keys are secret: it shows only how many there are.
#[derive(Clone)]
pub(crate) struct Recent<V> {
    entries: BTreeMap<String, V>,
    order: VecDeque<String>,
}

impl<V> fmt::Debug for Recent<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Recent").field("entries", &self.entries.len()).finish()
    }
}

impl<V> Default for Recent<V> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<V> Recent<V> {
    pub(crate) fn insert(&mut self, key: String, value: V) {
        if self.entries.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MOST
            && let Some(oldest) = self.order.pop_front()
        {
            self.entries.remove(&oldest);
        }
    }

    pub(crate) fn get(&self, key: &str) -> Option<&V> {
        self.entries.get(key)
    }

    pub(crate) fn remove(&mut self, key: &str) -> Option<V> {
        self.order.retain(|known| known != key);
        self.entries.remove(key)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &V> {
        self.entries.values()
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.entries.values_mut()
    }
}

const MOST: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::{MOST, Recent};

    #[test]
    fn the_oldest_make_room() {
        let mut recent = Recent::default();
        for number in 0..=MOST {
            recent.insert(number.to_string(), number);
        }
        assert_eq!(recent.get("0"), None);
        assert_eq!(recent.get("1"), Some(&1));
        assert_eq!(recent.get(&MOST.to_string()), Some(&MOST));
    }
}
