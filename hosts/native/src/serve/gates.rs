//! The gates of a bundle: a pool of them, their keys, and a new pool when the bundle changes.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock, Weak},
    time::{Duration, SystemTime},
};

use tokio::sync::watch;
use vicar_bundle::{Bundle, contents::KeySource};
use vicar_exchange::Authority;
use vicar_keys::{Address, Source};
use vicar_token::{
    Unverified,
    reason::{KEY_UNKNOWN, KEYS_UNAVAILABLE},
};

use super::{keys::KeyService, policy::BundlePolicy, pool::Pool};
use crate::{
    bundle_source,
    call::OwnedCall,
    engine::{Engine, GateEngine},
    failure::{Failure, code},
    http::{Carrier, unix_now},
};

/// Makes the engine that gates run in.
pub type EngineFactory = Box<dyn Fn() -> Result<SharedEngine, Failure> + Send + Sync>;

/// An engine for many threads.
pub type SharedEngine = Arc<dyn Engine + Send + Sync>;

pub(super) struct Gates {
    path: PathBuf,
    engine: SharedEngine,
    carrier: Carrier,
    authority: Authority,
    loaded: RwLock<Arc<Loaded>>,
    reloads: Mutex<Vec<bool>>,
}

type GatePool = Pool<Box<dyn GateEngine>>;

struct Loaded {
    pool: Arc<GatePool>,
    issuers: Vec<String>,
    keys: Arc<KeyService>,
    /// Dropped with this: the fetching ends.
    _stop: watch::Sender<bool>,
}

impl Gates {
    /// Loads the bundle; with an exchange section it is the policy of exchanges, too.
    pub(super) async fn load(
        path: &Path,
        engine: EngineFactory,
        carrier: Carrier,
        authority: &Authority,
    ) -> Result<(Arc<Self>, Option<Arc<BundlePolicy>>), Failure> {
        let engine = engine()?;
        let authority = authority.clone();
        let read =
            Loaded::read(path.to_owned(), Arc::clone(&engine), carrier.clone(), authority.clone());
        let (bundle, loaded) = read.await?;
        let policy = blocking(move || {
            let exchange = bundle.exchange()?;
            exchange.map(|_| BundlePolicy::new(&bundle).map(Arc::new)).transpose()
        });
        let policy = policy.await?;
        let gates = Arc::new(Self {
            path: path.to_owned(),
            engine,
            carrier,
            authority,
            loaded: RwLock::new(Arc::new(loaded)),
            reloads: Mutex::new(Vec::new()),
        });
        Ok((gates, policy))
    }

    /// Whether the keys of every issuer are there.
    pub(super) fn ready(&self) -> bool {
        let loaded = self.current();
        loaded.issuers.iter().all(|issuer| loaded.keys.usable(issuer))
    }

    /// Outcomes of reloads since last asked: taken or not.
    pub(super) fn reloads(&self) -> Vec<bool> {
        std::mem::take(&mut *self.reloads.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The whole verdict, as JSON. An unknown key is fetched for, once.
    pub(super) async fn explain(
        &self,
        call: OwnedCall,
        token: Option<String>,
    ) -> Result<String, Failure> {
        let loaded = self.current();
        let (call, token) = (Arc::new(call), token.map(Arc::from));
        let verdict = loaded.explain(Arc::clone(&call), token.clone()).await?;
        match loaded.better_with_keys(&verdict, token.as_deref()).await {
            true => loaded.explain(call, token).await,
            false => Ok(verdict),
        }
    }

    /// Looks for a change of the bundle each second, until `stop`. The policy of exchanges changes
    /// with it, or neither does; `adopted` then drops what the old one permitted.
    pub(super) async fn watch(
        self: Arc<Self>,
        policy: Option<Arc<BundlePolicy>>,
        adopted: impl Fn() + Send,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut seen = fingerprint(&self.path);
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stop.changed() => return,
            }
            let now = fingerprint(&self.path);
            if now == seen {
                continue;
            }
            // Whoever writes may not be done: the next look sees the rest.
            tokio::time::sleep(SETTLE).await;
            seen = fingerprint(&self.path);
            let read = Loaded::read(
                self.path.clone(),
                Arc::clone(&self.engine),
                self.carrier.clone(),
                self.authority.clone(),
            );
            let read = async {
                let (bundle, loaded) = read.await?;
                let policy = policy.clone();
                let prepare = move || policy.map(|policy| policy.prepare(&bundle)).transpose();
                Ok::<_, Failure>((loaded, blocking(prepare).await?))
            };
            let taken = match read.await {
                Ok((loaded, prepared)) => {
                    // Whoever could be verified before must not be refused for want of keys.
                    let before = self.current();
                    for issuer in loaded.issuers.iter().filter(|it| before.keys.usable(it)) {
                        loaded.keys.first_keys(issuer).await;
                    }
                    if let (Some(policy), Some(prepared)) = (&policy, prepared) {
                        policy.adopt(prepared);
                        adopted();
                    }
                    *self.loaded.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(loaded);
                    tracing::info!("the bundle was loaded anew");
                    true
                }
                Err(failure) => {
                    let details = failure.details.join("; ");
                    tracing::error!(
                        reason = failure.reason,
                        "the changed bundle is not taken, the old one stays: {failure} {details}"
                    );
                    false
                }
            };
            self.reloads.lock().unwrap_or_else(PoisonError::into_inner).push(taken);
        }
    }

