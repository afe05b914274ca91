//! What each claim means, where that is written, and where Vicar reads it.
//!
//! `vicar inspect` shows these words; `docs/claims.md` is the same table for readers.

/// A claim in plain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The claim's name.
    pub claim: &'static str,
    /// What it means, in one line.
    pub meaning: &'static str,
    /// The specification or documentation that says so, or where it was seen.
    pub source: &'static str,
    /// How well the meaning is known.
    pub status: Status,
    /// The module that interprets it; empty when Vicar never decides on it.
    pub read_in: &'static str,
}

/// How well a claim's meaning is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Its issuer or a specification says what it means.
    Documented,
    /// Seen in captured tokens; the meaning is a reading of those.
    Observed,
    /// Seen, but opaque: nobody outside knows.
    Unknown,
}

impl Status {
    /// The name shown to people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Unknown => "unknown",
        }
    }
}

/// The entry of a claim.
pub fn entry(claim: &str) -> Option<&'static Entry> {
    GLOSSARY.iter().find(|entry| entry.claim == claim)
}

const ACCESS: &str = "Entra access token claims";
const AGENTS: &str = "Entra token claims for agents";
const CAPTURED: &str = "captured tokens";
const KUBERNETES: &str = "Kubernetes service accounts";
const OPTIONAL: &str = "Entra optional claims";
const VALIDATION: &str = "Entra claims validation";

/// One row is two lines: claim, status, source, where it is read; then the meaning.
macro_rules! glossary {
    ($($claim:literal, $status:ident, $source:expr, $read_in:literal, $meaning:literal;)+) => {
        /// All claims, sorted by name.
        pub const GLOSSARY: &[Entry] = &[$(Entry {
            claim: $claim,
            meaning: $meaning,
            source: $source,
            status: Status::$status,
            read_in: $read_in,
        }),+];
    };
}

