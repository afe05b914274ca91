//! Why a verified token has no identity that a policy could be asked about.

use std::fmt;

use vicar_token::{Reason, json::WrongType, quote::Quoted};

use crate::{
    Contradiction, Recognition, TokenKind, facets::FacetError, profile::MissingFacets, reason,
};

/// Why a token was refused. The message says what was seen and what was wanted,
/// [`remedy`](Self::remedy) what would change it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// An entry of the `act` chain is not an object with a `sub`.
    #[error("actor {position} of the `act` chain {problem}")]
    ActMalformed {
        /// Its place, 1 for the current actor.
        position: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The `act` chain is longer than accepted.
    #[error("the `act` chain names more than {limit} actor(s)")]
    ActTooDeep {
        /// Longest accepted chain.
        limit: u8,
    },
    /// Nothing names the client that acts.
    #[error("the token does not say who acts: no {wanted}")]
    ActorMissing {
        /// The claims that would name it, quoted.
        wanted: String,
    },
    /// `may_act` names another actor (RFC 8693 section 4.4).
    #[error("the actor is {}, but `may_act` permits only {}", Quoted(.actor), Quoted(.permitted))]
    ActorNotPermitted {
        /// `act.sub`.
        actor: String,
        /// `may_act.sub`.
        permitted: String,
    },
    /// The directory refuses the agent (domain case 42).
    #[error("the agent {} is disabled in the directory", Quoted(.name))]
    AgentDisabled {
        /// Its name in the directory.
        name: String,
    },
    /// The token's parent blueprint is not the registered one.
    #[error(
        "the token says that the blueprint {} made the agent {}, the directory says {}",
        Quoted(.seen), Quoted(.agent), Quoted(.registered)
    )]
    BlueprintConflict {
        /// The agent's name in the directory.
        agent: String,
        /// `xms_par_app_azp`.
        seen: String,
        /// The directory's blueprint for the agent.
        registered: String,
    },
    /// A claim has a value that it cannot have.
    #[error("the claim {} is {seen} where {wanted} is expected", Quoted(.claim))]
    ClaimMalformed {
        /// The claim's name or path.
        claim: String,
        /// What it is, safe to show.
        seen: String,
        /// What was expected.
        wanted: &'static str,
    },
    /// An id of the token is registered, but only for another tenant.
    #[error(
        "the {what} {} is registered for another tenant than {}, which issued the token",
        Quoted(.id), Quoted(.tenant)
    )]
    CrossTenant {
        /// `agent` or `blueprint`.
        what: &'static str,
        /// Its app id.
        id: String,
        /// The token's tenant.
        tenant: String,
    },
    /// A facet claim cannot be read.
    #[error("the claim `{claim}` is {}: {problem}", Quoted(.value))]
    FacetsMalformed {
        /// `xms_act_fct`, `xms_sub_fct`, `xms_tnt_fct` or `xms_idrel`.
        claim: &'static str,
        /// Its text.
        value: String,
        /// What is wrong with it.
        problem: FacetError,
    },
    /// The facet claims are missing, and the profile does not accept that.
    #[error(
        "the token lacks {}, and {} {}",
        Listed(.claims),
        if matches!(.policy, MissingFacets::Refuse) {
            "the issuer's profile wants them of every client, here of"
        } else {
            "the directory does not know the client"
        },
        Quoted(.client)
    )]
    FacetsMissing {
        /// Which of `xms_act_fct` and `xms_sub_fct`.
        claims: Vec<&'static str>,
        /// The app id of the actor.
        client: String,
        /// What the profile asks for.
        policy: MissingFacets,
    },
    /// `idtyp` is missing, and the profile refuses that or nothing else tells user from app.
    #[error("the token has no `idtyp`{}", if *.undecidable {
        ", and neither `scp` nor `roles` nor an equal `oid` and `sub` tells user from application"
    } else {
        ""
    })]
    IdtypMissing {
        /// Whether inference was tried and failed.
        undecidable: bool,
    },
    /// Two statements that cannot both be right.
    #[error("{}", .0.words())]
    Inconsistent(Contradiction),
    /// A claim path of the mapping is not well formed.
    #[error("the claim path {} of the mapping {problem}", Quoted(.path))]
    MappingFailed {
        /// The path as written in the bundle.
        path: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Another kind of token.
    #[error("the token is {}, not an access token: {}", .0.kind.phrase(), .0.why)]
    NotAnAccessToken(Recognition),
    /// A partner administrator or passthrough user (domain case 31).
    #[error("the user is a {relation} of tenant {}", Quoted(.tenant))]
    PartnerRefused {
        /// The relation in words.
        relation: &'static str,
        /// The tenant.
        tenant: String,
    },
    /// Nothing is granted (domain case 54).
    #[error("the token grants nothing: no `{wanted}` for {holder}")]
    PermissionsMissing {
        /// `scp` or `roles`.
        wanted: &'static str,
        /// `a user` or `an application`.
        holder: &'static str,
    },
    /// Nothing names whom the token speaks of.
    #[error("the token does not say whom it speaks of: no {wanted}")]
    SubjectMissing {
        /// The claims that would name it, quoted.
        wanted: String,
    },
    /// `tid` is not the tenant that the issuer was matched for.
    #[error("`tid` is {}, but the issuer is tenant {}", Quoted(.seen), Quoted(.wanted))]
    TenantMismatch {
        /// `tid`.
        seen: String,
        /// The tenant found in `iss`.
        wanted: String,
    },
    /// Claims of token versions 1.0 and 2.0 together (domain case 25).
    #[error("{seen}, where {wanted}")]
    VersionMismatch {
        /// What the token has, safe to show.
        seen: String,
        /// What its version has.
        wanted: &'static str,
    },
}

