//! Reason codes of this crate.
//!
//! 400: what was asked for cannot be sent. 401: another token or a sign-in of the user could
//! help. 403: it could not. 500: the configuration has to change. 502: the answer cannot be used.
//! 503 and 504: trying later may help.

vicar_token::reasons! {
    ASSERTION_APP_ONLY, "assertion_app_only", 401,
        "the token to exchange speaks of an application where a user is needed";
    ASSERTION_EXPIRED, "assertion_expired", 401,
        "the time of the token to exchange has run out or has not come";
    ASSERTION_NESTED, "assertion_nested", 403,
        "the token to exchange is itself an agent's, and the request does not allow that";
    ASSERTION_REFUSED, "assertion_refused", 401,
        "the token endpoint does not accept the token to exchange";
    ASSERTION_UNREADABLE, "assertion_unreadable", 401,
        "the token to exchange cannot be read, or is of the wrong kind or the wrong holder";
    ASSERTION_WRONG_AUDIENCE, "assertion_wrong_audience", 401,
        "the token to exchange is for another application than the blueprint";
    ASSERTION_WRONG_TENANT, "assertion_wrong_tenant", 401,
        "the token to exchange is of another tenant";
    CHALLENGE_MALFORMED, "challenge_malformed", 400,
        "the claims challenge is not base64 of a JSON object, or is too large";
    CONSENT_MISSING, "consent_missing", 403,
        "nobody has consented to what the agent asks for";
    CREDENTIAL_UNAVAILABLE, "credential_unavailable", 503,
        "the credential of the blueprint cannot be read, signed with, or used";
    DELEGATION_LOST, "delegation_lost", 502,
        "the token that came back does not show the agent, or the user behind it";
    DEVICE_CODE_ENDED, "device_code_ended", 403,
        "the person declined, or did not sign in before the device code ended";
    EXCHANGE_BLOCKED, "exchange_blocked", 403,
        "the token endpoint refuses, and asking again cannot help";
    EXCHANGE_DEADLINE, "exchange_deadline", 504,
        "the exchange did not end within its time";
    EXCHANGE_MISCONFIGURED, "exchange_misconfigured", 500,
        "the token endpoint refuses because of how client, credential or resource are set up";
    EXCHANGE_OUT_OF_ORDER, "exchange_out_of_order", 500,
        "the host handed the exchange something that it had not asked for";
    EXCHANGE_REQUEST_MALFORMED, "exchange_request_malformed", 400,
        "what was asked of the exchange holds a value that must not be sent";
    INTERACTION_IMPOSSIBLE, "interaction_impossible", 403,
        "a sign-in of a user is demanded, but the agent acts without one";
    INTERACTION_REQUIRED, "interaction_required", 401,
        "the user has to sign in again as the challenge says";
    OUTCOME_EXPIRED, "outcome_expired", 502,
        "the token that came back is expired";
    OUTCOME_OPAQUE, "outcome_opaque", 502,
        "the token that came back cannot be read, and the request does not allow that";
    OUTCOME_UNREADABLE, "outcome_unreadable", 502,
        "the token that came back is malformed or contradicts itself";
    SCOPE_REFUSED, "scope_refused", 400,
        "the scopes cannot be asked for in one request of this flow";
    SCOPE_WIDENED, "scope_widened", 502,
        "the token that came back grants more than was asked for";
    STS_ANSWER_MALFORMED, "sts_answer_malformed", 502,
        "the token endpoint's answer is not the JSON it has to be";
    STS_ANSWER_TOO_LARGE, "sts_answer_too_large", 502,
        "the token endpoint's answer is larger than any token";
    STS_REDIRECTED, "sts_redirected", 502,
        "the token endpoint wants to send the credential elsewhere";
    STS_UNAVAILABLE, "sts_unavailable", 503,
        "the token endpoint cannot be reached, or asks to be left alone for a while";
    USER_AMBIGUOUS, "user_ambiguous", 400,
        "the agent's user account is given twice or not at all";
    WRONG_ACTOR, "wrong_actor", 502,
        "the token that came back is another client's than the requested agent's";
    WRONG_AUDIENCE, "wrong_audience", 502,
        "the token that came back is for another resource";
    WRONG_SUBJECT, "wrong_subject", 502,
        "the token that came back speaks of someone else";
    WRONG_TENANT, "wrong_tenant", 502,
        "the token that came back is of another tenant";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_sorted_and_nobody_elses() {
        let key = |code: &str| code.replace('_', " ");
        for pair in ALL.windows(2) {
            assert!(key(pair[0].code) < key(pair[1].code), "{} {}", pair[0], pair[1]);
        }
        for reason in ALL {
            let taken = vicar_token::reason::ALL.iter().chain(vicar_identity::reason::ALL);
            assert!(!taken.into_iter().any(|other| other.code == reason.code), "{reason}");
            assert!([400, 401, 403, 500, 502, 503, 504].contains(&reason.status), "{reason}");
        }
    }
}
