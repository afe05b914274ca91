//! Reason codes of requests that a gateway refuses before the gate is asked, or passes without
//! asking it. A status of 400 says that the request itself is at fault (RFC 6750 section 3.1,
//! `invalid_request`).

vicar_token::reasons! {
    AUTHORIZATION_MALFORMED, "authorization_malformed", 400,
        "the `Authorization` field is not the word `Bearer` and one token";
    AUTHORIZATION_SCHEME, "authorization_scheme", 401,
        "the `Authorization` field uses another scheme than `Bearer`";
    BODY_TOO_LARGE, "body_too_large", 413,
        "the body that has to be judged is longer than the gateway accepts";
    CONTENT_ENCODED, "content_encoded", 415,
        "the body that has to be judged is compressed or otherwise encoded";
    CONTENT_TYPE_REFUSED, "content_type_refused", 415,
        "the body that has to be judged is not JSON in UTF-8";
    HEAD_MALFORMED, "head_malformed", 400,
        "the request lacks its method, authority or path, or has one twice or not as text";
    MODEL_AMBIGUOUS, "model_ambiguous", 400,
        "the request names its model in more than one way";
    PREFLIGHT, "preflight", 200,
        "a CORS preflight request passes without a decision, as the gateway is told";
    SECTION_MISMATCH, "section_mismatch", 403,
        "the proxy's route is for another part of the bundle than the one that serves the request";
    SKIPPED, "skipped", 200,
        "the proxy's route passes every request without a decision";
    TOKEN_AMBIGUOUS, "token_ambiguous", 400,
        "the request carries more than one token";
    TOKEN_IN_QUERY, "token_in_query", 400,
        "the request carries a token in its query, where logs would keep it";
    UPGRADE_REFUSED, "upgrade_refused", 403,
        "the request asks for another protocol, in which nothing could be judged";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
    }
}
