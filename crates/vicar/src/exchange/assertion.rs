//! The caller's token: a user's for the blueprint (Tc), judged before anything is sent (domain
//! cases 7 and 8).

use std::sync::Arc;

use vicar_bundle::{Contents, Exchange};
use vicar_identity::{
    Directory, Facts, Identity, IdentityError, Mode, Profile, TokenKind, describe, recognise_in,
};
use vicar_token::{IssuerRule, SignatureVerifier, TrustedIssuer, UnixSeconds};

use crate::{Admitted, Gate, Refusal, judge::proof_required};

/// The issuer of the users' tokens, on the terms of the exchange: its audience is the blueprint,
/// its tenant that of the exchange, and everything else as the bundle trusts it.
pub(super) fn issuer(exchange: &Exchange, contents: &Contents) -> Option<TrustedIssuer> {
    let name = exchange.issuer.as_ref()?;
    let known = contents.trust.iter().find(|issuer| issuer.trusted.name == *name)?;
    let IssuerRule::EntraTenants { cloud, v1, v2, .. } = known.trusted.issuer else { return None };
    Some(TrustedIssuer {
        issuer: IssuerRule::EntraTenants { cloud, tenants: vec![exchange.tenant.clone()], v1, v2 },
        audiences: exchange.assertion_audiences().into(),
        single_audience: true,
        ..known.trusted.clone()
    })
}

/// Verifies the token and whose it is. That a user stands behind it is only asked for by the flows
/// that act for one.
pub(super) fn verify<V: SignatureVerifier>(
    gate: &mut Gate<V>,
    token: &str,
    now: UnixSeconds,
) -> Result<Arc<Admitted>, Refusal> {
    let admitted = gate.verify_by(read, token, now).map_err(|refusal| {
        // Tc of another blueprint is recognised as such, and is for another audience all the same.
        let elsewhere =
            [&vicar_token::reason::AUDIENCE_WRONG, &vicar_identity::reason::USER_ASSERTION];
        if elsewhere.contains(&refusal.reason) { wrong_audience(refusal) } else { refusal }
    })?;
    if admitted.identity.binding.is_some() {
        return Err(proof_required());
    }
    match nested(&admitted.identity) {
        Some(refusal) => Err(refusal),
        None => Ok(admitted),
    }
}

/// Reads an access token for the blueprint, whether or not the directory knows it as one.
fn read(
    facts: &Facts<'_>,
    profile: &Profile,
    directory: &Directory,
) -> Result<Identity, IdentityError> {
    let identity = describe(facts, profile, directory)?;
    match identity.token_kind {
        TokenKind::AccessToken | TokenKind::UserAssertion => Ok(identity),
        _ => Err(IdentityError::NotAnAccessToken(recognise_in(
            facts.header_type,
            facts.claims,
            directory,
        ))),
    }
}

/// That a user stands behind the token.
pub(super) fn user_only(identity: &Identity) -> Result<(), Refusal> {
    if identity.mode == Mode::User {
        return Ok(());
    }
    Err(Refusal::new(
        &vicar_exchange::reason::ASSERTION_APP_ONLY,
        format!("{identity}: the token speaks of no user, and the exchange is for one"),
        "send a user's token, or let the agent act as itself",
    ))
}

/// Of a chain of agents Entra's tokens show the last one only: nobody could say for whom the first
/// acted.
fn nested(identity: &Identity) -> Option<Refusal> {
    let by_agent = matches!(identity.mode, Mode::AgentUser | Mode::Autonomous | Mode::OnBehalfOf);
    by_agent.then(|| {
        Refusal::new(
            &vicar_exchange::reason::ASSERTION_NESTED,
            format!("{identity}: the token is an agent's already"),
            "send the token that the user gave to the blueprint",
        )
    })
}

fn wrong_audience(refusal: Refusal) -> Refusal {
    Refusal::new(
        &vicar_exchange::reason::ASSERTION_WRONG_AUDIENCE,
        refusal.message,
        "let the user's client ask for `api://<blueprint>/access_as_user` and send that token",
    )
}
