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

const fn documented(
    claim: &'static str,
    meaning: &'static str,
    source: &'static str,
    read_in: &'static str,
) -> Entry {
    Entry { claim, meaning, source, status: Status::Documented, read_in }
}

const fn observed(
    claim: &'static str,
    meaning: &'static str,
    source: &'static str,
    read_in: &'static str,
) -> Entry {
    Entry { claim, meaning, source, status: Status::Observed, read_in }
}

const fn unknown(claim: &'static str, meaning: &'static str) -> Entry {
    Entry { claim, meaning, source: CAPTURED, status: Status::Unknown, read_in: "" }
}

const ACCESS: &str = "Entra access token claims";
const AGENTS: &str = "Entra token claims for agents";
const CAPTURED: &str = "captured tokens";
const OPTIONAL: &str = "Entra optional claims";
const VALIDATION: &str = "Entra claims validation";

/// All claims, sorted by name.
pub const GLOSSARY: &[Entry] = &[
    documented("_claim_names", "names the claims that stand elsewhere; `groups` in it: too many to list, so membership is unknown", ACCESS, "entra::groups"),
    documented("_claim_sources", "where the claims of `_claim_names` can be fetched; never followed", ACCESS, ""),
    documented("acct", "the user's account in the tenant: 0 member, 1 guest", OPTIONAL, "entra::relationship"),
    documented("acr", "class of the sign-in; Entra 1.0: `0` did not meet ISO/IEC 29115", "OpenID Connect Core section 2", "claims"),
    documented("acrs", "authentication contexts that the sign-in met, for example `c1`", "Entra claims challenge", "claims"),
    documented("act", "who acts for the subject; a nested `act` is an earlier actor and decides nothing", "RFC 8693 section 4.1", "act"),
    observed("actortoken", "a token inside a token, between Microsoft's own services", "public security research", "recognise"),
    unknown("aio", "opaque, for Entra's own use"),
    documented("amr", "how the user signed in: `pwd`, `mfa`, `rsa` …", "RFC 8176", "claims"),
    observed("app_displayname", "the client's display name; mutable, never authorise on it", CAPTURED, "entra::classify"),
    documented("appid", "version 1.0: app id of the client, that is the actor", ACCESS, "entra::client"),
    documented("appidacr", "version 1.0: how the client authenticated: 0 not at all, 1 secret, 2 certificate or assertion", ACCESS, "entra::client"),
    documented("at_hash", "hash of an access token; marks an ID token", "OpenID Connect Core section 3.1.3.6", "recognise"),
    documented("aud", "for whom the token was issued", "RFC 7519 section 4.1.3", "vicar-token, exchange_audience, recognise"),
    documented("auth_time", "when the user signed in, seconds", "OpenID Connect Core section 2", "claims"),
    documented("azp", "version 2.0 and OpenID Connect: the client, that is the actor", ACCESS, "entra::client"),
    documented("azpacr", "version 2.0: how the client authenticated: 0 not at all, 1 secret, 2 certificate or assertion", ACCESS, "entra::client"),
    documented("c_hash", "hash of an authorisation code; marks an ID token", "OpenID Connect Core section 3.3.2.11", "recognise"),
    documented("cid", "Okta: the client", "Okta API reference", "oidc"),
    documented("client_id", "the client that the token was issued to", "RFC 9068 section 2.2", "rfc8693"),
    documented("cnf", "the key that the token is bound to; without its proof it is no bearer token", "RFC 7800", "claims"),
    documented("email", "mail address; mutable, never authorise on it", VALIDATION, ""),
    documented("entitlements", "what the subject may use", "RFC 9068 section 2.2.3.1", "rfc8693"),
    documented("events", "the events of a security event or logout token", "RFC 8417", "recognise"),
    documented("exp", "when the token ends, seconds", "RFC 7519 section 4.1.4", "vicar-token"),
    documented("groups", "ids of the subject's groups", ACCESS, "entra::groups"),
    documented("gty", "Auth0: the grant, `client-credentials` for machines", "Auth0 documentation", "oidc"),
    documented("hasgroups", "the user has more groups than fit; membership is unknown", ACCESS, "entra::groups"),
    documented("htm", "the HTTP method that a DPoP proof is for", "RFC 9449 section 4.2", "recognise"),
    documented("htu", "the address that a DPoP proof is for", "RFC 9449 section 4.2", "recognise"),
    documented("iat", "when the token was issued, seconds", "RFC 7519 section 4.1.6", "vicar-token"),
    documented("idp", "the identity provider that signed the user in, where it is not the issuer", ACCESS, "entra::relationship"),
    documented("idtyp", "what the subject is: `app` or `user`; an optional claim", OPTIONAL, "entra::subject_type"),
    observed("ipaddr", "address the user signed in from", CAPTURED, ""),
    documented("iss", "who issued the token", "RFC 7519 section 4.1.1", "vicar-token, entra::client"),
    documented("jti", "id of the token", "RFC 7519 section 4.1.7", "claims"),
    documented("kubernetes.io", "namespace, service account, pod and node of a bound token", "Kubernetes service accounts", "kubernetes"),
    documented("kubernetes.io/serviceaccount/namespace", "namespace, in a legacy token", "Kubernetes service accounts", "kubernetes"),
    documented("kubernetes.io/serviceaccount/secret.name", "the secret that holds a legacy token", "Kubernetes service accounts", ""),
    documented("kubernetes.io/serviceaccount/service-account.name", "service account, in a legacy token", "Kubernetes service accounts", "kubernetes"),
    documented("kubernetes.io/serviceaccount/service-account.uid", "the service account's uid, in a legacy token", "Kubernetes service accounts", "kubernetes"),
    documented("may_act", "who may become the actor", "RFC 8693 section 4.4", "act"),
    documented("name", "display name; mutable, never authorise on it", VALIDATION, "entra::classify"),
    documented("nbf", "before when the token is not valid, seconds", "RFC 7519 section 4.1.5", "vicar-token"),
    documented("nonce", "ties an ID token to its sign-in", "OpenID Connect Core section 2", "recognise"),
    documented("oid", "object id of the subject; unique only together with `tid`", ACCESS, "entra"),
    documented("org_id", "Auth0: the organisation", "Auth0 documentation", "oidc"),
    documented("permissions", "Auth0: permissions of the API", "Auth0 documentation", "oidc"),
    observed("platf", "the device's platform", CAPTURED, ""),
    documented("preferred_username", "login shown to people; mutable, never authorise on it", VALIDATION, "entra::classify"),
    observed("puid", "the user's id in older services", CAPTURED, ""),
    documented("realm_access", "Keycloak: the realm's roles, in `roles`", "Keycloak documentation", "oidc"),
    documented("req_wl", "the workload that asked for a transaction token", "OAuth transaction tokens (draft)", "recognise"),
    documented("resource_access", "Keycloak: roles by client, in `roles`", "Keycloak documentation", "oidc"),
    unknown("rh", "opaque, for Entra's own use"),
    documented("roles", "app roles of the subject: an application's permissions, or a user's own roles", ACCESS, "entra::permissions"),
    documented("s_hash", "hash of a state; marks an ID token", "Financial-grade API part 2", "recognise"),
    documented("scope", "delegated permissions, between spaces", "RFC 8693 section 4.2", "rfc8693"),
    documented("scp", "delegated permissions, between spaces (Okta: an array); users' tokens only", ACCESS, "entra::permissions"),
    documented("sid", "the session", ACCESS, ""),
    documented("sub", "the subject; Entra: for users a different one for each client, for applications the object id", "RFC 7519 section 4.1.2", "entra::consistency, eid1"),
    unknown("tenant_region_scope", "the tenant's region"),
    documented("tid", "the tenant that issued the token; for guests the one they visit", ACCESS, "entra"),
    observed("trustedfordelegation", "marks legacy tokens between Microsoft's own services", "public security research", "recognise"),
    documented("txn", "id of a transaction", "OAuth transaction tokens (draft)", "recognise"),
    documented("typ", "Keycloak: what the token is, `Bearer`, `ID`, `Refresh` …", "Keycloak documentation", "recognise"),
    documented("uid", "Okta: immutable id of the user", "Okta API reference", "oidc"),
    documented("unique_name", "version 1.0: name shown to people; never authorise on it", VALIDATION, "entra::classify"),
    documented("upn", "user principal name; mutable, never authorise on it", VALIDATION, "entra::classify"),
    documented("uti", "id of the token, for audit", ACCESS, "claims"),
    documented("ver", "version of the token, chosen by the API's registration: `1.0` or `2.0`", ACCESS, "entra::client"),
    documented("wids", "template ids of the user's directory roles", ACCESS, ""),
    documented("wth", "hash of a workload identity token, in its proof", "WIMSE workload proof token (draft)", "recognise"),
    observed("xms_acd", "when the application was made", CAPTURED, ""),
    documented("xms_act_fct", "facets of the actor: 11 an agent identity; even and unknown numbers are noise", AGENTS, "facets, entra::marks"),
    documented("xms_cc", "what the client can do; `cp1`: answer a claims challenge", "Entra claims challenge", "entra"),
    observed("xms_ficinfo", "marks tokens made with a federated credential (T1, X2); content opaque", CAPTURED, ""),
    unknown("xms_ftd", "opaque, for Entra's own use"),
    documented("xms_idrel", "relations of the subject to the tenant: 1 member, 5 guest, 7 service principal …", AGENTS, "idrel, entra::relationship"),
    observed("xms_mirid", "Azure resource id of a managed identity", CAPTURED, ""),
    documented("xms_par_app_azp", "app id of the blueprint that made the actor; for audit, never the only ground for access", AGENTS, "entra::marks, entra"),
    unknown("xms_rd", "opaque, for Entra's own use"),
    observed("xms_spcu", "seen where a first-party service principal used a credential added to it", "public security research", ""),
    observed("xms_st", "the subject's `sub` for another application, opaque", CAPTURED, ""),
    documented("xms_sub_fct", "facets of the subject: 11 an agent identity, 13 an agent's user account", AGENTS, "facets, entra::marks"),
    observed("xms_tcdt", "when the tenant was made", CAPTURED, ""),
    documented("xms_tnt_fct", "facets of the tenant; no value is documented", AGENTS, "entra::marks"),
];

#[cfg(test)]
mod tests;
