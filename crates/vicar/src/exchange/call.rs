//! A request for a token, as every host describes it.

use std::fmt;

use vicar_bundle::exchange::ExchangeFlow;

/// An exchange to decide on. Nothing in it is trusted: what a caller chooses, policy permits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct ExchangeCall<'a> {
    /// The caller's bare token, a user's for the blueprint (Tc), if it presents one.
    pub token: Option<&'a str>,
    /// The downstream API's name in the bundle.
    pub downstream: &'a str,
    /// App id (GUID) of the agent that is to act; none: the blueprint itself.
    pub agent: Option<&'a str>,
    /// Object id (GUID) of the agent's user account.
    pub agent_user_id: Option<&'a str>,
    /// User principal name of the agent's user account; not both.
    pub agent_user_name: Option<&'a str>,
    /// In whose place; none: the agent's user account where one is named, else as the bundle says
    /// of the downstream API.
    pub flow: Option<ExchangeFlow>,
    /// Scopes to ask for; empty: those of the downstream API.
    pub scopes: &'a [&'a str],
}

impl fmt::Debug for ExchangeCall<'_> {
    /// Without the token.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { token, downstream, agent, agent_user_id, agent_user_name, flow, scopes } = self;
        formatter
            .debug_struct("ExchangeCall")
            .field("token", &token.map(|_| "***"))
            .field("downstream", downstream)
            .field("agent", agent)
            .field("agent_user_id", agent_user_id)
            .field("agent_user_name", agent_user_name)
            .field("flow", flow)
            .field("scopes", scopes)
            .finish()
    }
}
