//! Pairs of statements that no genuine token makes together.

/// Two claims of a token, or a claim and the directory, that cannot both be right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Contradiction {
    /// An agent acting as itself whose app id is not its object id.
    AgentIdsDiffer,
    /// App-only, yet the subject is an agent's user account.
    AgentUserWithoutUser,
    /// App-only with an agent as actor, yet the subject is no agent.
    AppOnlyAgentOverOther,
    /// App-only, yet `sub` is not the object id.
    AppOnlySubjectDiffers,
    /// App-only, yet the relation to the tenant is a user's.
    AppOnlyWithUserRelation,
    /// App-only, yet delegated permissions.
    AppOnlyWithScopes,
    /// The subject is an agent and an agent's user account at once.
    BothSubjectFacets,
    /// `sub` and the `kubernetes.io` claims name different service accounts.
    KubernetesSubjectDiffers,
    /// A parent blueprint, yet the actor is no agent.
    ParentWithoutAgent,
    /// The directory has it as an agent, yet the facets say it is none.
    RegisteredAsAgent,
    /// The facets say it is an agent, yet the directory has it as an app or blueprint.
    RegisteredAsOther,
    /// App-only and the subject is an agent, yet the actor is none.
    SubjectAgentOverOther,
    /// A user token whose subject is an agent identity.
    UserIsAgent,
    /// A user token whose subject is its own client.
    UserIsClient,
    /// A user token, yet the relation to the tenant is a service principal's or device's.
    UserWithServiceRelation,
}

impl Contradiction {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 15] = [
        Self::AgentIdsDiffer,
        Self::AgentUserWithoutUser,
        Self::AppOnlyAgentOverOther,
        Self::AppOnlySubjectDiffers,
        Self::AppOnlyWithUserRelation,
        Self::AppOnlyWithScopes,
        Self::BothSubjectFacets,
        Self::KubernetesSubjectDiffers,
        Self::ParentWithoutAgent,
        Self::RegisteredAsAgent,
        Self::RegisteredAsOther,
        Self::SubjectAgentOverOther,
        Self::UserIsAgent,
        Self::UserIsClient,
        Self::UserWithServiceRelation,
    ];

    /// The two statements, in one clause each.
    pub const fn words(self) -> &'static str {
        match self {
            Self::AgentIdsDiffer => {
                "an agent acts as itself, yet its app id (`appid` or `azp`) is not its object id \
                 (`oid`)"
            }
            Self::AgentUserWithoutUser => {
                "the token is app-only, yet its subject is an agent's user account (13 in \
                 `xms_sub_fct`)"
            }
            Self::AppOnlyAgentOverOther => {
                "the token is app-only and its actor is an agent (11 in `xms_act_fct`), yet its \
                 subject is not (no 11 in `xms_sub_fct`)"
            }
            Self::AppOnlySubjectDiffers => "the token is app-only, yet its `sub` is not its `oid`",
            Self::AppOnlyWithUserRelation => {
                "the token is app-only, yet `xms_idrel` names a user's relation to the tenant"
            }
            Self::AppOnlyWithScopes => {
                "the token is app-only, yet it has delegated permissions (`scp`)"
            }
            Self::BothSubjectFacets => {
                "the subject is an agent identity and an agent's user account at once (11 and 13 \
                 in `xms_sub_fct`)"
            }
            Self::KubernetesSubjectDiffers => {
                "`sub` and the claims of `kubernetes.io` name different service accounts"
            }
            Self::ParentWithoutAgent => {
                "the token names a parent blueprint (`xms_par_app_azp`), yet its actor is not an \
                 agent"
            }
            Self::RegisteredAsAgent => {
                "the directory has the actor as an agent, yet the token's facets say that it is \
                 none (no 11 in `xms_act_fct`)"
            }
            Self::RegisteredAsOther => {
                "the token's facets say that the actor is an agent (11 in `xms_act_fct`), yet the \
                 directory has it as an application or blueprint"
            }
            Self::SubjectAgentOverOther => {
                "the token is app-only and its subject is an agent (11 in `xms_sub_fct`), yet its \
                 actor is not (no 11 in `xms_act_fct`)"
            }
            Self::UserIsAgent => {
                "the token speaks of a user, yet its subject is an agent identity (11 in \
                 `xms_sub_fct`)"
            }
            Self::UserIsClient => {
                "the token speaks of a user, yet its subject (`oid`) is its own client (`appid` or \
                 `azp`)"
            }
            Self::UserWithServiceRelation => {
                "the token speaks of a user, yet `xms_idrel` names the relation of a service \
                 principal or device"
            }
        }
    }
}
