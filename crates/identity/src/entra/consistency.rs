//! Statements that must agree (domain case 24): one row per contradiction.

use super::{SubjectType, Token};
use crate::{Contradiction, IdentityError, TokenKind, directory::Registration, idrel::Holder};

/// Refuses a token that contradicts itself or the directory.
pub(super) fn check(token: &Token<'_>) -> Result<(), IdentityError> {
    match RULES.iter().find(|(_, applies)| applies(token)) {
        Some((contradiction, _)) => Err(IdentityError::Inconsistent(*contradiction)),
        None => Ok(()),
    }
}

type Rule = (Contradiction, fn(&Token<'_>) -> bool);

/// The first that applies is named, so those that leave least room for doubt stand first. `Some`
/// means that the claim is there: an absent facet claim contradicts nothing.
const RULES: [Rule; 14] = [
    (Contradiction::BothSubjectFacets, |token| {
        token.marks.subject_is_agent() == Some(true)
            && token.marks.subject_is_agent_user() == Some(true)
    }),
    (Contradiction::AppOnlyWithScopes, |token| {
        token.is_app_only() && !token.permissions.scopes.is_empty()
    }),
    (Contradiction::AgentUserWithoutUser, |token| {
        token.is_app_only() && token.marks.subject_is_agent_user() == Some(true)
    }),
    (Contradiction::AppOnlyAgentOverOther, |token| {
        token.is_app_only()
            && token.marks.actor_is_agent() == Some(true)
            && token.marks.subject_is_agent() == Some(false)
    }),
    (Contradiction::SubjectAgentOverOther, |token| {
        token.is_app_only()
            && token.marks.actor_is_agent() == Some(false)
            && token.marks.subject_is_agent() == Some(true)
    }),
    (Contradiction::UserIsAgent, |token| {
        is_user(token) && token.marks.subject_is_agent() == Some(true)
    }),
    (Contradiction::UserIsClient, |token| is_user(token) && token.object_id == token.client.id),
    (Contradiction::ParentWithoutAgent, |token| {
        token.marks.parent.is_some()
            && match token.actor_is_agent() {
                Some(is_agent) => !is_agent,
                None => is_registered_as_other(token),
            }
    }),
    (Contradiction::RegisteredAsAgent, |token| {
        is_registered_as_agent(token) && token.actor_is_agent() == Some(false)
    }),
    (Contradiction::RegisteredAsOther, |token| {
        is_registered_as_other(token) && token.actor_is_agent() == Some(true)
    }),
    (Contradiction::AgentIdsDiffer, |token| {
        token.is_app_only()
            && (token.actor_is_agent() == Some(true) || is_registered_as_agent(token))
            && token.object_id != token.client.id
    }),
    // T1 alone has a path as its `sub`.
    (Contradiction::AppOnlySubjectDiffers, |token| {
        token.is_app_only()
            && token.kind != TokenKind::BlueprintExchange
            && !token.subject.eq_ignore_ascii_case(&token.object_id)
    }),
    (Contradiction::AppOnlyWithUserRelation, |token| {
        token.is_app_only()
            && has_relation(token, Holder::User)
            && !has_relation(token, Holder::ServicePrincipal)
    }),
    (Contradiction::UserWithServiceRelation, |token| {
        is_user(token)
            && !has_relation(token, Holder::User)
            && (has_relation(token, Holder::ServicePrincipal)
                || has_relation(token, Holder::Device))
    }),
];

fn is_user(token: &Token<'_>) -> bool {
    token.subject_type == SubjectType::User
}

fn is_registered_as_agent(token: &Token<'_>) -> bool {
    matches!(token.registration, Some(Registration::Agent(_)))
}

fn is_registered_as_other(token: &Token<'_>) -> bool {
    matches!(token.registration, Some(Registration::App(_) | Registration::Blueprint(_)))
}

fn has_relation(token: &Token<'_>, holder: Holder) -> bool {
    token.marks.relations.iter().any(|relation| relation.holder == holder)
}
