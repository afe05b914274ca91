//! Reason codes of this crate. Codes of `vicar_token::reason` are used where they fit.
//!
//! 401: a token obtained in another way could pass. 403: who asks is known and may not, or the
//! issuer would send the same token again until someone changes a configuration.

pub use vicar_token::reason::{CLAIM_MALFORMED, TENANT_MISMATCH};

vicar_token::reasons! {
    ACT_MALFORMED, "act_malformed", 401,
        "an actor in the `act` chain is not an object with a `sub`";
    ACT_TOO_DEEP, "act_too_deep", 401,
        "the `act` chain is longer than the bundle accepts";
    ACTOR_MISSING, "actor_missing", 401,
        "the token does not say which client or agent acts";
    ACTOR_NOT_PERMITTED, "actor_not_permitted", 401,
        "the token's `may_act` names another actor than the one in `act`";
    AGENT_DISABLED, "agent_disabled", 403,
        "the bundle's directory has disabled the agent";
    BLUEPRINT_CONFLICT, "blueprint_conflict", 403,
        "the token names another blueprint than the directory has for the agent";
    CROSS_TENANT, "cross_tenant", 403,
        "the agent or blueprint is registered for another tenant than the token's";
    EXCHANGE_TOKEN, "exchange_token", 401,
        "the token is only good for obtaining other tokens (T1, X2 or a federated credential)";
    FACETS_MALFORMED, "facets_malformed", 401,
        "a facet claim is not a list of plain numbers between single spaces";
    FACETS_MISSING, "facets_missing", 403,
        "the token lacks the facet claims that tell agents and people apart";
    ID_JAG, "id_jag", 401,
        "the token is an identity assertion grant, to be redeemed at an authorisation server";
    ID_TOKEN, "id_token", 401,
        "the token is an ID token, made for the client that signed the user in";
    IDTYP_MISSING, "idtyp_missing", 403,
        "the token does not say whether its subject is a user or an application";
    INCONSISTENT, "inconsistent", 401,
        "two claims of the token, or a claim and the directory, contradict each other";
    MAPPING_FAILED, "mapping_failed", 403,
        "a claim path of the issuer's mapping cannot be read";
    OTHER_TOKEN, "other_token", 401,
        "the token has another purpose than access to an API";
    PARTNER_REFUSED, "partner_refused", 403,
        "the user is a partner administrator or passthrough user, which the bundle refuses";
    PERMISSIONS_MISSING, "permissions_missing", 403,
        "the token grants nothing: no scope for a user, no role for an application";
    PROOF_TOKEN, "proof_token", 401,
        "the token is a proof that goes with another token";
    SERVICE_ACTOR, "service_actor", 401,
        "the token is a legacy token between Microsoft's own services";
    SUBJECT_MISSING, "subject_missing", 401,
        "the token does not say whom it speaks of";
    TRANSACTION_TOKEN, "transaction_token", 401,
        "the token is a transaction token, made for one transaction inside a trust domain";
    USER_ASSERTION, "user_assertion", 401,
        "the token is the user's for a blueprint, to be exchanged and not passed on";
    VERSION_MISMATCH, "version_mismatch", 401,
        "the token mixes the forms of token versions 1.0 and 2.0";
    WORKLOAD_IDENTITY_TOKEN, "workload_identity_token", 401,
        "the token is a workload identity token, which counts only with its proof";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn codes_are_unique_sorted_and_not_the_token_crates() {
        let key = |code: &str| code.replace('_', " ");
        for pair in ALL.windows(2) {
            assert!(key(pair[0].code) < key(pair[1].code), "{} {}", pair[0], pair[1]);
        }
        for reason in ALL {
            assert!(!vicar_token::reason::ALL.iter().any(|other| other.code == reason.code));
            assert!([401, 403].contains(&reason.status), "{reason}");
        }
    }
}
