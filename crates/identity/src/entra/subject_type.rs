//! Whether the subject is a user or an application (domain case 18).

use vicar_token::{Object, quote::Quoted};

use super::Permissions;
use crate::{Evidence, IdentityError, claims, profile::MissingIdtyp};

/// What the token speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubjectType {
    /// An application acting as itself.
    App,
    /// A user account, a person's or an agent's.
    User,
}

/// `idtyp`; it is an optional claim, so without it the profile may have the type inferred.
pub(super) fn read(
    claims: &Object,
    object_id: &str,
    subject: &str,
    permissions: &Permissions,
    missing: MissingIdtyp,
) -> Result<(SubjectType, Evidence), IdentityError> {
    match claims.string("idtyp")? {
        Some("app") => Ok((SubjectType::App, Evidence::Claim)),
        Some("user") => Ok((SubjectType::User, Evidence::Claim)),
        Some(other) => {
            let seen = Quoted(other).to_string();
            Err(claims::malformed("idtyp", seen, "`app` or `user`"))
        }
        None if missing == MissingIdtyp::Refuse => {
            Err(IdentityError::IdtypMissing { undecidable: false })
        }
        // Delegated permissions exist for users only; an application's `sub` is its object id.
        None if !permissions.scopes.is_empty() => Ok((SubjectType::User, Evidence::Inferred)),
        None if !permissions.roles.is_empty() || subject.eq_ignore_ascii_case(object_id) => {
            Ok((SubjectType::App, Evidence::Inferred))
        }
        None => Err(IdentityError::IdtypMissing { undecidable: true }),
    }
}
