//! Which request comes next.

use vicar_token::UnixSeconds;

use super::{Machine, Progress, Step};
use crate::{
    Credential, Exchanged, Flow, Problem,
    spec::{Grant, Held},
};

/// One request to a token endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hop {
    /// X2: the agent's own exchange token.
    AgentExchange,
    /// T1: the blueprint's exchange token for the agent.
    BlueprintExchange,
    /// The device code.
    DeviceAuthorization,
    /// Whether the person has signed in.
    DevicePoll,
    /// The identity assertion grant (ID-JAG), at the user's identity provider.
    GrantIssue,
    /// What was asked for.
    Last,
}

impl Hop {
    /// For messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::AgentExchange => "X2",
            Self::BlueprintExchange => "T1",
            Self::DeviceAuthorization => "the device code",
            Self::DevicePoll | Self::Last => "the token",
            Self::GrantIssue => "the identity assertion grant",
        }
    }
}

/// What a client proves itself with in a hop.
pub(super) enum Proof<'a> {
    Assertion(&'a Held),
    Credential(&'a Credential),
}

impl Machine {
    /// The next request, or the end where nothing has to be asked.
    pub(super) fn go_on(&mut self, now: UnixSeconds) -> Result<Step, Problem> {
        if now >= self.deadline {
            let last = "no time was left for the next request".to_owned();
            return Err(Problem::Deadline { deadline: self.deadline, now, last });
        }
        match next(&self.spec.flow, &self.progress, now) {
            Some(hop) => self.authenticate(hop, now),
            None => match self.progress.t1.take() {
                Some(t1) => Ok(Step::Done(Box::new(Exchanged::exchange_token(t1)))),
                None => Err(Problem::OutOfOrder("nothing to do")),
            },
        }
    }

    pub(super) fn proof(&self, hop: Hop) -> Proof<'_> {
        let Progress { t1, .. } = &self.progress;
        let client = match &self.spec.flow {
            Flow::IdentityAssertion(flow) if hop == Hop::GrantIssue => {
                &flow.provider_client.credential
            }
            Flow::IdentityAssertion(flow) => &flow.resource_client.credential,
            Flow::TokenExchange(flow) => &flow.client.credential,
            Flow::Entra(entra) => match (&entra.grant, t1) {
                (Grant::DeviceCode { .. }, _) => &Credential::Public,
                (
                    Grant::ClientCredentials { client, .. } | Grant::PlainOnBehalfOf { client, .. },
                    _,
                ) => &client.credential,
                (_, Some(t1)) if hop != Hop::BlueprintExchange => return Proof::Assertion(t1),
                (grant, _) => grant.agent().map_or(&Credential::Public, |agent| &agent.credential),
            },
        };
        Proof::Credential(client)
    }
}

fn next(flow: &Flow, progress: &Progress, now: UnixSeconds) -> Option<Hop> {
    let is_good = |held: &Option<Held>| held.as_ref().is_some_and(|held| held.expires_at > now);
    let entra = match flow {
        Flow::IdentityAssertion(_) if progress.grant.is_none() => return Some(Hop::GrantIssue),
        Flow::IdentityAssertion(_) | Flow::TokenExchange(_) => return Some(Hop::Last),
        Flow::Entra(entra) => entra,
    };
    match &entra.grant {
        Grant::DeviceCode { .. } if progress.device.is_none() => Some(Hop::DeviceAuthorization),
        Grant::DeviceCode { .. } => Some(Hop::DevicePoll),
        Grant::ClientCredentials { .. } | Grant::PlainOnBehalfOf { .. } => Some(Hop::Last),
        _ if !is_good(&progress.t1) => Some(Hop::BlueprintExchange),
        Grant::BlueprintExchange { .. } => None,
        Grant::AgentUser { .. } if !is_good(&progress.x2) => Some(Hop::AgentExchange),
        _ => Some(Hop::Last),
    }
}