glossary! {
    "_claim_names", Documented, ACCESS, "entra::groups",
        "names the claims that stand elsewhere; with `groups` in it, membership is unknown";
    "_claim_sources", Documented, ACCESS, "",
        "where the claims of `_claim_names` can be fetched; never followed";
    "acct", Documented, OPTIONAL, "entra::relationship",
        "the user's account in the tenant: 0 member, 1 guest";
    "acr", Documented, "OpenID Connect Core section 2", "claims",
        "class of the sign-in; Entra 1.0: `0` did not meet ISO/IEC 29115";
    "acrs", Documented, "Entra claims challenge", "claims",
        "authentication contexts that the sign-in met, for example `c1`";
    "act", Documented, "RFC 8693 section 4.1", "act",
        "who acts for the subject; a nested `act` is an earlier actor and decides nothing";
    "actortoken", Observed, "public security research", "recognise",
        "a token inside a token, between Microsoft's own services";
    "aio", Unknown, CAPTURED, "",
        "opaque, for Entra's own use";
    "amr", Documented, "RFC 8176", "claims",
        "how the user signed in: `pwd`, `mfa`, `rsa` …";
    "app_displayname", Observed, CAPTURED, "entra::classify",
        "the client's display name; mutable, never authorise on it";
    "appid", Documented, ACCESS, "entra::client",
        "version 1.0: app id of the client, that is the actor";
    "appidacr", Documented, ACCESS, "entra::client",
        "version 1.0: how the client authenticated: 0 not, 1 secret, 2 assertion";
    "at_hash", Documented, "OpenID Connect Core section 3.1.3.6", "recognise",
        "hash of an access token; marks an ID token";
    "aud", Documented, "RFC 7519 section 4.1.3", "vicar-token, exchange_audience, recognise",
        "for whom the token was issued";
    "auth_time", Documented, "OpenID Connect Core section 2", "claims",
        "when the user signed in, seconds";
    "azp", Documented, ACCESS, "entra::client",
        "version 2.0 and OpenID Connect: the client, that is the actor";
    "azpacr", Documented, ACCESS, "entra::client",
        "version 2.0: how the client authenticated: 0 not, 1 secret, 2 assertion";
    "c_hash", Documented, "OpenID Connect Core section 3.3.2.11", "recognise",
        "hash of an authorisation code; marks an ID token";
    "cid", Documented, "Okta API reference", "oidc",
        "Okta: the client";
    "client_id", Documented, "RFC 9068 section 2.2", "rfc8693",
        "the client that the token was issued to";
    "cnf", Documented, "RFC 7800", "claims",
        "the key that the token is bound to; without its proof it is no bearer token";
    "email", Documented, VALIDATION, "",
        "mail address; mutable, never authorise on it";
    "entitlements", Documented, "RFC 9068 section 2.2.3.1", "rfc8693",
        "what the subject may use";
    "events", Documented, "RFC 8417", "recognise",
        "the events of a security event or logout token";
    "exp", Documented, "RFC 7519 section 4.1.4", "vicar-token",
        "when the token ends, seconds";
    "groups", Documented, ACCESS, "entra::groups",
        "ids of the subject's groups";
    "gty", Documented, "Auth0 documentation", "oidc",
        "Auth0: the grant, `client-credentials` for machines";
    "hasgroups", Documented, ACCESS, "entra::groups",
        "the user has more groups than fit; membership is unknown";
    "htm", Documented, "RFC 9449 section 4.2", "recognise",
        "the HTTP method that a DPoP proof is for";
    "htu", Documented, "RFC 9449 section 4.2", "recognise",
        "the address that a DPoP proof is for";
    "iat", Documented, "RFC 7519 section 4.1.6", "vicar-token",
        "when the token was issued, seconds";
    "idp", Documented, ACCESS, "entra::relationship",
        "the identity provider that signed the user in, where it is not the issuer";
    "idtyp", Documented, OPTIONAL, "entra::subject_type",
        "what the subject is: `app` or `user`; an optional claim";
    "ipaddr", Observed, CAPTURED, "",
        "address the user signed in from";
    "iss", Documented, "RFC 7519 section 4.1.1", "vicar-token, entra::client",
        "who issued the token";
    "jti", Documented, "RFC 7519 section 4.1.7", "claims",
        "id of the token";
    "kubernetes.io", Documented, KUBERNETES, "kubernetes",
        "namespace, service account, pod and node of a bound token";
    "kubernetes.io/serviceaccount/namespace", Documented, KUBERNETES, "kubernetes",
        "namespace, in a legacy token";
    "kubernetes.io/serviceaccount/secret.name", Documented, KUBERNETES, "",
        "the secret that holds a legacy token";
    "kubernetes.io/serviceaccount/service-account.name", Documented, KUBERNETES, "kubernetes",
        "service account, in a legacy token";
    "kubernetes.io/serviceaccount/service-account.uid", Documented, KUBERNETES, "kubernetes",
        "the service account's uid, in a legacy token";
    "may_act", Documented, "RFC 8693 section 4.4", "act",
        "who may become the actor";
    "name", Documented, VALIDATION, "entra::classify",
        "display name; mutable, never authorise on it";
    "nbf", Documented, "RFC 7519 section 4.1.5", "vicar-token",
        "before when the token is not valid, seconds";
    "nonce", Documented, "OpenID Connect Core section 2", "recognise",
        "ties an ID token to its sign-in";
    "oid", Documented, ACCESS, "entra",
        "object id of the subject; unique only together with `tid`";
    "org_id", Documented, "Auth0 documentation", "oidc",
        "Auth0: the organisation";
    "permissions", Documented, "Auth0 documentation", "oidc",
        "Auth0: permissions of the API";
    "platf", Observed, CAPTURED, "",
        "the device's platform";
    "preferred_username", Documented, VALIDATION, "entra::classify",
        "login shown to people; mutable, never authorise on it";
    "puid", Observed, CAPTURED, "",
        "the user's id in older services";
    "realm_access", Documented, "Keycloak documentation", "oidc",
        "Keycloak: the realm's roles, in `roles`";
    "req_wl", Documented, "OAuth transaction tokens (draft)", "recognise",
        "the workload that asked for a transaction token";
    "resource_access", Documented, "Keycloak documentation", "oidc",
        "Keycloak: roles by client, in `roles`";
    "rh", Unknown, CAPTURED, "",
        "opaque, for Entra's own use";
    "roles", Documented, ACCESS, "entra::permissions",
        "app roles of the subject: an application's permissions, or a user's own roles";
    "s_hash", Documented, "Financial-grade API part 2", "recognise",
        "hash of a state; marks an ID token";
    "scope", Documented, "RFC 8693 section 4.2", "rfc8693",
        "delegated permissions, between spaces";
    "scp", Documented, ACCESS, "entra::permissions",
        "delegated permissions, between spaces (Okta: an array); users' tokens only";
    "sid", Documented, ACCESS, "",
        "the session";
    "sub", Documented, "RFC 7519 section 4.1.2", "entra, rfc8693, kubernetes, spiffe, oidc",
        "the subject; Entra: of a user another one for each client, of an application `oid`";
    "tenant_region_scope", Unknown, CAPTURED, "",
        "the tenant's region";
    "tid", Documented, ACCESS, "entra",
        "the tenant that issued the token; for guests the one they visit";
    "trustedfordelegation", Observed, "public security research", "recognise",
        "marks legacy tokens between Microsoft's own services";
    "txn", Documented, "OAuth transaction tokens (draft)", "recognise",
        "id of a transaction";
    "typ", Documented, "Keycloak documentation", "recognise",
        "Keycloak: what the token is, `Bearer`, `ID`, `Refresh` …";
    "uid", Documented, "Okta API reference", "oidc",
        "Okta: immutable id of the user";
    "unique_name", Documented, VALIDATION, "entra::classify",
        "version 1.0: name shown to people; never authorise on it";
    "upn", Documented, VALIDATION, "entra::classify",
        "user principal name; mutable, never authorise on it";
    "uti", Documented, ACCESS, "claims",
        "id of the token, for audit";
    "ver", Documented, ACCESS, "entra::client",
        "version of the token, chosen by the API's registration: `1.0` or `2.0`";
    "wids", Documented, ACCESS, "",
        "template ids of the user's directory roles";
    "wth", Documented, "WIMSE workload proof token (draft)", "recognise",
        "hash of a workload identity token, in its proof";
    "xms_acd", Observed, CAPTURED, "",
        "when the application was made";
    "xms_act_fct", Documented, AGENTS, "facets, entra::marks",
        "facets of the actor: 11 an agent identity; even and unknown numbers are noise";
    "xms_cc", Documented, "Entra claims challenge", "entra",
        "what the client can do; `cp1`: answer a claims challenge";
    "xms_ficinfo", Observed, CAPTURED, "",
        "marks tokens made with a federated credential (T1, X2); content opaque";
    "xms_ftd", Unknown, CAPTURED, "",
        "opaque, for Entra's own use";
    "xms_idrel", Documented, AGENTS, "idrel, entra::marks",
        "relations of the subject to the tenant: 1 member, 5 guest, 7 service principal …";
    "xms_mirid", Observed, CAPTURED, "",
        "Azure resource id of a managed identity";
    "xms_par_app_azp", Documented, AGENTS, "entra::marks",
        "app id of the blueprint that made the actor; for audit, never the only ground for access";
    "xms_rd", Unknown, CAPTURED, "",
        "opaque, for Entra's own use";
    "xms_spcu", Observed, "public security research", "",
        "seen where a first-party service principal used a credential added to it";
    "xms_st", Observed, CAPTURED, "",
        "the subject's `sub` for another application, opaque";
    "xms_sub_fct", Documented, AGENTS, "facets, entra::marks",
        "facets of the subject: 11 an agent identity, 13 an agent's user account";
    "xms_tcdt", Observed, CAPTURED, "",
        "when the tenant was made";
    "xms_tnt_fct", Documented, AGENTS, "entra::marks",
        "facets of the tenant; no value is documented";
}

#[cfg(test)]
mod tests;
