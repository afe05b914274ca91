//! Why a token is refused.

mod remedy;

use crate::base64url::Base64Error;
use crate::json::{JsonError, WrongType};
use crate::quote::{AllOf, AnyOf, Quoted};
use crate::reason::{self, Reason};
use crate::{Algorithm, UnixSeconds};

/// Why a token is refused. The message says what was seen and what was wanted, with input bounded
/// and escaped and never the token itself; [`reason`](Self::reason) is the stable code,
/// [`remedy`](Self::remedy) what would change the answer.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// A known algorithm that is not pinned for this issuer, or not for the key named.
    #[error("the token is signed with {}; {} accepts {}", .algorithm, by(.issuer, .key_id.as_deref()), algorithms(.accepted))]
    AlgorithmNotAccepted {
        /// The token's `alg`.
        algorithm: Algorithm,
        /// The bundle's name of the issuer.
        issuer: String,
        /// The `kid`, when the issuer accepts the algorithm and the key does not.
        key_id: Option<String>,
        /// What is accepted.
        accepted: Vec<Algorithm>,
    },
    /// An algorithm that no issuer can be trusted with.
    #[error("the token's algorithm is {}: {why}", Quoted(.algorithm))]
    AlgorithmRefused {
        /// The token's `alg`.
        algorithm: String,
        /// Why it is refused.
        why: AlgorithmRefusal,
    },
    /// `aud` is an array, at an issuer that always names one audience.
    #[error("the token's `aud` is a list ({}), where issuer {} names exactly one audience", AllOf(.found), Quoted(.issuer))]
    AudienceAmbiguous {
        /// The token's audiences.
        found: Vec<String>,
        /// The bundle's name of the issuer.
        issuer: String,
    },
    /// No `aud` value is accepted.
    #[error("the token is for audience {}; accepted here: {}", AllOf(.found), AnyOf(.accepted))]
    AudienceWrong {
        /// The token's audiences.
        found: Vec<String>,
        /// The audiences accepted from this issuer.
        accepted: Vec<String>,
    },
    /// A standard claim with an impossible value.
    #[error("the claim `{claim}` is {found}, where {wanted} is expected")]
    ClaimMalformed {
        /// The claim.
        claim: &'static str,
        /// What it is.
        found: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A claim without which a token is never accepted.
    #[error("the token has no `{claim}`, {why}")]
    ClaimMissing {
        /// The claim.
        claim: &'static str,
        /// Why it must be there.
        why: &'static str,
    },
    /// `exp` is over, the tolerated clock difference included.
    #[error("the token expired {} s ago: `exp` is {expires_at}, the time is {now}, {tolerance} s are tolerated", .now.saturating_sub(*.expires_at))]
    Expired {
        /// `exp`.
        expires_at: UnixSeconds,
        /// The time of the check.
        now: UnixSeconds,
        /// Tolerated clock difference in seconds.
        tolerance: u64,
    },
    /// A header member that must not be there.
    #[error("the token's header has `{member}`: {why}")]
    HeaderRefused {
        /// The member.
        member: &'static str,
        /// Why it is refused.
        why: &'static str,
    },
    /// `iat` is later than now, the tolerated clock difference included.
    #[error("the token says it was issued {} s from now: `iat` is {issued_at}, the time is {now}, {tolerance} s are tolerated", .issued_at.saturating_sub(*.now))]
    IssuedInFuture {
        /// `iat`.
        issued_at: UnixSeconds,
        /// The time of the check.
        now: UnixSeconds,
        /// Tolerated clock difference in seconds.
        tolerance: u64,
    },
    /// No trusted issuer has this `iss` (or SPIFFE trust domain).
    #[error("the issuer {} is not trusted{}", Quoted(.found), near(*.near_miss))]
    IssuerUntrusted {
        /// The token's `iss`, or its `sub` where only SPIFFE trust domains could match.
        found: String,
        /// How it differs from an issuer that is trusted, when by little.
        near_miss: Option<&'static str>,
        /// The bundle's names of the trusted issuers.
        trusted: Vec<String>,
    },
    /// More than one key could be meant.
    #[error("issuer {} publishes {count} {algorithm} keys{}, so the one that signed cannot be told", Quoted(.issuer), under(.key_id.as_deref(), " and the token names none (`kid` is absent)"))]
    KeyAmbiguous {
        /// The bundle's name of the issuer.
        issuer: String,
        /// The token's `kid`.
        key_id: Option<String>,
        /// The token's `alg`.
        algorithm: Algorithm,
        /// How many keys fit.
        count: usize,
    },
    /// The key is published for another issuer or tenant (Entra's `issuer` member).
    #[error("the key {} is published for issuer {}, the token is from {}", Quoted(.key_id), Quoted(.key_issuer), Quoted(.found))]
    KeyIssuerMismatch {
        /// The key's `kid`.
        key_id: String,
        /// The key's `issuer` member.
        key_issuer: String,
        /// The token's `iss`.
        found: String,
    },
    /// No key of the issuer fits.
    #[error("issuer {} has no {algorithm} key{}; its key ids: {}", Quoted(.issuer), under(.key_id.as_deref(), ""), AllOf(.known))]
    KeyUnknown {
        /// The bundle's name of the issuer.
        issuer: String,
        /// The token's `kid`.
        key_id: Option<String>,
        /// The token's `alg`.
        algorithm: Algorithm,
        /// The `kid`s that the issuer's loaded set has.
        known: Vec<String>,
    },
    /// No `kid` in a token whose issuer rotates keys that overlap (SPIFFE).
    #[error("the token names no key (`kid` is absent), which a token of SPIFFE trust domain {} must", Quoted(.issuer))]
    KeyUnnamed {
        /// The bundle's name of the issuer.
        issuer: String,
    },
    /// The issuer has no key set loaded.
    #[error("no keys of issuer {} are loaded", Quoted(.issuer))]
    KeysUnavailable {
        /// The bundle's name of the issuer.
        issuer: String,
    },
    /// Valid for longer than the issuer is trusted for.
    #[error(
        "the token is valid for {lifetime} s from {from}, where at most {limit} s are accepted"
    )]
    LifetimeTooLong {
        /// Seconds from `from` to `exp`.
        lifetime: u64,
        /// The longest lifetime accepted.
        limit: u64,
        /// What it is counted from: `iat`, or what stands in for it.
        from: &'static str,
    },
    /// Not a compact JWS with JSON claims.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// There is no token.
    #[error("there is no token")]
    Missing,
    /// `nbf` is later than now, the tolerated clock difference included.
    #[error("the token is valid only {} s from now: `nbf` is {not_before}, the time is {now}, {tolerance} s are tolerated", .not_before.saturating_sub(*.now))]
    NotYetValid {
        /// `nbf`.
        not_before: UnixSeconds,
        /// The time of the check.
        now: UnixSeconds,
        /// Tolerated clock difference in seconds.
        tolerance: u64,
    },
    /// The signature does not verify.
    #[error("the signature is not that of key {} of issuer {} ({algorithm}) over this token", Quoted(.key_id.as_deref().unwrap_or("without id")), Quoted(.issuer))]
    SignatureInvalid {
        /// The bundle's name of the issuer.
        issuer: String,
        /// The key's `kid`.
        key_id: Option<String>,
        /// The token's `alg`.
        algorithm: Algorithm,
    },
    /// A header `nonce` marks a token for Microsoft's own services, whose signature covers
    /// another text than the one sent.
    #[error(
        "the token's header has a `nonce`: Microsoft issued it for its own service, which alone can verify the signature"
    )]
    SignatureUnverifiable,
    /// `tid` and the tenant in `iss` differ.
    #[error("`tid` is {}, but `iss` names tenant {}", Quoted(.tenant), Quoted(.issuer_tenant))]
    TenantMismatch {
        /// `tid`.
        tenant: String,
        /// The tenant in `iss`.
        issuer_tenant: String,
    },
    /// The tenant is not on the list.
    #[error("tenant {} is not on the list of {}", Quoted(.tenant), AnyOf(.issuers))]
    TenantUntrusted {
        /// The tenant in `iss`.
        tenant: String,
        /// The bundle's names of the Entra issuers of that cloud.
        issuers: Vec<String>,
    },
    /// Larger than any accepted token.
    #[error("the token is {length} bytes long, where at most {limit} are accepted")]
    TooLarge {
        /// Its length in bytes.
        length: usize,
        /// The greatest length accepted.
        limit: usize,
    },
}

