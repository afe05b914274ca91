//! May this caller have this agent act, for this subject, towards this API? Asked before anything
//! is sent.

use std::collections::{BTreeMap, BTreeSet};

use vicar_exchange::{Guid, Scopes};
use vicar_identity::Identity;
use vicar_token::{Reason, quote::Quoted};

use super::{configuration::Configuration, reason::AGENT_NOT_ALLOWED};

/// What is to be permitted.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeQuestion<'a> {
    /// The API's name in the configuration.
    pub api: &'a str,
    /// Who calls the sidecar, verified; nobody on the unauthenticated routes.
    pub caller: Option<&'a Identity>,
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
#[derive(Clone, Debug, PartialEq, Eq)]
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
}

/// Whatever decides.
pub trait ExchangePolicy: Send + Sync + 'static {
    /// Decides. What cannot be decided is denied.
    fn decide(&self, question: &ExchangeQuestion<'_>) -> ExchangeVerdict;
}

/// The list of app ids in the configuration; an empty one permits nothing.
#[derive(Clone, Debug)]
pub struct AllowedAgents {
    general: BTreeSet<Guid>,
    by_api: BTreeMap<String, BTreeSet<Guid>>,
}

impl AllowedAgents {
    /// Of a configuration.
    pub fn of(configuration: &Configuration) -> Self {
        let by_api = configuration
            .apis
            .values()
            .filter_map(|api| Some((api.name.clone(), api.allowed_agents.clone()?)))
            .collect();
        Self { general: configuration.own.allowed_agents.clone(), by_api }
    }
}

impl ExchangePolicy for AllowedAgents {
    fn decide(&self, question: &ExchangeQuestion<'_>) -> ExchangeVerdict {
        let ExchangeQuestion { api, actor, client, .. } = question;
        let (list, key) = match self.by_api.get(*api) {
            Some(list) => (list, format!("Vicar__DownstreamApis__{api}__AllowedAgents")),
            None => (&self.general, "Vicar__AllowedAgents".to_owned()),
        };
        let what = if actor == client { "application" } else { "agent" };
        let mode = question.mode;
        if list.contains(*actor) {
            return ExchangeVerdict {
                allowed: true,
                reason: vicar::reason::PERMITTED,
                sentence: format!(
                    "Allowed: `{key}` lets the {what} `{actor}` act (`{mode}`) towards {}.",
                    Quoted(api)
                ),
                change: String::new(),
                policies: vec![key],
            };
        }
        ExchangeVerdict {
            allowed: false,
            reason: AGENT_NOT_ALLOWED,
            sentence: format!(
                "Denied: the {what} `{actor}` is not among those that may act towards {}.",
                Quoted(api)
            ),
            change: format!("add its app id to `{key}__0` if callers may act as it"),
            policies: Vec::new(),
        }
    }
}
