//! Tokens from the cache, or from one exchange for all who ask at the same time.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing::Instrument as _;
use vicar_exchange::{
    Cache, CacheKey, Secret, Spec,
    cache::{CacheLimits, Flight, Landing, Look},
    digest::Digest,
    reason::CREDENTIAL_UNAVAILABLE,
    spec::Held,
};
use vicar_token::UnixSeconds;

use super::{
    ExchangedToken, Exchanger, Granted, Nobody, Problem, Reading, RunError, Runner, Step, Whose,
};
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
    pub kept: Arc<KeptToken>,
    /// Cached or new.
    pub source: Source,
}

/// What is kept of an exchange: the token, and what an audit line says of it. What else came with
/// it would fill the memory with what nobody asks for again.
#[derive(Debug)]
pub struct KeptToken {
    /// The token.
    pub access_token: Secret,
    /// When it ends, in seconds since 1970.
    pub expires_at: UnixSeconds,
    /// The token as T1, where it is one.
    pub t1: Option<Held>,
    /// Whose it is; nothing for an opaque token and for T1.
    pub whose: Option<Whose>,
    /// What every hop of its exchange sent as `client-request-id`.
    pub correlation_id: String,
}

/// A spec and the key of the token that it asks for, made once: the key is a digest of the spec
/// with its assertion.
#[derive(Clone, Debug)]
pub struct KeyedSpec {
    spec: Spec,
    key: CacheKey,
}

impl KeyedSpec {
    /// With the spec's key.
    pub fn new(spec: Spec) -> Self {
        Self { key: CacheKey::of(&spec), spec }
    }

    /// The spec.
    pub const fn spec(&self) -> &Spec {
        &self.spec
    }

    /// Its key.
    pub const fn key(&self) -> &CacheKey {
        &self.key
    }
}

type Failure = Arc<RunError>;

/// What is kept under a key.
#[derive(Clone, Debug)]
enum Kept {
    Token(Arc<KeptToken>),
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
    /// [`RunError`], shared by all who wait for the same exchange.
    pub async fn token(&self, wanted: &KeyedSpec, renew: bool) -> Result<Obtained, Failure> {
        let key = wanted.key();
        if renew {
            self.cache().forget(key);
        }
        // Each turn waits for the end of someone's flight.
        for _ in 0..MOST_TURNS {
            let looked = self.cache().look(key, unix_now());
            match looked {
                Look::Hit(Kept::Token(kept)) => {
                    return Ok(Obtained { kept, source: Source::Cache });
                }
                Look::Refresh(Kept::Token(kept), flight) => {
                    self.launch(wanted.clone(), flight);
                    return Ok(Obtained { kept, source: Source::Cache });
                }
                Look::Failed(failure) => return Err(failure),
                Look::Lead(flight) => {
                    let led = self.launch(wanted.clone(), flight).await;
                    let kept = led.unwrap_or_else(|_| Err(Arc::new(RunError::Abandoned)))?;
                    return Ok(Obtained { kept, source: Source::Exchange });
                }
                Look::Follow(follow) => {
                    if let Landing::Failed(failure) = follow.await {
                        return Err(failure);
                    }
                    if let Look::Hit(Kept::Token(kept)) = self.cache().look(key, unix_now()) {
                        return Ok(Obtained { kept, source: Source::Exchange });
                    }
                }
                // Only X2 is kept as such, under keys of its own.
                Look::Hit(Kept::Held(_)) | Look::Refresh(Kept::Held(_), _) => break,
            }
        }
        Err(Arc::new(RunError::Abandoned))
    }

    /// Drops what is kept for `spec`: the resource refused the token.
    pub fn forget(&self, spec: &KeyedSpec) {
        self.cache().forget(spec.key());
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
        wanted: KeyedSpec,
        flight: Flight<Failure>,
    ) -> tokio::task::JoinHandle<Result<Arc<KeptToken>, Failure>> {
        let broker = self.clone();
        let work = async move {
            let ran = broker.run(wanted).await;
            let now = unix_now();
            let mut cache = broker.cache();
            match ran {
                Ok(granted) => {
                    let kept = Arc::new(KeptToken::from(granted));
                    let until = kept.expires_at.min(now.saturating_add(LONGEST_KEPT));
                    cache.land(flight, Kept::Token(Arc::clone(&kept)), until, now);
                    Ok(kept)
                }
                Err(failure) => {
                    cache.fail(flight, Arc::clone(&failure), hold(&failure, now));
                    Err(failure)
                }
            }
        };
        // It stays within the trace of the caller who led it.
        tokio::spawn(work.in_current_span())
    }