    fn current(&self) -> Arc<Loaded> {
        Arc::clone(&self.loaded.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Loaded {
    async fn read(
        path: PathBuf,
        engine: SharedEngine,
        carrier: Carrier,
        authority: Authority,
    ) -> Result<(Bundle, Self), Failure> {
        let (bundle, pool) = blocking(move || {
            let bundle = bundle_source::load(&path)?;
            let bytes = bundle.to_bytes();
            let pool = Pool::new(|| engine.load(&bytes).map_err(Failure::from))?;
            Ok((bundle, Arc::new(pool)))
        })
        .await?;
        let sources = sources(&bundle, &authority)?;
        let issuers = sources.iter().map(|(issuer, _)| issuer.clone()).collect();
        let weak: Weak<GatePool> = Arc::downgrade(&pool);
        let on_keys = move |issuer: &str, document: Option<&[u8]>| {
            if let Some(pool) = weak.upgrade() {
                // No keys at all: the empty set verifies nothing.
                let document = document.unwrap_or(br#"{"keys":[]}"#);
                pool.each(|gate| {
                    if let Err(error) = gate.set_keys(issuer, document) {
                        tracing::error!(issuer, %error, "a gate does not take the keys");
                    }
                });
            }
        };
        let keys = KeyService::new(sources, carrier, Box::new(on_keys))?;
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(Arc::clone(&keys).run(stopped));
        Ok((bundle, Self { pool, issuers, keys, _stop: stop }))
    }

    /// Whether keys have come that a refused token lacked.
    async fn better_with_keys(&self, verdict: &str, token: Option<&str>) -> bool {
        #[derive(serde::Deserialize)]
        struct Head {
            reason: String,
        }
        let Ok(Head { reason }) = serde_json::from_str(verdict) else { return false };
        let mut better = false;
        if reason == KEYS_UNAVAILABLE.code {
            for issuer in &self.issuers {
                let lacked = !self.keys.usable(issuer);
                better |= lacked && self.keys.first_keys(issuer).await;
            }
        } else if reason == KEY_UNKNOWN.code
            && let Some(token) = token.and_then(|token| Unverified::parse(token).ok())
        {
            let key_id = token.header().key_id.as_deref().unwrap_or_default();
            for issuer in &self.issuers {
                better |= self.keys.unknown_key(issuer, key_id).await;
            }
        }
        better
    }

    async fn explain(
        &self,
        call: Arc<OwnedCall>,
        token: Option<Arc<str>>,
    ) -> Result<String, Failure> {
        let pool = Arc::clone(&self.pool);
        blocking(move || {
            let now = unix_now();
            let explain = |gate: &mut Box<dyn GateEngine>| {
                call.with(token.as_deref(), |call| gate.explain(call, now))
            };
            let no_gate = || Failure::new(code::ENGINE_UNUSABLE, "there is no gate");
            Ok(pool.with(explain).ok_or_else(no_gate)??)
        })
        .await
    }
}

/// Where the issuers' keys are. What stands in for a cloud does so for its keys as well.
fn sources(bundle: &Bundle, authority: &Authority) -> Result<Vec<(String, Source)>, Failure> {
    let address = |address: &String| {
        let path = address.strip_prefix(authority.national_cloud().origin);
        let path = path.filter(|path| path.starts_with('/'));
        let stood_in = path.map(|path| format!("{}{path}", authority.origin()));
        Address::https_or_loopback(stood_in.as_ref().unwrap_or(address))
            .map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))
    };
    let mut sources = Vec::new();
    for issuer in &bundle.contents().trust {
        let source = match &issuer.keys {
            KeySource::Inline(_) => continue,
            KeySource::JwksUri(uri) => Source::JwksUri(address(uri)?),
            KeySource::Metadata(uri) => Source::Metadata {
                address: address(uri)?,
                issuers: Source::metadata_issuers(&issuer.trusted.issuer),
            },
        };
        sources.push((issuer.trusted.name.clone(), source));
    }
    Ok(sources)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|_| Err(Failure::new(code::ENGINE_UNUSABLE, "the engine's thread ended")))
}

/// Names, sizes and times of everything in the bundle.
fn fingerprint(path: &Path) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
    let mut found = Vec::new();
    let mut pending = vec![(path.to_owned(), 0)];
    while let Some((at, depth)) = pending.pop() {
        let Ok(facts) = std::fs::metadata(&at) else { continue };
        if facts.is_dir() && depth < DEEPEST {
            let entries = std::fs::read_dir(&at).into_iter().flatten().flatten();
            pending.extend(entries.map(|entry| (entry.path(), depth + 1)));
        }
        found.push((at, facts.len(), facts.modified().ok()));
        if found.len() > MOST_FILES {
            break;
        }
    }
    found.sort_unstable();
    found
}

const LOOK: Duration = Duration::from_secs(1);
const SETTLE: Duration = Duration::from_millis(200);
const DEEPEST: usize = 5;
const MOST_FILES: usize = 4_000;
