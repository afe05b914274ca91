//! The gate's own reason codes; those of tokens and identities stand in their crates.

use vicar_token::Reason;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = ($code:literal, $status:literal, $summary:literal);)*) => {
        $($(#[$doc])* pub const $name: Reason = Reason { code: $code, status: $status, summary: $summary };)*

        /// Every reason of this crate, sorted by code.
        pub const ALL: &[&Reason] = &[$(&$name),*];
    };
}

reasons! {
    /// An argument that the tool requires is not in the call.
    ARGUMENT_MISSING = ("argument_missing", 403, "the tool call lacks an argument that the bundle requires");
    /// Arguments that are not JSON, or not of the declared types.
    ARGUMENTS_MALFORMED = ("arguments_malformed", 403, "the tool call's arguments are not what the bundle declares");
    /// A policy wants a stronger sign-in than the token shows.
    AUTHENTICATION_CONTEXT_REQUIRED = ("authentication_context_required", 403, "the user must sign in again with the authentication context that the policy names");
    /// A claim that the bundle declares for policies has another type.
    DECLARED_CLAIM_MALFORMED = ("declared_claim_malformed", 401, "a claim that the bundle declares has another type in the token");
    /// A `forbid` policy applies.
    FORBIDDEN = ("forbidden", 403, "a forbid policy applies");
    /// Group membership decides, but the token does not list the groups.
    GROUPS_UNKNOWN = ("groups_unknown", 403, "a policy reads groups, but the token lists too many to name them");
    /// Keys were offered for an issuer that the bundle does not trust.
    ISSUER_NOT_IN_BUNDLE = ("issuer_not_in_bundle", 503, "keys were offered for an issuer that is not in the bundle");
    /// A document that is not a JWK set.
    KEY_SET_MALFORMED = ("key_set_malformed", 503, "the key document is not a JWK set");
    /// An MCP or LLM route was called without the message that says what is asked.
    MESSAGE_MISSING = ("message_missing", 403, "the request does not say which operation it asks for");
    /// An MCP method that the specification does not have.
    METHOD_UNKNOWN = ("method_unknown", 403, "the MCP method or HTTP method is not one the bundle knows");
    /// A model that is not in the bundle.
    MODEL_UNKNOWN = ("model_unknown", 403, "the model is not in the bundle");
    /// No `permit` policy applies.
    NO_PERMIT = ("no_permit", 403, "no permit policy applies");
    /// A path that servers may read in more than one way.
    PATH_REFUSED = ("path_refused", 403, "the path can be read in more than one way");
    /// The call is allowed.
    PERMITTED = ("permitted", 200, "a permit policy applies and no forbid policy does");
    /// A policy could not be evaluated.
    POLICY_ERROR = ("policy_error", 403, "a policy that applies could not be evaluated, so the call is denied");
    /// A key-bound token without its proof.
    PROOF_REQUIRED = ("proof_required", 401, "the token is bound to a key and came without a proof of possession");
    /// A host and path that are not in the bundle.
    ROUTE_UNKNOWN = ("route_unknown", 403, "the host and path are not in the bundle");
    /// The only thing missing is a scope.
    SCOPE_INSUFFICIENT = ("scope_insufficient", 403, "the token lacks a scope that the operation needs");
    /// A tool that is not in the bundle.
    TOOL_UNKNOWN = ("tool_unknown", 403, "the tool is not in the bundle");
}
