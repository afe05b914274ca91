//! From an unverified token to [`Verified`] claims.

use crate::{Header, Object, UnixSeconds};

/// Claims whose signature, issuer, audience and times were checked. Only
/// `verify` makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified {
    header: Header,
    claims: Object,
    issuer_name: String,
    expires_at: UnixSeconds,
}

/// Why a token was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {}