    async fn run(&self, wanted: KeyedSpec) -> Result<Granted, Failure> {
        let KeyedSpec { mut spec, key } = wanted;
        let mut x2_flight = None;
        let mut presented = None;
        if let Some(t1) = spec.t1().map(KeyedSpec::new).filter(|t1| t1.key != key) {
            self.refuse_at_once(&spec)?;
            let (t1_key, x2_key) = (t1.key.clone(), CacheKey::x2(&spec));
            let Obtained { kept, source } = self.boxed(t1).await?;
            let t1 = kept.t1.clone();
            if source == Source::Cache {
                presented = Some((t1.clone(), t1_key, x2_key.clone()));
            }
            let x2 = match x2_key.map(|key| self.cache().look(&key, unix_now())) {
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
        let Shared { runner, exchanger, .. } = &*self.0;
        let ran = runner.run(&**exchanger, &spec.to_json(), &mut Nobody).await.map_err(Arc::new);
        if let (Some(flight), Ok(Some(x2))) =
            (x2_flight, ran.as_ref().map(|granted| granted.token.x2.clone()))
        {
            let ends = x2.expires_at;
            self.cache().land(flight, Kept::Held(x2), ends, unix_now());
        }
        // T1 is the client's credential: one that was kept may be stale (domain case 44).
        if let Some((t1, t1_key, x2_key)) = presented
            && ran.as_ref().map_or_else(refuses_the_client, |granted| granted.token.t1 != t1)
        {
            let mut cache = self.cache();
            [Some(t1_key), x2_key].iter().flatten().for_each(|key| cache.forget(key));
        }
        ran
    }

    /// What can be refused without asking anyone is, before T1 is asked for.
    fn refuse_at_once(&self, spec: &Spec) -> Result<(), Failure> {
        let begun = self.0.exchanger.start(&spec.to_json(), [0; 32], unix_now());
        match begun.map_err(|error| Arc::new(RunError::from(error)))?.step {
            Step::Failed(problem) => {
                Err(Arc::new(RunError::Problem { problem, correlation_id: None }))
            }
            _ => Ok(()),
        }
    }

    /// T1 is had by the same way as any token, so the future holds itself.
    fn boxed(
        &self,
        spec: KeyedSpec,
    ) -> Pin<Box<dyn Future<Output = Result<Obtained, Failure>> + Send + '_>> {
        Box::pin(async move { self.token(&spec, false).await })
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

impl From<Granted> for KeptToken {
    fn from(granted: Granted) -> Self {
        let Granted { token, correlation_id } = granted;
        let ExchangedToken { access_token, expires_at, reading, t1, .. } = token;
        let (t1, whose) = match &reading {
            Reading::Checked(identity) => (None, Whose::read(identity)),
            Reading::ExchangeToken => (t1, None),
            Reading::Opaque => (None, None),
        };
        Self { access_token, expires_at, t1, whose, correlation_id }
    }
}

/// How long a failure answers for later callers: a client in a loop must not reach the token
/// service (AADSTS50196), and what can change at once is asked again at once.
fn hold(failure: &RunError, now: UnixSeconds) -> UnixSeconds {
    let RunError::Problem { problem, .. } = failure else { return now };
    let longest = now.saturating_add(LONGEST_HOLD);
    match (problem.retry_at, &problem.refusal) {
        (Some(at), _) => at.min(longest),
        (None, Some(_)) => now.saturating_add(REFUSAL_HOLD),
        (None, None) if is_the_token_services(problem) => now.saturating_add(REFUSAL_HOLD),
        (None, None) => now,
    }
}

/// Whether something was sent, and nothing that can be used came back.
fn is_the_token_services(problem: &Problem) -> bool {
    problem.status >= 502 && problem.reason != CREDENTIAL_UNAVAILABLE.code
}

/// `invalid_client` (RFC 6749 section 5.2): the client's own credential was not accepted.
fn refuses_the_client(failure: &Failure) -> bool {
    let RunError::Problem { problem, .. } = &**failure else { return false };
    problem.refusal.as_ref().is_some_and(|refusal| refusal.error == "invalid_client")
}

const MOST_TURNS: usize = 4;
/// Nothing is kept for longer than a day, whatever it says of itself.
const LONGEST_KEPT: u64 = 24 * 3600;
const LONGEST_HOLD: u64 = 60;
const REFUSAL_HOLD: u64 = 2;
