//! The neutral model of `docs/claims.md`: every issuer family ends here.
//!
//! The serialised form is part of the verdict: members in the order of the fields, names in
//! `snake_case`, sets sorted, absent options left out.

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

use crate::{TokenKind, profile::Family};

/// Who asked, who acts, and how well each part is proven.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// The issuer family whose rules read the token.
    pub family: Family,
    /// The bundle's name of the issuer.
    pub issuer_name: String,
    /// `iss` as written; for a JWT-SVID without one, the trust domain.
    pub issuer: String,
    /// What the token is.
    pub token_kind: TokenKind,
    /// How the actor acts.
    pub mode: Mode,
    /// On whose behalf: the user, or the actor itself where no one else asked.
    pub subject: Principal,
    /// Who makes the call.
    pub actor: Principal,
    /// Earlier actors (RFC 8693 section 4.1), latest first; informational, never decides.
    pub prior_actors: Vec<Principal>,
    /// The blueprint that made the acting agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blueprint: Option<Blueprint>,
    /// The tenant that issued the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<Tenant>,
    /// The subject's relationship to the tenant.
    pub relationship: Relationship,
    /// Delegated permissions (`scp`, `scope`).
    pub scopes: BTreeSet<String>,
    /// Roles of the subject (`roles` and what the mapping adds).
    pub roles: BTreeSet<String>,
    /// Group membership of the subject.
    pub groups: Groups,
    /// How the subject signed in.
    pub authentication: Authentication,
    /// Client capabilities (`xms_cc`), lower case.
    pub capabilities: BTreeSet<String>,
    /// Proof-of-possession binding (`cnf`); such a token is not a plain bearer token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub binding: Option<Binding>,
    /// Where a workload runs, as a Kubernetes token says; for audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload: Option<Workload>,
    /// Facts of the token itself.
    pub token: TokenFacts,
}

/// How the actor acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// An agent through its own user account.
    AgentUser,
    /// An ordinary application or workload, acting as itself.
    App,
    /// An agent (or actor) acting as itself, with no user behind it.
    Autonomous,
    /// A token that is only good for obtaining other tokens (T1, X2).
    ExchangeCredential,
    /// An agent on behalf of a user.
    OnBehalfOf,
    /// A user through an ordinary application.
    User,
}

impl Mode {
    /// The name policies use, for example `on_behalf_of`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AgentUser => "agent_user",
            Self::App => "app",
            Self::Autonomous => "autonomous",
            Self::ExchangeCredential => "exchange_credential",
            Self::OnBehalfOf => "on_behalf_of",
            Self::User => "user",
        }
    }
}

/// A person, agent, application or workload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Principal {
    /// What it is.
    pub kind: PrincipalKind,
    /// Its id, unique within `tenant` (Entra: `oid` of a subject, app id of an actor) or within
    /// the issuer.
    pub id: String,
    /// The tenant (Entra: `tid`), or the issuer's name in the bundle for other families.
    pub realm: String,
    /// Its name in the bundle's directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// A display name from the token: mutable, never authorise on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
    /// How its kind is known.
    pub evidence: Evidence,
}

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PrincipalKind {
    /// An agent identity.
    Agent,
    /// An agent's user account.
    AgentUser,
    /// An ordinary application, service principal or managed identity.
    App,
    /// An agent identity blueprint.
    Blueprint,
    /// A human user.
    User,
    /// A Kubernetes service account or SPIFFE workload.
    Workload,
}

impl PrincipalKind {
    /// The name shown to people and policies, for example `agent_user`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::AgentUser => "agent_user",
            Self::App => "app",
            Self::Blueprint => "blueprint",
            Self::User => "user",
            Self::Workload => "workload",
        }
    }
}

/// How a finding is known, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// A facet claim says so (`xms_act_fct`, `xms_sub_fct`).
    Facet,
    /// A claim of the token says so by specification (`act`, `kubernetes.io`, `spiffe://`).
    Claim,
    /// The bundle's directory lists it, keyed by tenant and id.
    Registered,
    /// Derived from other claims (for example no `idtyp`, but `scp`).
    Inferred,
    /// Nothing says so.
    Absent,
}

impl Evidence {
    /// The name policies use, for example `facet`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Claim => "claim",
            Self::Facet => "facet",
            Self::Inferred => "inferred",
            Self::Registered => "registered",
        }
    }
}

/// The blueprint that an agent was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blueprint {
    /// App id of the blueprint (`xms_par_app_azp`, or the directory's entry for the agent).
    pub id: String,
    /// Its name in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `Claim` when the token names it, `Registered` when only the directory does.
    pub evidence: Evidence,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// `tid`.
    pub id: String,
    /// Its name in the directory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The subject's relationship to the tenant (`xms_idrel`, `acct`, `idp`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relationship {
    /// Guest user (B2B).
    Guest,
    /// Member user.
    Member,
    /// A partner administrator (GDAP, DAP) or a passthrough user.
    Partner,
    /// A service principal.
    ServicePrincipal,
    /// The token does not say.
    Unknown,
}

impl Relationship {
    /// The name policies use, for example `guest`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Guest => "guest",
            Self::Member => "member",
            Self::Partner => "partner",
            Self::ServicePrincipal => "service_principal",
            Self::Unknown => "unknown",
        }
    }
}

/// Group membership.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "ids", rename_all = "snake_case")]
pub enum Groups {
    /// The token lists them all.
    Listed(BTreeSet<String>),
    /// The token does not speak of groups.
    NotGiven,
    /// Too many to list (`_claim_names`, `hasgroups`): unknown, not "none".
    Overage,
}

/// How the subject signed in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Authentication {
    /// Authentication contexts (`acrs`).
    pub contexts: BTreeSet<String>,
    /// Methods (`amr`).
    pub methods: BTreeSet<String>,
    /// Class (`acr`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// `auth_time`, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
    /// How the client authenticated (`azpacr`, `appidacr`): `public`, `secret`, `assertion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientAuthentication>,
}

/// How the client authenticated to the issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ClientAuthentication {
    /// Certificate or federated assertion (`2`).
    Assertion,
    /// No credential (`0`).
    Public,
    /// Shared secret (`1`).
    Secret,
}

impl ClientAuthentication {
    /// The name policies use, for example `assertion`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Assertion => "assertion",
            Self::Public => "public",
            Self::Secret => "secret",
        }
    }
}

/// Proof-of-possession binding (RFC 7800 `cnf`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// The member of `cnf`: `x5t#S256`, `jkt`, `jwk`, `kid`.
    pub method: String,
    /// Thumbprint or key id as written; empty for an embedded key.
    pub thumbprint: String,
}

/// Where a workload runs (Kubernetes).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Workload {
    /// The namespace.
    pub namespace: String,
    /// The service account's name.
    pub service_account: String,
    /// The service account's uid: another one means that it was deleted and made anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account_uid: Option<String>,
    /// The pod that the token is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<String>,
    /// The node that the pod runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
}

/// Facts of the token itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TokenFacts {
    /// `aud`.
    pub audiences: Vec<String>,
    /// `exp`, seconds since the epoch.
    pub expires_at: i64,
    /// `iat`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub issued_at: Option<i64>,
    /// `uti` or `jti`: the id for audit and replay detection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `ver`, for Entra.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// `typ` of the header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_type: Option<String>,
}

/// Enums are written by the names that policies use.
macro_rules! serialize_by_name {
    ($($name:ty),+) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }
    )+};
}

serialize_by_name!(ClientAuthentication, Evidence, Family, Mode, PrincipalKind, Relationship);
