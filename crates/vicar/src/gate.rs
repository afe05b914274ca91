//! The gate.

use std::sync::Arc;

use vicar_bundle::{Bundle, BundleError, contents::KeySource};
use vicar_identity::{Facts, IdentityError, TokenKind, identify, recognise_in};
use vicar_policy::{EntityError, EntityStore, Evaluation};
use vicar_token::{
    Jwks, KeyReport, KeyRing, Reason, SignatureVerifier, TokenError, TrustedIssuer, UnixSeconds,
    Unverified, Verified, verify,
};

use crate::{
    Admitted, Refusal,
    cache::TokenCache,
    reason,
    resolve::SurfaceIndex,
    section::Sections,
    vocabulary::{shape::Shape, subject, world},
    vouched::VouchedCache,
};

/// A bundle at work: validates tokens, identifies who acts for whom, and decides.
///
/// One gate serves one thread; hosts keep one per worker.
#[derive(Debug)]
pub struct Gate<V: SignatureVerifier> {
    pub(crate) bundle: Bundle,
    pub(crate) world: EntityStore,
    pub(crate) index: SurfaceIndex,
    pub(crate) sections: Sections,
    shape: Shape,
    pub(crate) issuers: Vec<TrustedIssuer>,
    ring: KeyRing<V::Key>,
    verifier: V,
    cache: TokenCache,
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
        let index = SurfaceIndex::new(&contents.surface);
        let mut gate = Self {
            world: world::entities(contents)?,
            sections: Sections::new(&contents.surface, &index),
            index,
            shape: Shape::of(&contents.trust),
            issuers: contents.trust.iter().map(|issuer| issuer.trusted.clone()).collect(),
            ring: KeyRing::new(),
            cache: TokenCache::new(CACHED_TOKENS),
            vouched: VouchedCache::default(),
            admissions: 0,
            evaluation: Evaluation::default(),
            bundle,
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
        &self.bundle
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
        if let Some(admitted) = self.cache.get(token, now) {
            return Ok(admitted);
        }
        let admitted = Arc::new(self.admit(token, now)?);
        self.admissions = self.admissions.wrapping_add(1);
        self.cache.insert(Arc::clone(&admitted));
        Ok(admitted)
    }

    /// A token of another kind is nearly always for another audience too; that it is, say, an
    /// exchange token helps its sender more than that its audience is wrong. The signature was
    /// good: the audience is checked after it.
    fn name_the_kind(&self, token: &Unverified<'_>, error: TokenError) -> Refusal {
        if error.reason() != &vicar_token::reason::AUDIENCE_WRONG {
            return error.into();
        }
        let header_type = token.header().token_type.as_deref();
        let directory = &self.bundle.contents().directory;
        let recognition = recognise_in(header_type, token.claims(), directory);
        match recognition.kind {
            TokenKind::AccessToken => error.into(),
            _ => IdentityError::NotAnAccessToken(recognition).into(),
        }
    }

    fn admit(&self, token: &str, now: UnixSeconds) -> Result<Admitted, Refusal> {
        let unverified = Unverified::parse(token)?;
        let verified = verify(&unverified, &self.issuers, &self.ring, &self.verifier, now)
            .map_err(|error| self.name_the_kind(&unverified, error))?;
        self.identified(token.to_owned(), verified)
    }

    /// Reads who verified claims speak of, and prepares them for decisions.
    pub(crate) fn identified(
        &self,
        token: String,
        verified: Verified,
    ) -> Result<Admitted, Refusal> {
        let contents = self.bundle.contents();
        let issuer = contents
            .trust
            .iter()
            .find(|issuer| issuer.trusted.name == verified.issuer_name())
            .ok_or_else(|| unknown_issuer(verified.issuer_name()))?;
        let identity = identify(&facts(&verified), &issuer.profile, &contents.directory)?;
        let subject = subject::prepare(
            &identity,
            verified.claims(),
            &issuer.claims,
            &contents.directory,
            &self.world,
            self.shape,
        )?;
        let skew = UnixSeconds::from(issuer.trusted.clock_skew_seconds);
        Ok(Admitted {
            token,
            valid_from: verified
                .not_before()
                .into_iter()
                .chain(verified.issued_at())
                .max()
                .unwrap_or_default()
                .saturating_sub(skew),
            // A token is good until, not through, its last second (RFC 7519 section 4.1.4).
            valid_until: verified.expires_at().saturating_add(skew).saturating_sub(1),
            verified,
            identity,
            subject,
        })
    }
}

fn facts(verified: &Verified) -> Facts<'_> {
    Facts {
        header_type: verified.header().token_type.as_deref(),
        claims: verified.claims(),
        issuer_name: verified.issuer_name(),
        tenant: verified.tenant(),
    }
}

fn unknown_issuer(name: &str) -> Refusal {
    Refusal::new(
        &vicar_token::reason::ISSUER_UNTRUSTED,
        format!("the issuer `{name}` is not in the bundle"),
        "add it to the bundle's trust section",
    )
}

/// Tokens kept per gate: a worker of a busy gateway sees some thousands an hour.
const CACHED_TOKENS: usize = 4096;
