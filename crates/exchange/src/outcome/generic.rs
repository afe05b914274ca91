//! What a token of an issuer that speaks RFC 8693 has to show.

use vicar_identity::{Directory, Facts, Identity, Profile, identify, profile::Rfc8693Profile};
use vicar_token::{Json, Object, Unverified};

use crate::{
    OutcomeError, Scopes,
    spec::{GenericOutcome, WiderScopes},
};

/// Longest chain of actors that is read; only the outermost counts (RFC 8693 section 4.1).
const MAX_DEPTH: u8 = 8;

/// Reads the token and holds it against what was asked for.
pub(super) fn check(
    token: &Unverified<'_>,
    outcome: &GenericOutcome,
    asked: &Scopes,
    actor_sent: bool,
) -> Result<Identity, OutcomeError> {
    let claims = token.claims();
    audience(claims, &outcome.audiences)?;
    let facts = Facts {
        header_type: token.header().token_type.as_deref(),
        claims,
        issuer_name: "exchange",
        tenant: None,
    };
    let profile =
        Profile::Rfc8693(Rfc8693Profile { max_depth: MAX_DEPTH, actors_are_agents: true });
    let identity =
        identify(&facts, &profile, &Directory::default()).map_err(OutcomeError::Identity)?;
    if let Some(wanted) = outcome.subject.as_ref().filter(|wanted| **wanted != identity.subject.id)
    {
        let (seen, wanted) = (identity.subject.id, wanted.clone());
        return Err(OutcomeError::WrongSubject { seen, wanted });
    }
    let actor = claims
        .get("act")
        .and_then(Json::as_object)
        .and_then(|act| act.get("sub"))
        .and_then(Json::as_str);
    match (actor, &outcome.actor) {
        (None, wanted) if actor_sent || wanted.is_some() => {
            return Err(OutcomeError::DelegationLost("does not name the actor in `act`"));
        }
        (Some(seen), Some(wanted)) if seen != wanted => {
            let (seen, wanted) = (seen.to_owned(), wanted.clone());
            return Err(OutcomeError::WrongActor { seen, wanted });
        }
        _ => {}
    }
    scopes(identity.scopes.iter().map(String::as_str), outcome, asked)?;
    Ok(identity)
}

/// Of an opaque token, the answer's own `scope` is all that can be compared.
pub(super) fn check_scope_field(
    scope: Option<&str>,
    outcome: &GenericOutcome,
    asked: &Scopes,
) -> Result<Option<Identity>, OutcomeError> {
    let granted = scope.unwrap_or_default().split(' ').filter(|scope| !scope.is_empty());
    scopes(granted, outcome, asked)?;
    Ok(None)
}

/// Every audience has to be accepted: a token for us and for someone else can be replayed there.
fn audience(claims: &Object, accepted: &[String]) -> Result<(), OutcomeError> {
    let seen = claims.string_or_list("aud").ok().flatten().unwrap_or_default();
    let fits = |audience: &&str| accepted.iter().any(|accepted| accepted == audience);
    if !seen.is_empty() && seen.iter().all(fits) {
        return Ok(());
    }
    Err(OutcomeError::WrongAudience { seen: seen.join(" "), wanted: accepted.to_vec() })
}

/// Without scopes in the request the issuer decides (RFC 6749 section 3.3).
fn scopes<'a>(
    mut granted: impl Iterator<Item = &'a str>,
    outcome: &GenericOutcome,
    asked: &Scopes,
) -> Result<(), OutcomeError> {
    if asked.is_empty() || outcome.wider_scopes == WiderScopes::Accept {
        return Ok(());
    }
    match granted.find(|scope| !asked.iter().any(|asked| asked == *scope)) {
        Some(scope) => Err(OutcomeError::ScopeWidened { scope: scope.to_owned() }),
        None => Ok(()),
    }
}
