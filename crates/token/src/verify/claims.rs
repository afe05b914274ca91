//! The standard claims: audience and times (RFC 7519 section 4.1).

use crate::UnixSeconds;
use crate::error::TokenError;
use crate::issuer::TrustedIssuer;
use crate::json::{Object, WrongType};

/// The standard claims, read; [`check`](Self::check) also judges them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StandardClaims {
    pub(crate) audiences: Vec<String>,
    pub(crate) issued_at: Option<UnixSeconds>,
    pub(crate) not_before: Option<UnixSeconds>,
    pub(crate) expires_at: UnixSeconds,
}

impl StandardClaims {
    /// Reads and judges the claims for one issuer's terms.
    pub(crate) fn check(
        claims: &Object,
        issuer: &TrustedIssuer,
        now: UnixSeconds,
    ) -> Result<Self, TokenError> {
        let audiences = audiences(claims, issuer)?;
        let standard = Self::read(claims, audiences)?;
        standard.times(issuer, now)?;
        Ok(standard)
    }

    /// Reads the times.
    pub(crate) fn read(claims: &Object, audiences: Vec<String>) -> Result<Self, TokenError> {
        let expires_at = time(claims, "exp")?
            .ok_or(TokenError::ClaimMissing { claim: "exp", why: "so it would never expire" })?;
        let issued_at = time(claims, "iat")?;
        let not_before = time(claims, "nbf")?;
        for (claim, start) in [("iat", issued_at), ("nbf", not_before)] {
            if start.is_some_and(|start| expires_at <= start) {
                return Err(TokenError::ClaimMalformed {
                    claim: "exp",
                    found: format!("{expires_at}, not later than `{claim}`"),
                    wanted: "a later time",
                });
            }
        }
        Ok(Self { audiences, issued_at, not_before, expires_at })
    }

    fn times(&self, issuer: &TrustedIssuer, now: UnixSeconds) -> Result<(), TokenError> {
        let tolerance = u64::from(issuer.clock_skew_seconds.min(MAX_CLOCK_SKEW_SECONDS));
        let latest = now.saturating_add(tolerance);
        if now >= self.expires_at.saturating_add(tolerance) {
            let expires_at = self.expires_at;
            return Err(TokenError::Expired { expires_at, now, tolerance });
        }
        if let Some(not_before) = self.not_before.filter(|start| *start > latest) {
            return Err(TokenError::NotYetValid { not_before, now, tolerance });
        }
        if let Some(issued_at) = self.issued_at.filter(|start| *start > latest) {
            return Err(TokenError::IssuedInFuture { issued_at, now, tolerance });
        }
        if issuer.require_issued_at && self.issued_at.is_none() {
            let why = "which every token of this issuer has";
            return Err(TokenError::ClaimMissing { claim: "iat", why });
        }
        self.lifetime(issuer, now)
    }

    /// Without `iat` and `nbf` only the time that is left can be judged.
    fn lifetime(&self, issuer: &TrustedIssuer, now: UnixSeconds) -> Result<(), TokenError> {
        let (start, from) = match (self.issued_at, self.not_before) {
            (Some(issued_at), _) => (issued_at, "`iat`"),
            (None, Some(not_before)) => (not_before, "`nbf`"),
            (None, None) => (now, "now"),
        };
        let lifetime = self.expires_at.saturating_sub(start);
        let limit = u64::from(issuer.max_lifetime_seconds);
        if lifetime > limit {
            return Err(TokenError::LifetimeTooLong { lifetime, limit, from });
        }
        Ok(())
    }
}

fn audiences(claims: &Object, issuer: &TrustedIssuer) -> Result<Vec<String>, TokenError> {
    let found: Vec<String> = claims
        .string_or_list("aud")
        .map_err(|wrong| TokenError::wrong_type("aud", &wrong))?
        .ok_or(TokenError::ClaimMissing { claim: "aud", why: "so it would be good anywhere" })?
        .into_iter()
        .map(str::to_owned)
        .collect();
    if found.is_empty() {
        let (found, wanted) = ("an empty list".to_owned(), "an audience");
        return Err(TokenError::ClaimMalformed { claim: "aud", found, wanted });
    }
    let is_list = claims.get("aud").is_some_and(|value| value.as_array().is_some());
    if is_list && issuer.single_audience {
        return Err(TokenError::AudienceAmbiguous { found, issuer: issuer.name.clone() });
    }
    if !issuer.accepts_one_of(&found) {
        return Err(TokenError::AudienceWrong { found, accepted: issuer.audiences.clone() });
    }
    Ok(found)
}

/// A time claim: an integer of seconds. RFC 7519 also allows a fraction, which no issuer sends
/// and two readers could round differently.
fn time(claims: &Object, claim: &'static str) -> Result<Option<UnixSeconds>, TokenError> {
    let value = claims.integer(claim).map_err(|wrong| TokenError::wrong_type(claim, &wrong))?;
    let Some(value) = value else { return Ok(None) };
    match u64::try_from(value) {
        Ok(seconds) if seconds <= LATEST_TIME => Ok(Some(seconds)),
        Ok(_) => Err(TokenError::ClaimMalformed {
            claim,
            found: format!("{value}, beyond the year 9999 (milliseconds, perhaps)"),
            wanted: "a time in seconds",
        }),
        Err(_) => Err(TokenError::ClaimMalformed {
            claim,
            found: value.to_string(),
            wanted: "a time in seconds since 1970",
        }),
    }
}

impl TokenError {
    /// A claim that is there but of the wrong type.
    pub(crate) fn wrong_type(claim: &'static str, wrong: &WrongType) -> Self {
        Self::ClaimMalformed { claim, found: wrong.found.to_owned(), wanted: wrong.wanted }
    }
}

/// 9999-12-31T23:59:59Z.
const LATEST_TIME: UnixSeconds = 253_402_300_799;

/// Whatever a bundle says: a wider tolerance would hide a broken clock.
const MAX_CLOCK_SKEW_SECONDS: u32 = 300;
