//! From a call to what would be obtained: who would act, for whom, with which scopes. What makes no
//! sense is refused, never dropped (domain cases 45 to 48).

use std::{collections::BTreeSet, sync::Arc};

use vicar_bundle::{
    Exchange,
    contents::DeclaredClaim,
    exchange::{Downstream, ExchangeFlow},
};
use vicar_exchange::{
    Guid, Scopes, SpecError, reason::EXCHANGE_REQUEST_MALFORMED, spec::AgentUser,
};
use vicar_identity::{
    Directory, Evidence, Identity, IdentityError, Mode, Principal, PrincipalKind, TokenKind,
    directory::Registration,
    identity::{Blueprint, Groups, Relationship, Tenant, TokenFacts},
    profile::Family,
};

use super::{ExchangeCall, PermittedExchange, assertion};
use crate::{
    Admitted, Refusal,
    rules::Rules,
    vocabulary::{exchange as words, subject::Subject},
};

/// What would be obtained, in the words of the policies.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) identity: Identity,
    pub(super) subject: Subject,
    /// Whether the caller's token lists too many groups to name them.
    pub(super) groups_unknown: bool,
    /// Given out only when the policies permit it.
    pub(super) permitted: PermittedExchange,
}

/// Fills in the defaults and refuses what cannot be asked for.
pub(super) fn plan(
    rules: &Rules,
    exchange: &Exchange,
    downstream: &Arc<Downstream>,
    call: &ExchangeCall<'_>,
    caller: Option<&Admitted>,
) -> Result<Plan, Refusal> {
    let names_user = call.agent_user_id.is_some() || call.agent_user_name.is_some();
    let flow = call.flow.unwrap_or(match names_user {
        true => ExchangeFlow::AgentUser,
        false => downstream.flow,
    });
    let agent = call.agent.map(Guid::parse).transpose().map_err(unsendable)?;
    who_fits(flow, agent.is_some(), names_user)?;
    let agent_user = (flow == ExchangeFlow::AgentUser)
        .then(|| AgentUser::from_parameters(call.agent_user_id, call.agent_user_name))
        .transpose()
        .map_err(unsendable)?;
    if flow == ExchangeFlow::OnBehalfOf {
        assertion::user_only(&caller.ok_or_else(Refusal::no_token)?.identity)?;
    }
    let scopes = match call.scopes {
        [] => Scopes::parse(&downstream.scopes),
        asked => Scopes::parse(asked),
    };
    let scopes = scopes.map_err(unsendable)?;
    let permitted =
        PermittedExchange { downstream: Arc::clone(downstream), flow, agent, agent_user, scopes };
    let planning = Planning { exchange, directory: &rules.contents().directory, caller };
    let identity = planning.identity(&permitted)?;
    let subject = words::prepare(
        &identity,
        caller.map(|caller| (caller, declared(rules, caller))),
        &rules.contents().directory,
        &rules.world,
        rules.shape.of_exchange(),
    )?;
    let groups = caller.map(|caller| &caller.identity.groups);
    let groups_unknown = groups == Some(&Groups::Overage);
    Ok(Plan { identity, subject, groups_unknown, permitted })
}

/// Parameters that go with another flow would only seem to be in force.
fn who_fits(flow: ExchangeFlow, agent: bool, user: bool) -> Result<(), Refusal> {
    let malformed = |message: String, remedy: &str| {
        Err(Refusal::new(&EXCHANGE_REQUEST_MALFORMED, message, remedy))
    };
    match (flow, agent) {
        (ExchangeFlow::AgentUser | ExchangeFlow::Autonomous, false) => malformed(
            format!("the flow `{}` needs an agent, and none is named", flow.name()),
            "name the agent identity that is to act",
        ),
        (ExchangeFlow::App, true) => malformed(
            "an agent is named, and the flow `app` is the blueprint's own".to_owned(),
            "choose the flow `autonomous`, or leave the agent out",
        ),
        _ if user && flow != ExchangeFlow::AgentUser => malformed(
            format!("an agent's user account is named, and the flow is `{}`", flow.name()),
            "choose the flow `agent_user`, or leave the account out",
        ),
        _ => Ok(()),
    }
}

fn unsendable(error: SpecError) -> Refusal {
    let reason = error.reason();
    let known = vicar_exchange::reason::ALL.iter().find(|known| ***known == reason);
    Refusal::new(
        known.copied().unwrap_or(&EXCHANGE_REQUEST_MALFORMED),
        error.to_string(),
        error.remedy(),
    )
}

/// The claims that the bundle declares for the issuer of the caller's token.
fn declared<'r>(rules: &'r Rules, caller: &Admitted) -> &'r [DeclaredClaim] {
    let name = caller.verified.issuer_name();
    let issuer = rules.contents().trust.iter().find(|issuer| issuer.trusted.name == name);
    issuer.map_or(&[], |issuer| &issuer.claims)
}

struct Planning<'a> {
    exchange: &'a Exchange,
    directory: &'a Directory,
    caller: Option<&'a Admitted>,
}

