//! What is refused before anything is sent.

use vicar_identity::exchange_audience::is_exchange_audience;
use vicar_token::UnixSeconds;

use super::Machine;
use crate::{
    Credential, CredentialError, Flow, Guid, Problem, SpecError,
    assertion::{self, Audience, Holder},
    spec::{Agent, Entra, GenericClient, GenericOutcome, Grant, Held, Nested, Target},
};

/// A T1 or X2 handed in has to be good for this long, in seconds: the hops that use it take time.
const MARGIN: u64 = 60;

impl Machine {
    /// Checks the whole request, and takes up what was handed in.
    pub(super) fn check(&mut self, now: UnixSeconds) -> Result<(), Problem> {
        match &self.spec.flow {
            Flow::Entra(entra) => {
                grant(&entra.grant)?;
                self.progress.user = user(entra, now)?;
                if let Some(agent) = entra.grant.agent() {
                    let (t1, x2) = held(entra, agent, now)?;
                    self.progress.handed_in = t1.is_some() || x2.is_some();
                    (self.progress.t1, self.progress.x2) = (t1, x2);
                }
                Ok(())
            }
            Flow::IdentityAssertion(flow) => {
                generic_client(&flow.provider_client)?;
                generic_client(&flow.resource_client)?;
                plain("subject token type", &flow.subject_token_type)?;
                plain_option("resource", flow.resource.as_deref())?;
                generic_outcome(&flow.outcome)
            }
            Flow::TokenExchange(flow) => {
                generic_client(&flow.client)?;
                plain("subject token type", &flow.subject_token_type)?;
                plain("actor token type", &flow.actor_token_type)?;
                plain_option("audience", flow.audience.as_deref())?;
                plain_option("resource", flow.resource.as_deref())?;
                generic_outcome(&flow.outcome)
            }
        }
    }
}

fn grant(grant: &Grant) -> Result<(), Problem> {
    if let Some(agent) = grant.agent() {
        confidential(&agent.credential)?;
    }
    match grant {
        Grant::BlueprintExchange { .. } => Ok(()),
        Grant::Autonomous { target: aim, .. } => target(aim, Permissions::Default),
        Grant::ClientCredentials { client, target: aim } => {
            confidential(&client.credential)?;
            target(aim, Permissions::Default)
        }
        Grant::PlainOnBehalfOf { client, target: aim, .. } => {
            confidential(&client.credential)?;
            target(aim, Permissions::Any)
        }
        Grant::AgentUser { target: aim, .. }
        | Grant::DeviceCode { target: aim, .. }
        | Grant::OnBehalfOf { target: aim, .. }
        | Grant::RefreshOnBehalfOf { target: aim, .. } => target(aim, Permissions::Any),
    }
}

/// Which permissions a flow can ask for.
enum Permissions {
    Any,
    /// `.default` alone: there is no user who could consent.
    Default,
}

fn target(target: &Target, permissions: Permissions) -> Result<(), Problem> {
    let scopes = match permissions {
        Permissions::Any => target.scopes.of_one_resource()?,
        Permissions::Default => target.scopes.default_of_one_resource()?,
    };
    if is_exchange_audience(scopes.resource) {
        return Err(SpecError::ExchangeResource { seen: scopes.resource.to_owned() }.into());
    }
    if target.audiences.is_empty() {
        return Err(SpecError::AudiencesMissing.into());
    }
    if let Some(exchange) = target.audiences.iter().find(|audience| is_exchange_audience(audience))
    {
        return Err(SpecError::ExchangeResource { seen: exchange.clone() }.into());
    }
    for capability in &target.capabilities {
        plain("capability", capability)?;
    }
    Ok(())
}

fn user(entra: &Entra, now: UnixSeconds) -> Result<Option<String>, Problem> {
    let read = |token, client: &Guid, agent: Option<&Guid>, nested: Nested| {
        let audience = Audience { tenant: &entra.tenant, client, agent };
        let user = assertion::user_assertion(token, &audience, nested, now)?;
        Ok(Some(user))
    };
    match &entra.grant {
        Grant::OnBehalfOf { agent, user_assertion, nested, .. } => {
            read(user_assertion, &agent.blueprint, Some(&agent.id), *nested)
        }
        Grant::PlainOnBehalfOf { client, user_assertion, nested, .. } => {
            read(user_assertion, &client.id, None, *nested)
        }
        _ => Ok(None),
    }
}

/// T1 and X2, unless they are about to expire.
fn held(
    entra: &Entra,
    agent: &Agent,
    now: UnixSeconds,
) -> Result<(Option<Held>, Option<Held>), Problem> {
    let check = |held: &Option<Held>, what, client: &Guid| {
        let Some(held) = held else { return Ok(None) };
        let (_, exp) = assertion::binding(&held.token);
        let expires_at = held.expires_at.min(exp.unwrap_or(UnixSeconds::MAX));
        if expires_at <= now.saturating_add(MARGIN) {
            return Ok(None);
        }
        let holder = Holder { what, tenant: &entra.tenant, client, agent: &agent.id };
        assertion::exchange_token(&held.token, &holder).map(|()| Some(held.clone()))
    };
    Ok((check(&agent.t1, "T1", &agent.blueprint)?, check(&agent.x2, "X2", &agent.id)?))
}

fn confidential(credential: &Credential) -> Result<(), Problem> {
    match credential {
        Credential::Public => {
            Err(CredentialError::Kind("this flow needs a credential, and none is given").into())
        }
        _ => Ok(()),
    }
}

fn generic_client(client: &GenericClient) -> Result<(), Problem> {
    plain("client id", &client.id)?;
    match client.credential {
        Credential::ManagedIdentity { .. } => Err(CredentialError::Kind(
            "a managed identity's token is for Entra's token exchange, not for other issuers",
        )
        .into()),
        _ => Ok(()),
    }
}

fn generic_outcome(outcome: &GenericOutcome) -> Result<(), Problem> {
    if outcome.audiences.is_empty() {
        return Err(SpecError::AudiencesMissing.into());
    }
    Ok(())
}

fn plain(what: &'static str, text: &str) -> Result<(), Problem> {
    let fits = (1..=1024).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(()) } else { Err(SpecError::NotPlain { what, seen: text.to_owned() }.into()) }
}

fn plain_option(what: &'static str, text: Option<&str>) -> Result<(), Problem> {
    text.map_or(Ok(()), |text| plain(what, text))
}
