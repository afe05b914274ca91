//! The bare decision on an exchange, and the proof that it was permitted.

use std::sync::Arc;

use vicar_bundle::exchange::{Downstream, ExchangeFlow};
use vicar_exchange::{
    Claims, Guid, Scopes,
    spec::{AgentUser, Opaque, Target, WiderScopes},
};
use vicar_identity::Identity;
use vicar_token::Reason;

use crate::{Admitted, Refusal, verdict::sentence, vocabulary::exchange as words};

/// Allow or deny, with the reason and what led to it.
#[derive(Clone, Debug)]
pub struct ExchangeDecision {
    /// Whether the token may be obtained. There is no shadow mode here.
    pub allowed: bool,
    /// The stable reason.
    pub reason: &'static Reason,
    /// The HTTP status that goes with it.
    pub status: u16,
    /// The caller's token, when it presented one that is good.
    pub caller: Option<Arc<Admitted>>,
    /// Who would act, for whom, by the token to obtain; when it got that far.
    pub identity: Option<Identity>,
    /// Ids of the policies that decided, in program order.
    pub policies: Vec<String>,
    /// What refused the exchange before any policy was asked.
    pub refusal: Option<Refusal>,
    /// The exchange that may be made, when it is allowed.
    pub permitted: Option<PermittedExchange>,
}

impl ExchangeDecision {
    /// The sentence of an allow, as the explanation has it, without the cost of explaining; none
    /// for a deny.
    pub fn allowed_sentence(&self) -> Option<String> {
        let (identity, permitted) = (self.identity.as_ref()?, self.permitted.as_ref()?);
        let ids: Vec<&str> = self.policies.iter().map(String::as_str).collect();
        let resource = words::resource(&permitted.downstream);
        Some(sentence::allowed(identity, &ids, &words::action(), &resource))
    }
}

/// An exchange that policy permitted, with every default filled in. Only an [`ExchangeGate`] makes
/// one.
///
/// [`ExchangeGate`]: crate::ExchangeGate
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PermittedExchange {
    pub(super) downstream: Arc<Downstream>,
    pub(super) flow: ExchangeFlow,
    pub(super) agent: Option<Guid>,
    pub(super) agent_user: Option<AgentUser>,
    pub(super) scopes: Scopes,
}

impl PermittedExchange {
    /// The downstream API.
    pub const fn downstream(&self) -> &Arc<Downstream> {
        &self.downstream
    }

    /// In whose place.
    pub const fn flow(&self) -> ExchangeFlow {
        self.flow
    }

    /// The agent that acts; none: the blueprint itself.
    pub const fn agent(&self) -> Option<&Guid> {
        self.agent.as_ref()
    }

    /// The agent's user account, in its flow.
    pub const fn agent_user(&self) -> Option<&AgentUser> {
        self.agent_user.as_ref()
    }

    /// The scopes to ask for, in the order given.
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// What to ask the token service for, and what is accepted of its answer; `claims` is a
    /// challenge to answer, `capabilities` what the caller can do (`cp1`).
    pub fn target(&self, claims: Option<Claims>, capabilities: Vec<String>) -> Target {
        Target {
            scopes: self.scopes.clone(),
            audiences: self.downstream.audiences.clone(),
            opaque: match self.downstream.accept_opaque {
                true => Opaque::Accept,
                false => Opaque::Refuse,
            },
            wider_scopes: match self.downstream.accept_wider_scopes {
                true => WiderScopes::Accept,
                false => WiderScopes::Refuse,
            },
            claims,
            capabilities,
        }
    }
}