impl IdentityError {
    /// The stable code and HTTP status.
    pub const fn reason(&self) -> &'static Reason {
        match self {
            Self::ActMalformed { .. } => &reason::ACT_MALFORMED,
            Self::ActTooDeep { .. } => &reason::ACT_TOO_DEEP,
            Self::ActorMissing { .. } => &reason::ACTOR_MISSING,
            Self::ActorNotPermitted { .. } => &reason::ACTOR_NOT_PERMITTED,
            Self::AgentDisabled { .. } => &reason::AGENT_DISABLED,
            Self::BlueprintConflict { .. } => &reason::BLUEPRINT_CONFLICT,
            Self::ClaimMalformed { .. } => &reason::CLAIM_MALFORMED,
            Self::CrossTenant { .. } => &reason::CROSS_TENANT,
            Self::FacetsMalformed { .. } => &reason::FACETS_MALFORMED,
            Self::FacetsMissing { .. } => &reason::FACETS_MISSING,
            Self::IdtypMissing { .. } => &reason::IDTYP_MISSING,
            Self::Inconsistent(_) => &reason::INCONSISTENT,
            Self::MappingFailed { .. } => &reason::MAPPING_FAILED,
            Self::NotAnAccessToken(recognition) => match recognition.kind {
                TokenKind::BlueprintExchange | TokenKind::ExchangeToken => &reason::EXCHANGE_TOKEN,
                TokenKind::IdJag => &reason::ID_JAG,
                TokenKind::IdToken => &reason::ID_TOKEN,
                TokenKind::AccessToken | TokenKind::OtherToken => &reason::OTHER_TOKEN,
                TokenKind::Proof => &reason::PROOF_TOKEN,
                TokenKind::ServiceActor => &reason::SERVICE_ACTOR,
                TokenKind::TransactionToken => &reason::TRANSACTION_TOKEN,
                TokenKind::UserAssertion => &reason::USER_ASSERTION,
                TokenKind::WorkloadIdentityToken => &reason::WORKLOAD_IDENTITY_TOKEN,
            },
            Self::PartnerRefused { .. } => &reason::PARTNER_REFUSED,
            Self::PermissionsMissing { .. } => &reason::PERMISSIONS_MISSING,
            Self::SubjectMissing { .. } => &reason::SUBJECT_MISSING,
            Self::TenantMismatch { .. } => &reason::TENANT_MISMATCH,
            Self::VersionMismatch { .. } => &reason::VERSION_MISMATCH,
        }
    }

    /// What would change the answer: one clause in the imperative.
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::ActMalformed { .. } => {
                "have the issuer send each actor as an object with its `sub`"
            }
            Self::ActTooDeep { .. } => {
                "shorten the delegation chain, or raise `max_depth` of the issuer's profile"
            }
            Self::ActorMissing { .. } => {
                "have the issuer name the client, or map the claim that does in the profile"
            }
            Self::ActorNotPermitted { .. } => {
                "exchange the token for the actor that `may_act` names"
            }
            Self::AgentDisabled { .. } => "enable the agent in the bundle's directory",
            Self::BlueprintConflict { .. } => {
                "correct the agent's blueprint in the directory if the agent was made anew; else \
                 find out who uses its id"
            }
            Self::ClaimMalformed { .. } => "obtain the token from its genuine issuer",
            Self::CrossTenant { .. } => {
                "register it in the directory for this tenant too, if that is meant"
            }
            Self::FacetsMalformed { .. } => "obtain the token from its genuine issuer",
            Self::FacetsMissing { policy: MissingFacets::Refuse, .. } => {
                "add the facet claims to `optionalClaims.accessToken` of the API's registration"
            }
            Self::FacetsMissing { .. } => {
                "add the facet claims to `optionalClaims.accessToken` of the API's registration, \
                 or register the client in the bundle's directory"
            }
            Self::IdtypMissing { .. } => {
                "add `idtyp` with `include_user_token` to `optionalClaims.accessToken` of the \
                 API's registration"
            }
            Self::Inconsistent(
                Contradiction::RegisteredAsAgent | Contradiction::RegisteredAsOther,
            ) => "correct the directory's entry for the client",
            Self::Inconsistent(_) => "obtain the token from its genuine issuer",
            Self::MappingFailed { .. } => "correct the path in the issuer's profile",
            Self::NotAnAccessToken(recognition) => match recognition.kind {
                TokenKind::BlueprintExchange | TokenKind::ExchangeToken => {
                    "exchange it for an access token of this API and send that"
                }
                TokenKind::IdJag => "redeem it at the resource's authorisation server",
                TokenKind::UserAssertion => {
                    "let the agent exchange it for an access token of this API (on behalf of the \
                     user)"
                }
                _ => "send an access token that was issued for this API",
            },
            Self::PartnerRefused { .. } => {
                "call as a member or guest, or set `accept_partners` in the issuer's profile"
            }
            Self::PermissionsMissing { .. } => {
                "consent to a scope or assign an app role of this API, or set \
                 `accept_without_permissions` in the issuer's profile"
            }
            Self::SubjectMissing { .. } => {
                "have the issuer name the subject, or map the claim that does in the profile"
            }
            Self::TenantMismatch { .. } => "obtain the token from its genuine issuer",
            Self::VersionMismatch { .. } => "obtain the token from its genuine issuer",
        }
    }
}

impl From<WrongType> for IdentityError {
    fn from(error: WrongType) -> Self {
        Self::ClaimMalformed {
            claim: error.name,
            seen: error.found.to_owned(),
            wanted: error.wanted,
        }
    }
}

/// `` `a` and `b` ``.
struct Listed<'a>(&'a [&'static str]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, name) in self.0.iter().enumerate() {
            write!(formatter, "{}`{name}`", if index == 0 { "" } else { " and " })?;
        }
        Ok(())
    }
}
