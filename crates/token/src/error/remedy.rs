//! What would change the answer.

use super::{AlgorithmRefusal, Malformed, TokenError};
use crate::quote::{AnyOf, Quoted};

impl TokenError {
    /// What would change the answer: one sentence for the person who has the token or the one who
    /// keeps the bundle.
    pub fn remedy(&self) -> String {
        match self {
            Self::AlgorithmNotAccepted { algorithm, issuer, key_id: None, .. } => format!(
                "sign with an accepted algorithm, or add {algorithm} to the `algorithms` of issuer {}",
                Quoted(issuer)
            ),
            Self::AlgorithmNotAccepted { .. } => {
                "sign with the algorithm that the key set names for this key".to_owned()
            }
            Self::AlgorithmRefused { why: AlgorithmRefusal::Unknown, .. } => {
                "have the issuer sign with RS256, PS256, ES256, EdDSA or another accepted algorithm"
                    .to_owned()
            }
            Self::AlgorithmRefused { .. } => {
                "have the issuer sign with a private key, for example RS256 or ES256".to_owned()
            }
            Self::AudienceAmbiguous { .. } => "request a token for this API alone".to_owned(),
            Self::AudienceWrong { accepted, .. } => {
                format!("request a token for {}", AnyOf(accepted))
            }
            Self::ClaimMalformed { claim, .. } => {
                format!("have the issuer send a correct `{claim}`")
            }
            Self::ClaimMissing { claim, .. } => format!("have the issuer send `{claim}`"),
            Self::Expired { .. } => "get a fresh token".to_owned(),
            Self::HeaderRefused { member, .. } => {
                format!("have the issuer leave `{member}` out of the header")
            }
            Self::IssuedInFuture { .. } | Self::NotYetValid { .. } => {
                "set the clocks right on both sides, or wait".to_owned()
            }
            Self::IssuerUntrusted { trusted, .. } => format!(
                "use a token of {}, or add this issuer to the bundle's `trust`",
                AnyOf(trusted)
            ),
            Self::KeyAmbiguous { key_id: Some(_), .. } => {
                "have the issuer give each key an id of its own".to_owned()
            }
            Self::KeyAmbiguous { key_id: None, .. } | Self::KeyUnnamed { .. } => {
                "have the issuer name the key in the header's `kid`".to_owned()
            }
            Self::KeyIssuerMismatch { .. } => {
                "use a token signed with a key of the tenant that issued it".to_owned()
            }
            Self::KeyUnknown { key_id: None, .. } => {
                "have the issuer sign with a key of its published set".to_owned()
            }
            Self::KeyUnknown { .. } => {
                "refresh the issuer's key set; if the key is still unknown, the token is not from \
                 this issuer"
                    .to_owned()
            }
            Self::KeysUnavailable { issuer } => {
                format!("load the key set of issuer {}", Quoted(issuer))
            }
            Self::LifetimeTooLong { .. } => {
                "request a shorter-lived token, or raise the issuer's `max_lifetime_seconds`"
                    .to_owned()
            }
            Self::Malformed(malformed) => malformed.remedy().to_owned(),
            Self::Missing => "send a token as `Authorization: Bearer <token>`".to_owned(),
            Self::SignatureInvalid { .. } => {
                "use the token exactly as the issuer sent it; a changed or forged token stays \
                 refused"
                    .to_owned()
            }
            Self::SignatureUnverifiable => {
                "request a token for your own API instead of Microsoft's".to_owned()
            }
            Self::TenantMismatch { .. } => {
                "use a token as the issuer sent it; no genuine one names two tenants".to_owned()
            }
            Self::TenantUntrusted { tenant, .. } => format!(
                "use a token of a listed tenant, or add {} to the issuer's `tenants`",
                Quoted(tenant)
            ),
            Self::TooLarge { .. } => {
                "request a token with fewer claims, for example without group lists".to_owned()
            }
        }
    }
}

impl Malformed {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Encrypted => "have the issuer sign the token without encrypting it",
            Self::JsonSerialization => "send the compact form: header.claims.signature",
            Self::Parts { .. } | Self::Empty(_) => {
                "copy the whole token: header.claims.signature; refresh tokens and opaque tokens \
                 cannot be read here"
            }
            Self::WhiteSpace { .. } => "remove line breaks and spaces from the token",
            Self::Base64 { .. } | Self::HeaderMember(_) | Self::Json { .. } | Self::NoAlgorithm => {
                "use the token exactly as the issuer sent it"
            }
        }
    }
}
