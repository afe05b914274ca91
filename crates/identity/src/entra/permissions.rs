//! What is granted: `scp` and `roles` (domain cases 35, 36 and 54).

use std::collections::BTreeSet;

use vicar_token::Object;

use super::{SubjectType, Token};
use crate::{IdentityError, claims};

/// Delegated permissions and the subject's roles. On a user token `roles` are the *user's*, so
/// they never stand in for a scope, nor a scope for an application's role.
pub(super) struct Permissions {
    pub(super) scopes: BTreeSet<String>,
    pub(super) roles: BTreeSet<String>,
}

/// Reads both. Autonomous tokens may have an empty `scp` or a lone `/`: that is no scope.
pub(super) fn read(claims: &Object) -> Result<Permissions, IdentityError> {
    let mut scopes = claims::scopes(claims, "scp")?.unwrap_or_default();
    if scopes.len() == 1 {
        scopes.remove("/");
    }
    Ok(Permissions { scopes, roles: claims::set(claims, "roles")?.unwrap_or_default() })
}

/// Refuses a token that grants nothing.
pub(super) fn require(token: &Token<'_>) -> Result<(), IdentityError> {
    let (granted, wanted, holder) = match token.subject_type {
        SubjectType::App => (&token.permissions.roles, "roles", "an application"),
        SubjectType::User => (&token.permissions.scopes, "scp", "a user"),
    };
    if granted.is_empty() {
        return Err(IdentityError::PermissionsMissing { wanted, holder });
    }
    Ok(())
}
