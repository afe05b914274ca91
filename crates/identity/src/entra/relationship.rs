//! Member, guest or partner (domain cases 30 and 31).

use vicar_token::Object;

use super::{SubjectType, Token};
use crate::{IdentityError, claims, identity::Relationship, profile::EntraProfile};

/// Any sign of a partner outweighs any sign of a guest, and that any of a member.
pub(super) fn read(
    token: &Token<'_>,
    profile: &EntraProfile,
) -> Result<Relationship, IdentityError> {
    let relations = &token.marks.relations;
    let has = |wanted| relations.iter().any(|relation| relation.relationship == wanted);
    if let Some(partner) =
        relations.iter().find(|relation| relation.relationship == Relationship::Partner)
    {
        if profile.accept_partners {
            return Ok(Relationship::Partner);
        }
        return Err(IdentityError::PartnerRefused {
            relation: partner.meaning,
            tenant: token.tenant.clone(),
        });
    }
    let account = account_type(token.claims)?;
    let foreign = has_foreign_provider(token)?;
    if token.subject_type == SubjectType::App {
        return Ok(Relationship::ServicePrincipal);
    }
    Ok(match account {
        _ if has(Relationship::Guest) || foreign => Relationship::Guest,
        Some(AccountType::Guest) => Relationship::Guest,
        _ if has(Relationship::Member) => Relationship::Member,
        Some(AccountType::Member) => Relationship::Member,
        None => Relationship::Unknown,
    })
}

enum AccountType {
    Guest,
    Member,
}

/// `acct`: 0 member, 1 guest.
fn account_type(claims: &Object) -> Result<Option<AccountType>, IdentityError> {
    match claims.integer("acct")? {
        None => Ok(None),
        Some(0) => Ok(Some(AccountType::Member)),
        Some(1) => Ok(Some(AccountType::Guest)),
        Some(other) => Err(claims::malformed("acct", other.to_string(), "0 or 1")),
    }
}

/// Whether `idp` is another identity provider than this tenant, in either issuer form.
fn has_foreign_provider(token: &Token<'_>) -> Result<bool, IdentityError> {
    let Some(provider) = token.claims.string("idp")? else { return Ok(false) };
    let ours = provider == token.client.issuer
        || provider.split('/').any(|part| part.eq_ignore_ascii_case(&token.tenant));
    Ok(!ours)
}
