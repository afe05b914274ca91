//! May this caller have this agent act, for this subject, towards this API? Asked before anything
//! is sent.

mod allowed_agents;
mod bundle;

use std::sync::Arc;

use serde_json::Value;
use vicar::Admitted;
use vicar_exchange::{Guid, Scopes, digest::Digest};
use vicar_token::Reason;

use super::callers::Caller;

pub use allowed_agents::AllowedAgents;
pub(super) use bundle::BundlePolicy;

/// What is to be permitted.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeQuestion<'a> {
    /// The API's name in the configuration.
    pub api: &'a str,
    /// Who calls the sidecar, verified; nobody on the unauthenticated routes.
    pub caller: Option<&'a Caller>,
    /// The tenant of the exchange.
    pub tenant: &'a Guid,
    /// The application that the sidecar is: the blueprint, where there is an agent.
    pub client: &'a Guid,
    /// Who is to act: the agent, or the application itself.
    pub actor: &'a Guid,
    /// `on_behalf_of`, `autonomous`, `agent_user`, `user` (plain on-behalf-of) or `app`.
    pub mode: &'static str,
    /// The agent's user account, as asked for.
    pub agent_user: Option<&'a str>,
    /// What is asked for.
    pub scopes: &'a Scopes,
}

/// The answer.
#[derive(Clone, Debug)]
pub struct ExchangeVerdict {
    /// Whether the exchange may begin.
    pub allowed: bool,
    /// The stable code; `permitted` where it may.
    pub reason: Reason,
    /// In words.
    pub sentence: String,
    /// What would change it.
    pub change: String,
    /// The policies that decided.
    pub policies: Vec<String>,
    /// The `WWW-Authenticate` field of a refusal that another sign-in could change.
    pub www_authenticate: Option<String>,
    /// Clause by clause, why policies refuse; where the bundle permits telling.
    pub findings: Option<Value>,
    /// The caller, with the names that the bundle's directory has for them.
    pub caller: Option<Arc<Admitted>>,
}

/// Whatever decides.
pub trait ExchangePolicy: Send + Sync + 'static {
    /// Decides. What cannot be decided is denied.
    fn decide(&self, question: &ExchangeQuestion<'_>) -> ExchangeVerdict;

    /// Of everything that decides: a token that another policy permitted is not handed out.
    fn digest(&self) -> Digest;

    /// What audit lines call it.
    fn name(&self) -> String;

    /// Whether it decides on scopes; else the configuration's lists do.
    fn judges_scopes(&self) -> bool;
}
