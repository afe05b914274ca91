//! Tokens that go into an exchange, read before anything is sent (domain cases 7, 8 and 47).

use vicar_identity::{
    TokenKind,
    eid1::{self, ExchangeSubject},
    exchange_audience::is_exchange_audience,
    facets::{AGENT, AGENT_USER, FacetError, Facets},
    guid, recognise,
};
use vicar_token::{Json, Object, UnixSeconds, Unverified, json::WrongType, quote::Quoted};

use crate::{AssertionError, Guid, Secret, cloud::NationalCloud, digest::Digest, spec::Nested};

/// Whom Tc has to be for.
pub(crate) struct Audience<'a> {
    pub(crate) tenant: &'a Guid,
    /// The blueprint, or the middle tier.
    pub(crate) client: &'a Guid,
    /// The agent that will act; Tc must not be its own.
    pub(crate) agent: Option<&'a Guid>,
}

/// Tolerated difference of clocks for `nbf`, in seconds.
const SKEW: u64 = 300;

/// Reads Tc, the user's token for the blueprint, and returns the user's object id. Its signature
/// is the token endpoint's to check.
pub(crate) fn user_assertion(
    token: &Secret,
    audience: &Audience<'_>,
    nested: Nested,
    now: UnixSeconds,
) -> Result<String, AssertionError> {
    let what = "token to exchange";
    let token = Unverified::parse(token.expose())
        .map_err(|problem| AssertionError::Unreadable { what, problem })?;
    let claims = token.claims();
    let recognition = recognise(token.header().token_type.as_deref(), claims);
    // Tc is an access token; only a directory could say that its audience is a blueprint.
    if !matches!(recognition.kind, TokenKind::AccessToken | TokenKind::UserAssertion) {
        return Err(AssertionError::WrongKind(recognition));
    }
    expiry(claims, what, now)?;
    if let Some(not_before) = time(claims, "nbf")?.filter(|start| *start > now.saturating_add(SKEW))
    {
        return Err(AssertionError::NotYetValid { not_before, now });
    }
    for_client(claims, audience.client)?;
    let seen = text(claims, "tid")?.ok_or_else(|| absent("tid", "the tenant's id"))?;
    if guid::parse(seen).as_deref() != Some(audience.tenant.as_str()) {
        let (seen, wanted) = (seen.to_owned(), audience.tenant.clone());
        return Err(AssertionError::WrongTenant { seen, wanted });
    }
    user_only(claims)?;
    if nested == Nested::Refuse {
        not_an_agents(claims, audience.agent)?;
    }
    let subject = text(claims, "oid")?.ok_or_else(|| absent("oid", "the user's object id"))?;
    guid::parse(subject).ok_or_else(|| AssertionError::Claim {
        claim: "oid",
        seen: Quoted(subject).to_string(),
        wanted: "a GUID",
    })
}

/// Reads an assertion of a credential (a projected token): a JWT that has not expired, was not
/// itself had through a federated credential, and is not for the exchange of another cloud.
/// `exchange` is this cloud's row; `None` for other issuers than Entra.
pub(crate) fn federated(
    token: &Secret,
    exchange: Option<&NationalCloud>,
    issued_by: IssuedBy,
    now: UnixSeconds,
) -> Result<(), AssertionError> {
    let what = "credential's assertion";
    let token = Unverified::parse(token.expose())
        .map_err(|problem| AssertionError::Unreadable { what, problem })?;
    let claims = token.claims();
    expiry(claims, what, now)?;
    let Some(cloud) = exchange else { return Ok(()) };
    let wanted = cloud.exchange_audience;
    let is_t1 = text(claims, "sub")?.is_some_and(|subject| subject.starts_with(eid1::PREFIX));
    if is_t1 || claims.contains("xms_ficinfo") {
        return Err(AssertionError::Chained);
    }
    // A federated credential may name an audience of its own, but one that looks like the
    // exchange's has to be this cloud's, letter for letter (domain case 50).
    // Entra itself writes the exchange's app id where it was asked for the exchange by URI.
    let by_id = cloud.exchange_resource.filter(|_| issued_by == IssuedBy::Entra);
    match audiences(claims)?.into_iter().find(|seen| is_exchange_audience(seen)) {
        Some(seen) if seen != wanted && Some(seen) != by_id => {
            Err(AssertionError::OtherExchange { seen: seen.to_owned(), wanted })
        }
        _ => Ok(()),
    }
}

/// Who issued the assertion of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IssuedBy {
    /// A cluster or another issuer, in a file.
    Another,
    /// Entra, for a managed identity.
    Entra,
}

/// Whose T1 or X2 has to be.
pub(crate) struct Holder<'a> {
    pub(crate) what: &'static str,
    pub(crate) tenant: &'a Guid,
    /// The blueprint (T1) or the agent (X2).
    pub(crate) client: &'a Guid,
    pub(crate) agent: &'a Guid,
}

