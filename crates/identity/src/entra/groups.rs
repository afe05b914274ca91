//! Group membership, and the pointer that stands in its place when there are too many groups
//! (domain case 34).

use vicar_token::{Json, Object};

use crate::{IdentityError, claims, identity::Groups};

/// `groups`, unless `_claim_names` or `hasgroups` says that they are elsewhere.
pub(super) fn read(claims: &Object) -> Result<Groups, IdentityError> {
    let elsewhere = claims.object("_claim_names")?.is_some_and(|names| names.contains("groups"));
    let too_many = match claims.get("hasgroups") {
        None => false,
        Some(Json::Bool(value)) => *value,
        // The implicit flow writes the text `true`.
        Some(Json::String(text)) => text == "true",
        Some(other) => return Err(claims::malformed("hasgroups", other.kind(), "a boolean")),
    };
    if elsewhere || too_many {
        return Ok(Groups::Overage);
    }
    Ok(claims::set(claims, "groups")?.map_or(Groups::NotGiven, Groups::Listed))
}
