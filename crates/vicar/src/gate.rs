//! The gate.

use std::sync::Arc;

use vicar_bundle::{Bundle, BundleError, contents::KeySource};
use vicar_identity::{Directory, Facts, Identity, IdentityError, Profile, identify};
use vicar_policy::{EntityError, EntityStore, Evaluation};
use vicar_token::{
    Jwks, KeyReport, KeyRing, Reason, SignatureVerifier, TrustedIssuer, UnixSeconds, Unverified,
    verify,
};

use crate::{
    Admitted, Call, Decision, Question, Refusal, Verdict, cache::TokenCache, reason, rules::Rules,
    vouched::VouchedCache,
};

/// A bundle at work: validates tokens, identifies who acts for whom, and decides.
///
/// One gate serves one thread; hosts keep one per worker.
#[derive(Debug)]
pub struct Gate<V: SignatureVerifier> {
    pub(crate) rules: Rules,
    pub(crate) issuers: Vec<TrustedIssuer>,
    ring: KeyRing<V::Key>,
    verifier: V,
    pub(crate) cache: TokenCache,
    pub(crate) vouched: VouchedCache,
    /// How many tokens were admitted anew, so that a look-up can be told from a verification.
    pub(crate) admissions: u64,
    pub(crate) evaluation: Evaluation,
}

/// Why a gate could not be made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bundle was refused.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// Keys that the bundle brings along were refused.
    #[error("the keys of issuer `{issuer}` in the bundle: {error}")]
    Keys {
        /// The issuer's name in the bundle.
        issuer: String,
        /// What is wrong.
        error: KeysError,
    },
    /// The surface or directory names one thing twice.
    #[error(transparent)]
    Entities(#[from] EntityError),
}

/// Why keys were refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum KeysError {
    /// The bundle has no such issuer.
    #[error("the bundle has no issuer `{0}`")]
    IssuerUnknown(String),
    /// The document is not a JWK set.
    #[error(transparent)]
    Jwks(#[from] vicar_token::jwk::JwksError),
}

impl LoadError {
    /// The stable reason.
    pub const fn reason(&self) -> &'static Reason {
        match self {
            Self::Bundle(error) => error.reason(),
            Self::Entities(_) => &vicar_bundle::reason::BUNDLE_INVALID,
            Self::Keys { error, .. } => error.reason(),
        }
    }
}

impl KeysError {
    /// The stable reason.
    pub const fn reason(&self) -> &'static Reason {
        match self {
            Self::IssuerUnknown(_) => &reason::ISSUER_NOT_IN_BUNDLE,
            Self::Jwks(_) => &reason::KEY_SET_MALFORMED,
        }
    }
}

impl<V: SignatureVerifier> Gate<V> {
    /// Makes a gate of a bundle file.
    ///
    /// # Errors
    /// [`LoadError`] when the bundle, or keys inside it, are refused.
    pub fn load(bundle: &[u8], verifier: V) -> Result<Self, LoadError> {
        let bundle = Bundle::load(bundle)?;
        let contents = bundle.contents();
        let inline: Vec<(String, String)> = contents
            .trust
            .iter()
            .filter_map(|issuer| match &issuer.keys {
                KeySource::Inline(jwks) => Some((issuer.trusted.name.clone(), jwks.clone())),
                KeySource::JwksUri(_) | KeySource::Metadata(_) => None,
            })
            .collect();
        let mut gate = Self {
            issuers: contents.trust.iter().map(|issuer| issuer.trusted.clone()).collect(),
            ring: KeyRing::new(),
            cache: TokenCache::new(CACHED_TOKENS),
            vouched: VouchedCache::default(),
            admissions: 0,
            evaluation: Evaluation::default(),
            rules: Rules::of(bundle)?,
            verifier,
        };
        for (issuer, jwks) in inline {
            gate.set_keys(&issuer, jwks.as_bytes())
                .map_err(|error| LoadError::Keys { issuer, error })?;
        }
        Ok(gate)
    }

    /// The bundle at work.
    pub const fn bundle(&self) -> &Bundle {
        &self.rules.bundle
    }

