//! Tokens from the cache, or from one exchange for all who ask at the same time.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use vicar_exchange::{
    Cache, CacheKey, Spec,
    cache::{CacheLimits, Flight, Landing, Look},
    digest::Digest,
    reason,
    spec::Held,
};
use vicar_token::UnixSeconds;

use super::{Exchanger, Granted, Refused, Runner, Step};
use crate::http::unix_now;

/// Where a token came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The cache.
    Cache,
    /// An exchange that ran for this call, or for another one of the same key.
    Exchange,
}

/// A token and where it came from.
#[derive(Clone, Debug)]
pub struct Obtained {
    /// The token.
    pub granted: Arc<Granted>,
    /// Cached or new.
    pub source: Source,
}

type Failure = Arc<Refused>;

/// What is kept under a key.
#[derive(Clone, Debug)]
enum Kept {
    Token(Arc<Granted>),
    Held(Held),
}

/// The cache with the exchanges behind it.
#[derive(Clone)]
pub struct Broker(Arc<Shared>);

struct Shared {
    runner: Runner,
    exchanger: Box<dyn Exchanger>,
    cache: Mutex<Cache<Kept, Failure>>,
}

impl Broker {
    /// An empty cache for tokens permitted by the policy of this digest.
    pub fn new(runner: Runner, exchanger: Box<dyn Exchanger>, policy: Digest) -> Self {
        let cache = Mutex::new(Cache::new(CacheLimits::default(), policy));
        Self(Arc::new(Shared { runner, exchanger, cache }))
    }

    /// The token that `spec` asks for. With `renew`, what is kept is dropped first.
    ///
    /// # Errors
    /// [`Refused`], shared by all who wait for the same exchange.
    pub async fn token(&self, spec: Spec, renew: bool) -> Result<Obtained, Arc<Refused>> {
        let key = CacheKey::of(&spec);
        if renew {
            self.cache().forget(&key);
        }
        // Each turn waits for the end of someone's flight.
        for _ in 0..MOST_TURNS {
            let looked = self.cache().look(&key, unix_now());
            match looked {
                Look::Hit(Kept::Token(granted)) => {
                    return Ok(Obtained { granted, source: Source::Cache });
                }
                Look::Refresh(Kept::Token(granted), flight) => {
                    self.launch(spec, flight);
                    return Ok(Obtained { granted, source: Source::Cache });
                }
                Look::Failed(failure) => return Err(failure),
                Look::Lead(flight) => {
                    let led = self.launch(spec, flight).await;
                    let granted = led.unwrap_or_else(|_| Err(Arc::new(gone())))?;
                    return Ok(Obtained { granted, source: Source::Exchange });
                }
                Look::Follow(follow) => {
                    if let Landing::Failed(failure) = follow.await {
                        return Err(failure);
                    }
                    if let Look::Hit(Kept::Token(granted)) = self.cache().look(&key, unix_now()) {
                        return Ok(Obtained { granted, source: Source::Exchange });
                    }
                }
                // Only X2 is kept as such, under keys of its own.
                Look::Hit(Kept::Held(_)) | Look::Refresh(Kept::Held(_), _) => break,
            }
        }
        Err(Arc::new(gone()))
    }

    /// Drops what is kept for `spec`: the resource refused the token.
    pub fn forget(&self, spec: &Spec) {
        self.cache().forget(&CacheKey::of(spec));
    }

    /// Drops everything that another policy permitted.
    pub fn adopt_policy(&self, policy: Digest) {
        self.cache().adopt_policy(policy);
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.cache().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs an exchange in a task of its own: it ends, and lands, whether or not the caller who
    /// led it is still there.
    fn launch(
        &self,
        spec: Spec,
        flight: Flight<Failure>,
    ) -> tokio::task::JoinHandle<Result<Arc<Granted>, Arc<Refused>>> {
        let broker = self.clone();
        tokio::spawn(async move {
            let ran = broker.run(spec).await;
            let now = unix_now();
            let mut cache = broker.cache();
            match ran {
                Ok(granted) => {
                    let (granted, expires_at) = (Arc::new(granted), granted_until(&now));
                    let until = granted.expires_at.min(expires_at);
                    cache.land(flight, Kept::Token(Arc::clone(&granted)), until, now);
                    Ok(granted)
                }
                Err(refused) => {
                    cache.fail(flight, Arc::clone(&refused), hold(&refused, now));
                    Err(refused)
                }
            }
        })
    }

    async fn run(&self, mut spec: Spec) -> Result<Granted, Arc<Refused>> {
        let mut x2_flight = None;
        // What can be refused without asking anyone is, before T1 is asked for.
        let begun = self.0.exchanger.start(spec.clone(), [0; 32], unix_now());
        if let (_, Step::Failed(refused)) = begun.map_err(|refused| Arc::new(*refused))? {
            return Err(Arc::new(*refused));
        }
        if let Some(t1) = spec.t1().filter(|t1| CacheKey::of(t1) != CacheKey::of(&spec)) {
            let t1 = self.boxed(t1).await?.granted.t1.clone();
            let x2 = match CacheKey::x2(&spec).map(|key| self.cache().look(&key, unix_now())) {
                Some(Look::Hit(Kept::Held(held))) => Some(held),
                Some(Look::Refresh(Kept::Held(held), flight)) => {
                    drop(flight);
                    Some(held)
                }
                Some(Look::Lead(flight)) => {
                    x2_flight = Some(flight);
                    None
                }
                _ => None,
            };
            spec.hand_in(t1, x2);
        }
        let ran =
            self.0.runner.run(&*self.0.exchanger, spec).await.map_err(|refused| Arc::new(*refused));
        if let (Some(flight), Ok(Some(x2))) =
            (x2_flight, ran.as_ref().map(|granted| granted.x2.clone()))
        {
            let ends = x2.expires_at;
            self.cache().land(flight, Kept::Held(x2), ends, unix_now());
        }
        ran
    }

    /// T1 is had by the same way as any token, so the future holds itself.
    fn boxed(
        &self,
        spec: Spec,
    ) -> Pin<Box<dyn Future<Output = Result<Obtained, Arc<Refused>>> + Send + '_>> {
        Box::pin(self.token(spec, false))
    }

    fn cache(&self) -> MutexGuard<'_, Cache<Kept, Failure>> {
        // Nothing panics while it is held.
        self.0.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Broker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Broker").field("entries", &self.len()).finish_non_exhaustive()
    }
}

/// Nothing is kept for longer than a day, whatever it says of itself.
fn granted_until(now: &UnixSeconds) -> UnixSeconds {
    now.saturating_add(LONGEST_KEPT)
}

/// How long a failure answers for later callers: a client in a loop must not reach the token
/// service (AADSTS50196), and what can change at once is asked again at once.
fn hold(refused: &Refused, now: UnixSeconds) -> UnixSeconds {
    let longest = now.saturating_add(LONGEST_HOLD);
    match (refused.retry_at, &refused.token_service) {
        (Some(at), _) => at.min(longest),
        (None, Some(_)) => now.saturating_add(REFUSAL_HOLD),
        (None, None) => now,
    }
}

fn gone() -> Refused {
    Refused {
        reason: reason::STS_UNAVAILABLE,
        message: "the exchange that this call waited for did not end".to_owned(),
        remedy: "try again".to_owned(),
        challenge: None,
        retry_at: None,
        token_service: None,
    }
}

const MOST_TURNS: usize = 4;
const LONGEST_KEPT: u64 = 24 * 3600;
const LONGEST_HOLD: u64 = 60;
const REFUSAL_HOLD: u64 = 2;
