//! What the lab holds between requests.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use crate::{
    authority::Authority,
    directory::Directory,
    grants::Grants,
    random::Random,
    signing::{KeyRing, SigningKey},
    token_service::TokenService,
};

use super::{
    clock::{Adjustment, Clock},
    fault::Faults,
    federation::Fetcher,
    request_log::RequestLog,
};

/// Everything that handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    pub(super) fetcher: Fetcher,
}

/// What changes.
pub(super) struct State {
    pub(super) directory: Directory,
    pub(super) grants: Grants,
    pub(super) keys: KeyRing,
    pub(super) authority: Authority,
    pub(super) random: Box<dyn Random>,
    pub(super) adjustment: Adjustment,
    pub(super) faults: Faults,
    pub(super) log: RequestLog,
}

impl Shared {
    pub(super) fn new(state: State, clock: Arc<dyn Clock>, fetcher: Fetcher) -> Self {
        Self { state: Mutex::new(state), clock, fetcher }
    }

    /// The state; nobody keeps it while waiting for something.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The state with the time by its clock.
    pub(super) fn state_now(&self) -> (MutexGuard<'_, State>, u64) {
        let state = self.state();
        let now = state.adjustment.apply(self.clock.now());
        (state, now)
    }

    /// The time without adjustment.
    pub(super) fn real_now(&self) -> u64 {
        self.clock.now()
    }
}

impl State {
    pub(super) fn new(
        directory: Directory,
        key: SigningKey,
        authority: Authority,
        random: Box<dyn Random>,
    ) -> Self {
        Self {
            directory,
            grants: Grants::default(),
            keys: KeyRing::new(key),
            authority,
            random,
            adjustment: Adjustment::None,
            faults: Faults::default(),
            log: RequestLog::default(),
        }
    }

    /// The token service at `now`.
    pub(super) fn service<'a>(
        &'a mut self,
        now: u64,
        tampering: Option<&'a Map<String, Value>>,
    ) -> TokenService<'a> {
        TokenService {
            directory: &self.directory,
            grants: &mut self.grants,
            keys: &self.keys,
            authority: &self.authority,
            now,
            random: &mut *self.random,
            tampering,
        }
    }
}

impl std::fmt::Debug for State {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("State").finish_non_exhaustive()
    }
}