/// Holds a T1 or X2 against whose it has to be, as far as it can be read: its format is not
/// documented, so an opaque one passes and is the token endpoint's to judge.
pub(crate) fn exchange_token(token: &Secret, holder: &Holder<'_>) -> Result<(), AssertionError> {
    let Ok(token) = Unverified::parse(token.expose()) else { return Ok(()) };
    let claims = token.claims();
    let other = |seen: &str, wanted: &str| {
        let (seen, wanted) = (seen.to_owned(), wanted.to_owned());
        Err(AssertionError::WrongHolder { what: holder.what, seen, wanted })
    };
    if let Some(tenant) = text(claims, "tid")?
        && guid::parse(tenant).as_deref() != Some(holder.tenant.as_str())
    {
        return other(tenant, holder.tenant.as_str());
    }
    for claim in ["azp", "appid"] {
        if let Some(client) = text(claims, claim)?
            && guid::parse(client).as_deref() != Some(holder.client.as_str())
        {
            return other(client, holder.client.as_str());
        }
    }
    for audience in audiences(claims)? {
        if !is_exchange_audience(audience) {
            return other(audience, "the token exchange");
        }
    }
    let agent = text(claims, "sub")?.and_then(ExchangeSubject::parse).and_then(|sub| sub.agent());
    match agent {
        Some(agent) if agent != holder.agent.as_str() => other(&agent, holder.agent.as_str()),
        _ => Ok(()),
    }
}

/// What a cache key needs of an assertion, and until when entries may live by it. Nothing is
/// judged here.
pub(crate) fn binding(token: &Secret) -> (Digest, Option<UnixSeconds>) {
    let expires_at = token.expires_at(|text| {
        let token = Unverified::parse(text).ok()?;
        time(token.claims(), "exp").ok().flatten()
    });
    (token.digest(), expires_at)
}

fn expiry(claims: &Object, what: &'static str, now: UnixSeconds) -> Result<(), AssertionError> {
    let expires_at = time(claims, "exp")?.ok_or_else(|| absent("exp", "a time in seconds"))?;
    if expires_at <= now {
        return Err(AssertionError::Expired { what, expires_at, now });
    }
    Ok(())
}

/// The blueprint's app id, or its URI as version 1.0 tokens have it.
fn for_client(claims: &Object, client: &Guid) -> Result<(), AssertionError> {
    let audiences = audiences(claims)?;
    let fits = |audience: &str| {
        guid::parse(audience.strip_prefix("api://").unwrap_or(audience)).as_deref()
            == Some(client.as_str())
    };
    match audiences.as_slice() {
        [one] if fits(one) => Ok(()),
        seen => Err(AssertionError::WrongAudience { seen: seen.join(" "), wanted: client.clone() }),
    }
}

fn user_only(claims: &Object) -> Result<(), AssertionError> {
    match text(claims, "idtyp")? {
        Some("user") | None => {}
        Some("app") => return Err(AssertionError::AppOnly { seen: "its `idtyp` is `app`" }),
        Some(_) => return Err(AssertionError::AppOnly { seen: "its `idtyp` is not `user`" }),
    }
    let scopes = text(claims, "scp")?.unwrap_or_default();
    if scopes.split(' ').all(|scope| scope.is_empty() || scope == "/") {
        return Err(AssertionError::AppOnly { seen: "it has no `scp`" });
    }
    Ok(())
}

fn not_an_agents(claims: &Object, agent: Option<&Guid>) -> Result<(), AssertionError> {
    let nested = |seen: String| Err(AssertionError::Nested { seen });
    let marks: [(&'static str, &[u32]); 2] =
        [("xms_act_fct", &[AGENT]), ("xms_sub_fct", &[AGENT, AGENT_USER])];
    for (claim, values) in marks {
        let Some(value) = claims.get(claim) else { continue };
        let facets = value
            .as_str()
            .map_or(Err(FacetError::NotText(value.kind())), Facets::parse)
            .map_err(|problem| AssertionError::Facets { claim, problem })?;
        if let Some(value) = values.iter().find(|value| facets.contains(**value)) {
            return nested(format!("its `{claim}` has {value}"));
        }
    }
    for claim in ["azp", "appid"] {
        let client = text(claims, claim)?.and_then(guid::parse);
        if client.is_some() && client.as_deref() == agent.map(Guid::as_str) {
            return nested(format!("its `{claim}` is the agent itself"));
        }
    }
    for claim in ["xms_par_app_azp", "act"] {
        if claims.contains(claim) {
            return nested(format!("it has the claim `{claim}`"));
        }
    }
    Ok(())
}

fn text<'a>(claims: &'a Object, claim: &'static str) -> Result<Option<&'a str>, AssertionError> {
    claims.string(claim).map_err(|wrong| wrong_type(claim, &wrong))
}

fn audiences(claims: &Object) -> Result<Vec<&str>, AssertionError> {
    let audiences = claims.string_or_list("aud").map_err(|wrong| wrong_type("aud", &wrong))?;
    Ok(audiences.unwrap_or_default())
}

fn time(claims: &Object, claim: &'static str) -> Result<Option<UnixSeconds>, AssertionError> {
    let wanted = "a time in seconds since 1970";
    match claims.get(claim) {
        None => Ok(None),
        Some(Json::Integer(value)) if *value >= 0 => Ok(u64::try_from(*value).ok()),
        Some(other) => Err(AssertionError::Claim { claim, seen: other.kind().to_owned(), wanted }),
    }
}

fn absent(claim: &'static str, wanted: &'static str) -> AssertionError {
    AssertionError::Claim { claim, seen: "absent".to_owned(), wanted }
}

fn wrong_type(claim: &'static str, wrong: &WrongType) -> AssertionError {
    AssertionError::Claim { claim, seen: wrong.found.to_owned(), wanted: wrong.wanted }
}
