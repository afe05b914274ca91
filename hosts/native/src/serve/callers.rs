//! Who calls: the bearer token of the authenticated routes, verified.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
};

use axum::http::{HeaderMap, header};
use vicar::reason::PROOF_REQUIRED;
use vicar_exchange::{Secret, digest::Digest};
use vicar_identity::{
    Directory, Facts, Identity, Profile, describe,
    profile::{EntraProfile, MissingFacets, MissingIdtyp},
};
use vicar_keys::{Address, Source};
use vicar_token::{
    Algorithm, IssuerRule, Jwks, KeyRing, SignatureVerifier, TokenError, TrustedIssuer,
    UnixSeconds, Unverified, Verified,
    quote::AnyOf,
    reason::{KEY_UNKNOWN, KEYS_UNAVAILABLE},
    verify,
};

use super::{
    configuration::EntraSettings,
    keys::KeyService,
    reason::{CALLER_SCOPE_MISSING, CALLER_TOKEN_AMBIGUOUS, CALLER_TOKEN_MISSING},
    refusal::Refusal,
};
use crate::{
    failure::{Failure, code},
    http::{Carrier, unix_now},
    verifier::AwsLc,
};

/// A verified caller.
#[derive(Debug)]
pub struct Caller {
    /// Who it is.
    pub identity: Identity,
    /// The token: what an on-behalf-of exchange sends.
    pub token: Secret,
    expires_at: UnixSeconds,
}

impl Caller {
    /// The claims, as canonical JSON: read again, so that they need not be kept.
    ///
    /// # Errors
    /// [`Refusal`] for a token that cannot be read; one that was verified can.
    pub fn claims(&self) -> Result<String, Refusal> {
        let token = Unverified::parse(self.token.expose());
        let token = token.map_err(|error| Refusal::of_token(&error))?;
        Ok(vicar_token::Json::from(token.claims().clone()).to_string())
    }
}

/// Verifies callers' tokens, each once.
#[derive(Debug)]
pub struct Callers {
    issuer: TrustedIssuer,
    scopes: Vec<String>,
    ring: Arc<Ring>,
    keys: Arc<KeyService>,
}

#[derive(Debug)]
struct Ring {
    keys: RwLock<KeyRing<<AwsLc as SignatureVerifier>::Key>>,
    verified: Mutex<Known>,
}

/// Callers by the digest of their token, in two generations: when the young one is full it becomes
/// the old one, and the old one is dropped. Who calls again moves to the young.
#[derive(Debug, Default)]
struct Known {
    young: BTreeMap<Digest, Arc<Caller>>,
    old: BTreeMap<Digest, Arc<Caller>>,
}

/// The name of the one issuer of callers' tokens, in logs and audit lines.
pub const ISSUER: &str = "entra";