/// Why an algorithm is refused whatever the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AlgorithmRefusal {
    /// HMAC: whoever can verify could also sign.
    #[error("an HMAC key that can verify can also sign, and public keys must never serve as one")]
    Hmac,
    /// Unsigned.
    #[error("an unsigned token proves nothing")]
    Unsigned,
    /// Not one of [`Algorithm::ALL`].
    #[error("it is not one that is verified here")]
    Unknown,
}

/// A part of a compact JWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The second.
    Claims,
    /// The first.
    Header,
    /// The third.
    Signature,
}

impl Part {
    /// Its name in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claims => "claims",
            Self::Header => "header",
            Self::Signature => "signature",
        }
    }
}

/// Why a text is not a compact JWS with JSON claims.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A part is not base64url.
    #[error("the token's {} part is not base64url: {problem}", .part.name())]
    Base64 {
        /// Which part.
        part: Part,
        /// What is wrong.
        problem: Base64Error,
    },
    /// A part has no characters.
    #[error("the token's {} part is empty", .0.name())]
    Empty(Part),
    /// Five parts: an encrypted token (JWE).
    #[error("the token is encrypted (five parts, a JWE): only the audience it is for can read it")]
    Encrypted,
    /// A header member has the wrong type.
    #[error("in the token's header, {0}")]
    HeaderMember(WrongType),
    /// A part is not JSON, or not an object.
    #[error("the token's {} part cannot be read: {problem}", .part.name())]
    Json {
        /// Which part.
        part: Part,
        /// What is wrong.
        problem: JsonError,
    },
    /// The JSON serialisation of a JWS, or bare claims.
    #[error("the text is JSON, not a compact token of three parts joined by dots")]
    JsonSerialization,
    /// The header has no `alg`.
    #[error("the token's header has no `alg`")]
    NoAlgorithm,
    /// Not three parts.
    #[error("the text has {found} part{} where a signed token has three, joined by dots", if *.found == 1 { "" } else { "s" })]
    Parts {
        /// How many there are.
        found: usize,
    },
    /// White space within or around the token.
    #[error("the token contains white space at position {position}")]
    WhiteSpace {
        /// Byte offset.
        position: usize,
    },
}

