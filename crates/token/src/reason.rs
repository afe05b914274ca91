//! Stable reason codes.

use std::fmt;

/// Why a call was refused (or allowed): a code that never changes its meaning, listed in
/// `docs/reasons.md`.
#[derive(Clone, Copy, Debug, Eq)]
pub struct Reason {
    /// `snake_case`, unique over the whole project, for example `token_expired`.
    pub code: &'static str,
    /// The HTTP status a gateway answers with: 401 when another token could help, 403 when not.
    pub status: u16,
}

impl PartialEq for Reason {
    /// The code is what a reason is.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code)
    }
}

/// Declares a crate's reasons and their list `ALL` from one table, so that none is missing there.
/// What each means is in its documentation only: guests need not carry it.
#[macro_export]
macro_rules! reasons {
    ($($name:ident, $code:literal, $status:literal, $summary:literal;)+) => {
        $(
            #[doc = concat!("`", $code, "` (", stringify!($status), "): ", $summary)]
            pub const $name: $crate::Reason =
                $crate::Reason { code: $code, status: $status };
        )+

        /// Every reason of this crate, by code.
        pub const ALL: &[&$crate::Reason] = &[$(&$name),+];
    };
}

crate::reasons! {
    ALGORITHM_NOT_ACCEPTED, "algorithm_not_accepted", 401,
        "the token's algorithm is not one that the issuer, or the key it names, is pinned to";
    ALGORITHM_REFUSED, "algorithm_refused", 401,
        "the token's algorithm is `none`, an HMAC, or one that Vicar does not verify";
    AUDIENCE_AMBIGUOUS, "audience_ambiguous", 401,
        "the token names its audience as a list where the issuer always names exactly one";
    AUDIENCE_WRONG, "audience_wrong", 401,
        "the token was issued for another audience";
    CLAIM_MALFORMED, "claim_malformed", 401,
        "a standard claim has a value that it cannot have";
    CLAIM_MISSING, "claim_missing", 401,
        "a claim that every accepted token carries is absent";
    HEADER_REFUSED, "header_refused", 401,
        "the token's header brings its own key, a key address, or an extension";
    ISSUED_IN_FUTURE, "issued_in_future", 401,
        "the token says it was issued later than now";
    ISSUER_UNTRUSTED, "issuer_untrusted", 401,
        "the token's issuer is not one of the bundle's";
    KEY_AMBIGUOUS, "key_ambiguous", 401,
        "the token and the issuer's key set do not tell which one key signed it";
    KEY_ISSUER_MISMATCH, "key_issuer_mismatch", 401,
        "the key that the token names is published for another issuer or tenant";
    KEY_UNKNOWN, "key_unknown", 401,
        "the issuer's key set has no such signature key";
    KEYS_UNAVAILABLE, "keys_unavailable", 503,
        "no key set of the issuer is loaded, so nothing can be verified";
    LIFETIME_TOO_LONG, "lifetime_too_long", 401,
        "the token is valid for longer than the issuer is trusted for";
    SIGNATURE_INVALID, "signature_invalid", 401,
        "the signature is not the key's over this token";
    SIGNATURE_UNVERIFIABLE, "signature_unverifiable", 401,
        "the token is of a kind whose signature only its issuer can verify";
    TENANT_MISMATCH, "tenant_mismatch", 401,
        "the token's `tid` and the tenant in its `iss` differ";
    TENANT_UNTRUSTED, "tenant_untrusted", 401,
        "the token is from a tenant that is not on the bundle's list";
    TOKEN_EXPIRED, "token_expired", 401,
        "the token's time has run out";
    TOKEN_MALFORMED, "token_malformed", 401,
        "the text is not a compact JWS with JSON claims";
    TOKEN_MISSING, "token_missing", 401,
        "the call carries no token";
    TOKEN_NOT_YET_VALID, "token_not_yet_valid", 401,
        "the token's time has not come yet";
    TOKEN_TOO_LARGE, "token_too_large", 401,
        "the token is larger than any that is accepted";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_and_sorted() {
        // Underscores sort before letters, as in the table above.
        let key = |code: &str| code.replace('_', " ");
        for pair in ALL.windows(2) {
            assert!(key(pair[0].code) < key(pair[1].code), "{} {}", pair[0], pair[1]);
        }
    }

    #[test]
    fn a_status_is_one_a_gateway_answers_with() {
        for reason in ALL {
            assert!([401, 403, 503].contains(&reason.status), "{reason}");
        }
    }
}