impl Callers {
    /// Callers with tokens of the configured tenant, for the configured application. `also` is
    /// told of each key set, and of the end of the last one.
    ///
    /// # Errors
    /// [`Failure`] when the address of the keys is not one that is fetched from.
    pub fn new(
        settings: &EntraSettings,
        carrier: Carrier,
        also: impl Fn(Option<&[u8]>) + Send + Sync + 'static,
    ) -> Result<Self, Failure> {
        let issuer = TrustedIssuer {
            name: ISSUER.to_owned(),
            issuer: IssuerRule::EntraTenants {
                cloud: settings.authority.cloud(),
                tenants: vec![settings.tenant.to_string()],
                v1: true,
                v2: true,
            },
            algorithms: vec![Algorithm::Rs256],
            audiences: settings.audiences.clone(),
            single_audience: true,
            clock_skew_seconds: 60,
            max_lifetime_seconds: LONGEST_LIFETIME,
            require_issued_at: true,
        };
        let address =
            format!("{}/{}/discovery/v2.0/keys", settings.authority.origin(), settings.tenant);
        let address = Address::https_or_loopback(&address)
            .map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))?;
        let ring = Arc::new(Ring { keys: RwLock::new(KeyRing::new()), verified: Mutex::default() });
        let (kept, trusted) = (Arc::clone(&ring), issuer.clone());
        let on_keys = move |_: &str, document: Option<&[u8]>| {
            kept.replace(&trusted, document);
            also(document);
        };
        let sources = vec![(ISSUER.to_owned(), Source::JwksUri(address))];
        let keys = KeyService::new(sources, carrier, Box::new(on_keys))?;
        Ok(Self { issuer, scopes: settings.scopes.clone(), ring, keys })
    }

    /// What fetches the keys; has to be run.
    pub fn keys(&self) -> Arc<KeyService> {
        Arc::clone(&self.keys)
    }

    /// Whether there are keys.
    pub fn ready(&self) -> bool {
        self.keys.usable(ISSUER)
    }

    /// The caller of a request.
    ///
    /// # Errors
    /// [`Refusal`] with 401 for a token that is absent or refused.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, Refusal> {
        let token = bearer(headers)?;
        let digest = Digest::of(token.as_bytes());
        let now = unix_now();
        if let Some(caller) = self.ring.verified().get(&digest, now) {
            return Ok(caller);
        }
        let verified = self.verify(token, now).await?;
        let caller = Arc::new(self.identify(token, &verified)?);
        self.ring.verified().insert(digest, Arc::clone(&caller));
        Ok(caller)
    }

    async fn verify(&self, token: &str, now: UnixSeconds) -> Result<Verified, Refusal> {
        let refused = |error: TokenError| Refusal::of_token(&error);
        let token = Unverified::parse(token).map_err(refused)?;
        let first = self.once(&token, now);
        let again = match &first {
            Err(error) if *error.reason() == KEYS_UNAVAILABLE => self.keys.first_keys(ISSUER).await,
            Err(error) if *error.reason() == KEY_UNKNOWN => {
                let key_id = token.header().key_id.as_deref().unwrap_or_default();
                self.keys.unknown_key(ISSUER, key_id).await
            }
            _ => false,
        };
        if again { self.once(&token, now) } else { first }.map_err(refused)
    }

    fn once(&self, token: &Unverified<'_>, now: UnixSeconds) -> Result<Verified, TokenError> {
        let ring = self.ring.keys.read().unwrap_or_else(PoisonError::into_inner);
        verify(token, std::slice::from_ref(&self.issuer), &ring, &AwsLc, now)
    }

    fn identify(&self, token: &str, verified: &Verified) -> Result<Caller, Refusal> {
        let facts = Facts {
            header_type: verified.header().token_type.as_deref(),
            claims: verified.claims(),
            issuer_name: ISSUER,
            tenant: verified.tenant(),
        };
        let profile = Profile::Entra(EntraProfile {
            missing_idtyp: MissingIdtyp::Infer,
            missing_facets: MissingFacets::TreatAsUnproven,
            accept_without_permissions: false,
            accept_partners: false,
        });
        let identity = describe(&facts, &profile, &Directory::default()).map_err(|error| {
            let refusal = Refusal::new(
                *error.reason(),
                error.to_string(),
                "call with an access token of a user or an application",
            );
            match refusal.status() {
                401 => refusal.header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""),
                _ => refusal,
            }
        })?;
        if let Some(binding) = &identity.binding {
            let detail = format!(
                "the caller's token is bound to a key (`cnf.{}`), and the request proves none",
                binding.method
            );
            let refusal = Refusal::new(
                PROOF_REQUIRED,
                detail,
                "call with a token that is not bound to a key",
            );
            return Err(refusal.header(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        let wanted = &self.scopes;
        if !wanted.is_empty() && !wanted.iter().any(|scope| identity.scopes.contains(scope)) {
            let refusal = Refusal::new(
                CALLER_SCOPE_MISSING,
                format!("the caller's token has none of the scopes {}", AnyOf(wanted)),
                "ask for one of them when you sign in",
            );
            return Err(refusal.header(
                header::WWW_AUTHENTICATE,
                format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", wanted.join(" ")),
            ));
        }
        Ok(Caller { identity, token: Secret::from(token), expires_at: verified.expires_at() })
    }
}

impl Ring {
    fn replace(&self, issuer: &TrustedIssuer, document: Option<&[u8]>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match document.map(Jwks::parse) {
            Some(Ok(set)) => {
                keys.replace(issuer, &set, &AwsLc);
            }
            Some(Err(error)) => {
                tracing::error!(%error, "the key set cannot be used");
                return;
            }
            None => {
                keys.remove(&issuer.name);
            }
        }
        drop(keys);
        // A key may be gone: what it proved is proven anew.
        *self.verified() = Known::default();
    }

    fn verified(&self) -> MutexGuard<'_, Known> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn get(&mut self, digest: &Digest, now: UnixSeconds) -> Option<Arc<Caller>> {
        let valid = |caller: &&Arc<Caller>| caller.expires_at > now;
        if let Some(caller) = self.young.get(digest).filter(valid) {
            return Some(Arc::clone(caller));
        }
        let caller = Arc::clone(self.old.get(digest).filter(valid)?);
        self.insert(*digest, Arc::clone(&caller));
        Some(caller)
    }

    fn insert(&mut self, digest: Digest, caller: Arc<Caller>) {
        if self.young.len() >= MOST_VERIFIED / 2 && !self.young.contains_key(&digest) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(digest, caller);
    }
}

/// The one bearer token of a request.
fn bearer(headers: &HeaderMap) -> Result<&str, Refusal> {
    let missing = |detail: &str| {
        Refusal::new(CALLER_TOKEN_MISSING, detail, "send `Authorization: Bearer <token>`")
            .header(header::WWW_AUTHENTICATE, "Bearer")
    };
    let mut fields = headers.get_all(header::AUTHORIZATION).iter();
    let field = fields.next().ok_or_else(|| missing("the request has no bearer token"))?;
    if fields.next().is_some() {
        return Err(Refusal::new(
            CALLER_TOKEN_AMBIGUOUS,
            "the request has more than one `Authorization` field",
            "send one",
        ));
    }
    let text = field.to_str().map_err(|_| missing("the `Authorization` field is no text"))?;
    let (scheme, token) = text
        .split_once(' ')
        .ok_or_else(|| missing("the `Authorization` field is not a scheme and a token"))?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing("the `Authorization` field has another scheme than `Bearer`"));
    }
    let token = token.trim_matches(' ');
    if token.is_empty() || token.contains([' ', '\t', ',']) {
        return Err(missing("the `Authorization` field is not the word `Bearer` and one token"));
    }
    Ok(token)
}

/// A day and four hours: the longest of Entra's (continuous access evaluation).
const LONGEST_LIFETIME: u32 = 28 * 3600 + 600;
/// Fewer than tokens obtained: verifying one again takes far less than exchanging it.
const MOST_VERIFIED: usize = 2_000;
