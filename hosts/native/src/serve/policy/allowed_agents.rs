//! A list of app ids in the configuration: for those without a bundle.

use std::collections::{BTreeMap, BTreeSet};

use vicar_exchange::{Guid, digest::Digest};
use vicar_token::quote::Quoted;

use super::{ExchangePolicy, ExchangeQuestion, ExchangeVerdict};
use crate::serve::{configuration::Configuration, reason::AGENT_NOT_ALLOWED};

/// The list of app ids in the configuration; an empty one permits nothing.
#[derive(Clone, Debug)]
pub struct AllowedAgents {
    general: BTreeSet<Guid>,
    by_api: BTreeMap<String, BTreeSet<Guid>>,
    digest: Digest,
}

impl AllowedAgents {
    /// Of a configuration.
    pub fn of(configuration: &Configuration) -> Self {
        let by_api = configuration
            .apis
            .values()
            .filter_map(|api| Some((api.name.clone(), api.allowed_agents.clone()?)))
            .collect();
        Self {
            general: configuration.own.allowed_agents.clone(),
            by_api,
            digest: digest(configuration),
        }
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
                www_authenticate: None,
                findings: None,
                caller: None,
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
            www_authenticate: None,
            findings: None,
            caller: None,
        }
    }

    fn digest(&self) -> Digest {
        self.digest
    }

    fn name(&self) -> String {
        self.digest.to_string()
    }

    fn judges_scopes(&self) -> bool {
        false
    }
}

/// Of everything in the configuration that decides who may have a token.
fn digest(configuration: &Configuration) -> Digest {
    let mut parts = vec![format!("{:?}", configuration.own.allowed_agents)];
    for (name, api) in &configuration.apis {
        parts.push(format!("{name} {:?} {:?}", api.allowed_agents, api.allowed_scopes));
    }
    Digest::of_parts(parts.iter().map(String::as_bytes))
}