impl Planning<'_> {
    /// The identity that the token to obtain would show.
    fn identity(&self, asked: &PermittedExchange) -> Result<Identity, Refusal> {
        let caller = self.caller.map(|caller| &caller.identity);
        let actor = self.actor(asked)?;
        let user = caller.filter(|_| asked.flow == ExchangeFlow::OnBehalfOf);
        let subject = match (user, &asked.agent_user) {
            (Some(caller), _) => caller.subject.clone(),
            (None, Some(user)) => self.agent_user(user),
            (None, None) => actor.clone(),
        };
        let exchange = self.exchange;
        let issuer = exchange.issuer.as_deref().unwrap_or("exchange");
        Ok(Identity {
            family: Family::Entra,
            issuer_name: caller.map_or(issuer, |caller| &caller.issuer_name).to_owned(),
            issuer: caller.map(|caller| caller.issuer.clone()).unwrap_or_default(),
            token_kind: TokenKind::AccessToken,
            mode: mode(asked),
            blueprint: asked.agent.as_ref().map(|_| self.blueprint(&actor)),
            subject,
            actor,
            prior_actors: Vec::new(),
            tenant: Some(Tenant {
                id: exchange.tenant.clone(),
                name: self.directory.tenant_name(&exchange.tenant).map(str::to_owned),
            }),
            relationship: match (user, &asked.agent_user) {
                (Some(caller), _) => caller.relationship,
                (None, Some(_)) => Relationship::Unknown,
                (None, None) => Relationship::ServicePrincipal,
            },
            scopes: asked.scopes.iter().map(str::to_owned).collect(),
            roles: user.map_or_else(BTreeSet::new, |caller| caller.roles.clone()),
            groups: user.map_or(Groups::NotGiven, |caller| caller.groups.clone()),
            authentication: caller.map(|caller| caller.authentication.clone()).unwrap_or_default(),
            capabilities: caller.map(|caller| caller.capabilities.clone()).unwrap_or_default(),
            binding: None,
            workload: None,
            token: caller.map_or_else(TokenFacts::default, |caller| caller.token.clone()),
        })
    }

    /// The agent, or the blueprint itself.
    fn actor(&self, asked: &PermittedExchange) -> Result<Principal, Refusal> {
        let (directory, tenant) = (self.directory, &self.exchange.tenant);
        let Some(agent) = &asked.agent else {
            let id = &self.exchange.blueprint;
            let registration = directory.registration(tenant, id);
            let kind = match registration {
                Some(Registration::App(_)) => PrincipalKind::App,
                _ => PrincipalKind::Blueprint,
            };
            return Ok(self.principal(kind, id, registration));
        };
        let registration = directory.registration(tenant, agent.as_str());
        match registration {
            Some(Registration::Agent(known)) if known.disabled => {
                Err(IdentityError::AgentDisabled { name: known.name.clone() }.into())
            }
            Some(Registration::Agent(known)) => {
                self.made_by(known.blueprint.as_deref(), &known.name)
            }
            Some(Registration::App(known) | Registration::Blueprint(known)) => Err(Refusal::new(
                &EXCHANGE_REQUEST_MALFORMED,
                format!("`{}` is not an agent, says the bundle's directory", known.name),
                "name an agent identity of the blueprint",
            )),
            None if directory.has_agent_only_elsewhere(tenant, agent.as_str()) => {
                let (id, tenant) = (agent.as_str().to_owned(), tenant.clone());
                Err(IdentityError::CrossTenant { what: "agent", id, tenant }.into())
            }
            None => Ok(()),
        }?;
        Ok(self.principal(PrincipalKind::Agent, agent.as_str(), registration))
    }

    /// T1 of one blueprint never fits an agent of another.
    fn made_by(&self, registered: Option<&str>, agent: &str) -> Result<(), Refusal> {
        match registered.filter(|registered| *registered != self.exchange.blueprint) {
            Some(registered) => Err(Refusal::new(
                &vicar_identity::reason::BLUEPRINT_CONFLICT,
                format!(
                    "the agent `{agent}` is of the blueprint `{registered}`, and the exchange is \
                     `{}`'s",
                    self.exchange.blueprint
                ),
                "name an agent of the blueprint, or correct the directory",
            )),
            None => Ok(()),
        }
    }

    fn principal(
        &self,
        kind: PrincipalKind,
        id: &str,
        registration: Option<Registration<'_>>,
    ) -> Principal {
        Principal {
            kind,
            id: id.to_owned(),
            realm: self.exchange.tenant.clone(),
            name: registration.map(|registration| registration.name().to_owned()),
            display: None,
            evidence: match registration {
                Some(_) => Evidence::Registered,
                None => Evidence::Absent,
            },
        }
    }

    /// Which account is the agent's own only the token service can say: nothing is registered.
    fn agent_user(&self, user: &AgentUser) -> Principal {
        let id = match user {
            AgentUser::ObjectId(id) => id.as_str(),
            AgentUser::PrincipalName(name) => name.as_str(),
        };
        self.principal(PrincipalKind::AgentUser, id, None)
    }

    fn blueprint(&self, agent: &Principal) -> Blueprint {
        let (tenant, id) = (&self.exchange.tenant, &self.exchange.blueprint);
        Blueprint {
            id: id.clone(),
            name: self.directory.blueprint(tenant, id).map(|known| known.name.clone()),
            evidence: agent.evidence,
        }
    }
}

const fn mode(asked: &PermittedExchange) -> Mode {
    match (asked.flow, &asked.agent) {
        (ExchangeFlow::AgentUser, _) => Mode::AgentUser,
        (ExchangeFlow::App, _) => Mode::App,
        (ExchangeFlow::Autonomous, _) => Mode::Autonomous,
        (ExchangeFlow::OnBehalfOf, Some(_)) => Mode::OnBehalfOf,
        (ExchangeFlow::OnBehalfOf, None) => Mode::User,
    }
}
