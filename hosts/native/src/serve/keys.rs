//! Keeps issuers' keys current: `vicar-keys` decides when, this fetches.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Notify, watch};
use vicar_keys::{Event, KeyKeeper, KeyState, Limits, Lookup, Output, Source};

use crate::{
    failure::{Failure, code},
    http::{Carrier, unix_now},
};

/// What is done with a new key set; `None` when the old one has become too old.
pub type OnKeys = dyn Fn(&str, Option<&[u8]>) + Send + Sync;

/// The keys of some issuers.
pub struct KeyService {
    keeper: Mutex<KeyKeeper>,
    carrier: Carrier,
    kick: Notify,
    /// Counts what has come of fetches.
    news: watch::Sender<u64>,
    on_keys: Box<OnKeys>,
}

impl KeyService {
    /// Watches `sources` (the issuer's name and where its keys are).
    ///
    /// # Errors
    /// [`Failure`] when a source cannot be watched.
    pub fn new(
        sources: Vec<(String, Source)>,
        carrier: Carrier,
        on_keys: Box<OnKeys>,
    ) -> Result<Arc<Self>, Failure> {
        let now = unix_now();
        let unusable = |error: &dyn std::error::Error| Failure::new(code::KEYS_UNUSABLE, error);
        let mut keeper =
            KeyKeeper::new(Limits::default(), now).map_err(|error| unusable(&error))?;
        for (issuer, source) in sources {
            keeper.watch(&issuer, source, now).map_err(|error| unusable(&error))?;
        }
        let (news, _) = watch::channel(0);
        let keeper = Mutex::new(keeper);
        Ok(Arc::new(Self { keeper, carrier, kick: Notify::new(), news, on_keys }))
    }

    /// Fetches until `stop`.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            loop {
                let output = self.keeper().poll(unix_now());
                match output {
                    None => break,
                    Some(Output::Event(event)) => self.happened(event),
                    Some(Output::Request(request)) => {
                        let service = Arc::clone(&self);
                        tokio::spawn(async move {
                            let answer = service.carrier.keys(&request, unix_now()).await;
                            service.keeper().respond(request.id, unix_now(), answer);
                            service.kick.notify_one();
                        });
                    }
                }
            }
            let wake = self.keeper().next_wake().unwrap_or(u64::MAX);
            let pause = wake.saturating_sub(unix_now()).clamp(1, LONGEST_SLEEP);
            tokio::select! {
                () = self.kick.notified() => {}
                () = tokio::time::sleep(Duration::from_secs(pause)) => {}
                _ = stop.changed() => return,
            }
        }
    }

    /// Reports a `kid` that nobody knows, and waits a moment if a fetch could bring it. Whether
    /// trying again makes sense.
    pub async fn unknown_key(&self, issuer: &str, key_id: &str) -> bool {
        let mut news = self.news.subscribe();
        let lookup = self.keeper().unknown_key(issuer, key_id, unix_now());
        match lookup {
            Lookup::Known => true,
            Lookup::Never | Lookup::Refused { .. } => false,
            Lookup::Fetching => {
                self.kick.notify_one();
                tokio::time::timeout(FETCH_WAIT, news.changed()).await.is_ok()
            }
        }
    }

    /// Waits a moment for the first keys of `issuer`. Whether there are some.
    pub async fn first_keys(&self, issuer: &str) -> bool {
        let mut news = self.news.subscribe();
        let waiting = async {
            while !self.usable(issuer) {
                if news.changed().await.is_err() {
                    break;
                }
            }
        };
        let _ = tokio::time::timeout(FETCH_WAIT, waiting).await;
        self.usable(issuer)
    }

    /// Whether there are keys of `issuer`.
    pub fn usable(&self, issuer: &str) -> bool {
        !matches!(
            self.keeper().state(issuer, unix_now()),
            KeyState::Missing | KeyState::Expired { .. }
        )
    }

    fn happened(&self, event: Event) {
        match event {
            Event::KeysReplaced { issuer, document, usable, skipped } => {
                tracing::info!(issuer, usable, skipped, "keys replaced");
                (self.on_keys)(&issuer, Some(&document));
            }
            Event::KeysExpired { issuer } => {
                tracing::error!(issuer, "the last good keys are too old and not used any more");
                (self.on_keys)(&issuer, None);
            }
            Event::FetchFailed { issuer, address, why, next_try } => {
                tracing::warn!(issuer, %address, %why, next_try, "keys cannot be fetched");
            }
            Event::KeysUnchanged { issuer } => tracing::debug!(issuer, "keys unchanged"),
            _ => {}
        }
        self.news.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn keeper(&self) -> MutexGuard<'_, KeyKeeper> {
        self.keeper.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for KeyService {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("KeyService").finish_non_exhaustive()
    }
}

const LONGEST_SLEEP: u64 = 600;
const FETCH_WAIT: Duration = Duration::from_secs(3);