impl TokenError {
    /// The stable code.
    pub fn reason(&self) -> &'static Reason {
        match self {
            Self::AlgorithmNotAccepted { .. } => &reason::ALGORITHM_NOT_ACCEPTED,
            Self::AlgorithmRefused { .. } => &reason::ALGORITHM_REFUSED,
            Self::AudienceAmbiguous { .. } => &reason::AUDIENCE_AMBIGUOUS,
            Self::AudienceWrong { .. } => &reason::AUDIENCE_WRONG,
            Self::ClaimMalformed { .. } => &reason::CLAIM_MALFORMED,
            Self::ClaimMissing { .. } => &reason::CLAIM_MISSING,
            Self::Expired { .. } => &reason::TOKEN_EXPIRED,
            Self::HeaderRefused { .. } => &reason::HEADER_REFUSED,
            Self::IssuedInFuture { .. } => &reason::ISSUED_IN_FUTURE,
            Self::IssuerUntrusted { .. } => &reason::ISSUER_UNTRUSTED,
            Self::KeyAmbiguous { .. } | Self::KeyUnnamed { .. } => &reason::KEY_AMBIGUOUS,
            Self::KeyIssuerMismatch { .. } => &reason::KEY_ISSUER_MISMATCH,
            Self::KeyUnknown { .. } => &reason::KEY_UNKNOWN,
            Self::KeysUnavailable { .. } => &reason::KEYS_UNAVAILABLE,
            Self::LifetimeTooLong { .. } => &reason::LIFETIME_TOO_LONG,
            Self::Malformed(_) => &reason::TOKEN_MALFORMED,
            Self::Missing => &reason::TOKEN_MISSING,
            Self::NotYetValid { .. } => &reason::TOKEN_NOT_YET_VALID,
            Self::SignatureInvalid { .. } => &reason::SIGNATURE_INVALID,
            Self::SignatureUnverifiable => &reason::SIGNATURE_UNVERIFIABLE,
            Self::TenantMismatch { .. } => &reason::TENANT_MISMATCH,
            Self::TenantUntrusted { .. } => &reason::TENANT_UNTRUSTED,
            Self::TooLarge { .. } => &reason::TOKEN_TOO_LARGE,
        }
    }
}

fn by(issuer: &str, key_id: Option<&str>) -> String {
    match key_id {
        Some(key_id) => format!("key {} of issuer {}", Quoted(key_id), Quoted(issuer)),
        None => format!("issuer {}", Quoted(issuer)),
    }
}

fn under(key_id: Option<&str>, unnamed: &str) -> String {
    match key_id {
        Some(key_id) => format!(" with the id {}", Quoted(key_id)),
        None => unnamed.to_owned(),
    }
}

fn near(near_miss: Option<&'static str>) -> String {
    near_miss.map(|text| format!(": {text}")).unwrap_or_default()
}

fn algorithms(accepted: &[Algorithm]) -> String {
    let names: Vec<_> = accepted.iter().map(|algorithm| algorithm.name()).collect();
    AnyOf(&names).to_string()
}
