//! The gate's own reason codes; those of tokens and identities stand in their crates.

vicar_token::reasons! {
    ARGUMENT_MISSING, "argument_missing", 403,
        "the tool call lacks an argument that the bundle requires";
    ARGUMENTS_MALFORMED, "arguments_malformed", 403,
        "the tool call's arguments are not what the bundle declares";
    AUTHENTICATION_CONTEXT_REQUIRED, "authentication_context_required", 403,
        "the user must sign in again with the authentication context that the policy names";
    DECLARED_CLAIM_MALFORMED, "declared_claim_malformed", 401,
        "a claim that the bundle declares has another type in the token";
    DOWNSTREAM_UNKNOWN, "downstream_unknown", 404,
        "the downstream API is not in the bundle";
    EXCHANGE_NOT_CONFIGURED, "exchange_not_configured", 503,
        "the bundle has no exchange section, or one that takes no tokens of users";
    FORBIDDEN, "forbidden", 403,
        "a forbid policy applies";
    GROUPS_UNKNOWN, "groups_unknown", 403,
        "a policy reads groups, but the token lists too many to name them";
    HEADER_MISSING, "header_missing", 401,
        "the token's claims were handed over without its header, which alone tells its kind";
    ISSUER_NOT_IN_BUNDLE, "issuer_not_in_bundle", 503,
        "keys were offered for an issuer that is not in the bundle";
    KEY_SET_MALFORMED, "key_set_malformed", 503,
        "the key document is not a JWK set";
    MESSAGE_MISSING, "message_missing", 403,
        "the request does not say which operation it asks for";
    METHOD_UNKNOWN, "method_unknown", 403,
        "the MCP method or HTTP method is not one the bundle knows";
    MODEL_UNKNOWN, "model_unknown", 403,
        "the model is not in the bundle";
    NO_PERMIT, "no_permit", 403,
        "no permit policy applies";
    PATH_REFUSED, "path_refused", 403,
        "the path can be read in more than one way";
    PERMITTED, "permitted", 200,
        "a permit policy applies and no forbid policy does";
    POLICY_ERROR, "policy_error", 403,
        "a policy that applies could not be evaluated, so the call is denied";
    PROOF_REQUIRED, "proof_required", 401,
        "the token is bound to a key and came without a proof of possession";
    ROUTE_UNKNOWN, "route_unknown", 403,
        "the host and path are not in the bundle";
    SCOPE_INSUFFICIENT, "scope_insufficient", 403,
        "the token lacks a scope that the operation needs";
    TOOL_UNKNOWN, "tool_unknown", 403,
        "the tool is not in the bundle";
}