    /// Replaces an issuer's keys by a JWK set, and forgets the tokens verified with the old ones.
    ///
    /// # Errors
    /// [`KeysError`]; the issuer then keeps the keys it had.
    pub fn set_keys(&mut self, issuer: &str, jwks: &[u8]) -> Result<KeyReport, KeysError> {
        let trusted = self
            .issuers
            .iter()
            .find(|trusted| trusted.name == issuer)
            .ok_or_else(|| KeysError::IssuerUnknown(issuer.to_owned()))?;
        let jwks = Jwks::parse(jwks)?;
        let report = self.ring.replace(trusted, &jwks, &self.verifier);
        self.cache.forget_issuer(issuer);
        Ok(report)
    }

    /// Forgets an issuer's keys, and the tokens verified with them: keys that are too old are not
    /// believed any more. Whether there were any.
    pub fn forget_keys(&mut self, issuer: &str) -> bool {
        self.cache.forget_issuer(issuer);
        self.ring.remove(issuer)
    }

    /// Verifies a token, reads who it speaks of, and prepares it for decisions. A token that was
    /// verified before, with the same keys, is looked up.
    ///
    /// # Errors
    /// [`Refusal`] with the reason code of the first thing that is wrong.
    pub fn verify(&mut self, token: &str, now: UnixSeconds) -> Result<Arc<Admitted>, Refusal> {
        self.verify_by(identify, token, now)
    }

    /// As [`verify`](Self::verify), with the identity that `read` finds; a gate is given the same
    /// reading each time, since a token that is known is not read again.
    pub(crate) fn verify_by(
        &mut self,
        read: impl Fn(&Facts<'_>, &Profile, &Directory) -> Result<Identity, IdentityError>,
        token: &str,
        now: UnixSeconds,
    ) -> Result<Arc<Admitted>, Refusal> {
        if let Some(admitted) = self.cache.get(token, now) {
            return Ok(admitted);
        }
        let admitted = Arc::new(self.admit(read, token, now)?);
        self.admissions = self.admissions.wrapping_add(1);
        self.cache.insert(Arc::clone(&admitted));
        Ok(admitted)
    }

    fn admit(
        &self,
        read: impl Fn(&Facts<'_>, &Profile, &Directory) -> Result<Identity, IdentityError>,
        token: &str,
        now: UnixSeconds,
    ) -> Result<Admitted, Refusal> {
        let unverified = Unverified::parse(token)?;
        let verified = verify(&unverified, &self.issuers, &self.ring, &self.verifier, now)
            .map_err(|error| self.rules.name_the_kind(&unverified, error))?;
        self.rules.admit_by(read, token.to_owned(), verified)
    }

    /// Decides on a call.
    pub fn decide(&mut self, call: &Call<'_>, now: UnixSeconds) -> Decision {
        let verified = self.verify_of(call, now);
        self.rules.decide(call, verified, now, &mut self.evaluation)
    }

    /// Decides on a call and explains the decision.
    pub fn explain(&mut self, call: &Call<'_>, now: UnixSeconds) -> Verdict {
        let verified = self.verify_of(call, now);
        self.rules.explain(call, verified, now, &mut self.evaluation)
    }

    /// Puts a call in Cedar's words without deciding it, so that Cedar itself can be asked the
    /// same.
    ///
    /// # Errors
    /// [`Refusal`] when the call is refused before any policy is asked.
    pub fn question(&mut self, call: &Call<'_>, now: UnixSeconds) -> Result<Question, Refusal> {
        let admitted = self.verify_of(call, now)?;
        self.rules.question(call, admitted, now)
    }

    /// The entities that every request of this bundle shares.
    pub const fn world(&self) -> &EntityStore {
        &self.rules.world
    }

    fn verify_of(&mut self, call: &Call<'_>, now: UnixSeconds) -> Result<Arc<Admitted>, Refusal> {
        match call.token {
            Some(token) => self.verify(token, now),
            None => Err(Refusal::no_token()),
        }
    }
}

/// Tokens kept per gate: a worker of a busy gateway sees some thousands an hour.
const CACHED_TOKENS: usize = 4096;
