//! A token: checked, and kept or handed out.

use vicar_identity::{TokenKind, recognise};
use vicar_token::{Json, Object, UnixSeconds, Unverified, quote::Quoted};

use super::{Hop, Machine, Problem, Step};
use crate::{
    AnswerError, AssertionError, Exchanged, Flow, OutcomeError, Secret, answer,
    assertion::{self, Holder},
    flow::form::entra_client,
    oauth,
    outcome::{self, Expected, Who},
    spec::{Entra, Grant, Held, IdentityAssertion},
};

impl Machine {
    /// T1 or X2.
    pub(super) fn exchange_token_granted(
        &mut self,
        hop: Hop,
        object: Object,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let answer = answer::token(object, "Bearer", now)?;
        let (_, exp) = assertion::binding(&answer.access_token);
        let expires_at = answer.expires_at.min(exp.unwrap_or(UnixSeconds::MAX));
        if expires_at <= now {
            return Err(OutcomeError::Expired { expires_at, now }.into());
        }
        let held = Held { token: answer.access_token, expires_at };
        if let Flow::Entra(entra) = &self.spec.flow
            && let Some(agent) = entra.grant.agent()
        {
            let client = entra_client(&entra.grant, hop);
            let (what, tenant) = (hop.name(), &entra.tenant);
            assertion::exchange_token(
                &held.token,
                &Holder { what, tenant, client, agent: &agent.id },
            )
            .map_err(wrong_holder)?;
        }
        match hop {
            Hop::AgentExchange => self.progress.x2 = Some(held),
            _ => self.progress.t1 = Some(held),
        }
        self.go_on(now)
    }

    /// The ID-JAG, which is no access token: it goes to one authorisation server, from one client.
    pub(super) fn grant_issued(
        &mut self,
        object: Object,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let Flow::IdentityAssertion(flow) = &self.spec.flow else {
            return Err(Problem::OutOfOrder("an identity assertion grant"));
        };
        let answer = answer::token(object, "N_A", now)?;
        let issued = answer.issued_token_type.as_deref();
        if issued != Some(oauth::ID_JAG_TYPE) {
            return Err(wrong_issued_type(issued, oauth::ID_JAG_TYPE).into());
        }
        identity_assertion(&answer.access_token, flow, now)?;
        self.progress.grant = Some(answer.access_token);
        self.go_on(now)
    }

    /// What was asked for.
    pub(super) fn token_granted(
        &mut self,
        object: Object,
        now: UnixSeconds,
    ) -> Result<Step, Problem> {
        let answer = answer::token(object, "Bearer", now)?;
        let exchanged = match &self.spec.flow {
            Flow::Entra(entra) => {
                let expected = self
                    .expected(entra)
                    .ok_or(Problem::OutOfOrder("a token that has no target"))?;
                outcome::entra(answer, &expected, now)?
            }
            Flow::IdentityAssertion(flow) => {
                outcome::generic(answer, &flow.outcome, &flow.scopes, false, now)?
            }
            Flow::TokenExchange(flow) => {
                // Required by RFC 8693 section 2.2.1; left out by some, but never another.
                let issued = answer.issued_token_type.as_deref();
                if !matches!(issued, None | Some(oauth::ACCESS_TOKEN_TYPE | oauth::JWT_TYPE)) {
                    return Err(wrong_issued_type(issued, oauth::ACCESS_TOKEN_TYPE).into());
                }
                let actor_sent = flow.actor_token.is_some();
                outcome::generic(answer, &flow.outcome, &flow.scopes, actor_sent, now)?
            }
        };
        Ok(Step::Done(Box::new(self.with_exchange_tokens(exchanged))))
    }

    fn with_exchange_tokens(&mut self, exchanged: Exchanged) -> Exchanged {
        exchanged.with_exchange_tokens(self.progress.t1.take(), self.progress.x2.take())
    }

    fn expected<'a>(&'a self, entra: &'a Entra) -> Option<Expected<'a>> {
        let subject = match &entra.grant {
            Grant::AgentUser { user, .. } => Who::AgentUser(user),
            Grant::Autonomous { .. }
            | Grant::BlueprintExchange { .. }
            | Grant::ClientCredentials { .. } => Who::Itself,
            Grant::DeviceCode { .. } => Who::AnyUser,
            Grant::OnBehalfOf { .. } | Grant::PlainOnBehalfOf { .. } => {
                Who::User(self.progress.user.as_ref()?)
            }
            Grant::RefreshOnBehalfOf { subject, .. } => Who::User(subject.as_str()),
        };
        Some(Expected {
            authority: &entra.authority,
            tenant: &entra.tenant,
            actor: entra_client(&entra.grant, Hop::Last),
            blueprint: entra.grant.agent().map(|agent| &agent.blueprint),
            subject,
            target: entra.grant.target()?,
        })
    }
}

fn wrong_issued_type(seen: Option<&str>, wanted: &'static str) -> AnswerError {
    let seen = seen.map_or("absent".to_owned(), |seen| Quoted(seen).to_string());
    AnswerError::Member { member: "issued_token_type", seen, wanted }
}

fn wrong_holder(problem: AssertionError) -> Problem {
    match problem {
        AssertionError::WrongHolder { seen, wanted, .. } => {
            OutcomeError::WrongActor { seen, wanted }.into()
        }
        other => other.into(),
    }
}

fn identity_assertion(
    token: &Secret,
    flow: &IdentityAssertion,
    now: UnixSeconds,
) -> Result<(), OutcomeError> {
    let token = Unverified::parse(token.expose()).map_err(OutcomeError::Unreadable)?;
    let claims = token.claims();
    let recognition = recognise(token.header().token_type.as_deref(), claims);
    if recognition.kind != TokenKind::IdJag {
        return Err(OutcomeError::WrongKind(recognition));
    }
    let text = |claim| claims.get(claim).and_then(Json::as_str).unwrap_or_default().to_owned();
    let audience = text("aud");
    if audience != flow.resource_issuer.as_str() {
        let wanted = vec![flow.resource_issuer.as_str().to_owned()];
        return Err(OutcomeError::WrongAudience { seen: audience, wanted });
    }
    let client = text("client_id");
    if client != flow.resource_client.id {
        let wanted = flow.resource_client.id.clone();
        return Err(OutcomeError::WrongActor { seen: client, wanted });
    }
    let expires_at = claims.get("exp").and_then(Json::as_integer).unwrap_or_default();
    let expires_at = u64::try_from(expires_at).unwrap_or_default();
    if expires_at <= now {
        return Err(OutcomeError::Expired { expires_at, now });
    }
    Ok(())
}
