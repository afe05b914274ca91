//! Reason codes of the sidecar itself.

vicar_token::reasons! {
    AGENT_NOT_ALLOWED, "agent_not_allowed", 403,
        "the configuration does not let callers act as this agent (or as the application itself) towards this API";
    API_UNKNOWN, "api_unknown", 404,
        "no API of this name is configured";
    BUNDLE_MISSING, "bundle_missing", 404,
        "the sidecar was started without a bundle, so nothing can be decided";
    CALLER_SCOPE_MISSING, "caller_scope_missing", 403,
        "the caller's token has none of the scopes that the sidecar wants";
    CALLER_TOKEN_AMBIGUOUS, "caller_token_ambiguous", 400,
        "the request has more than one `Authorization` field";
    CALLER_TOKEN_MISSING, "caller_token_missing", 401,
        "the request has no bearer token";
    DOWNSTREAM_ADDRESS_REFUSED, "downstream_address_refused", 502,
        "the API's host is at an address that the sidecar does not call";
    DOWNSTREAM_PATH_REFUSED, "downstream_path_refused", 400,
        "the path leads out of the API's base address";
    DOWNSTREAM_UNAVAILABLE, "downstream_unavailable", 502,
        "the API cannot be reached, or broke off";
    DOWNSTREAM_UNCONFIGURED, "downstream_unconfigured", 500,
        "the API has no base address";
    METHOD_REFUSED, "method_refused", 405,
        "the address exists, but not for this method";
    NO_SUCH_ADDRESS, "no_such_address", 404,
        "the sidecar has no such address";
    OVERRIDE_REFUSED, "override_refused", 403,
        "the request sets what the configuration does not let callers set";
    PARAMETER_INVALID, "parameter_invalid", 400,
        "a parameter has a value that it cannot have, or contradicts another";
    PARAMETER_UNKNOWN, "parameter_unknown", 400,
        "the request has a parameter that would have no effect";
    PEER_REFUSED, "peer_refused", 403,
        "the caller is not on this machine, or is a web page";
    REQUEST_BODY_REFUSED, "request_body_refused", 400,
        "the body is malformed, has no content type, or cannot be sent with this method";
    REQUEST_TOO_LARGE, "request_too_large", 413,
        "the body is longer than the sidecar accepts";
    SCOPES_MISSING, "scopes_missing", 400,
        "neither the configuration nor the request names scopes";
    SERVER_FAILURE, "server_failure", 500,
        "the sidecar failed; its log says more";
    SIDECAR_NOT_READY, "sidecar_not_ready", 503,
        "the sidecar lacks something that it needs";
}
