//! Cedar itself as the judge of `vicar-policy`.
//!
//! What it is: the same policies, entities and request given to the `cedar-policy` crate, and the
//! comparison of its answer with ours: decision, determining policies and erring policies. Tests
//! run on it, and a bundle build runs the bundle's tests on it. What it never does: share a line
//! with our lowering. It reads the policies' text through Cedar's public API.

mod convert;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::str::FromStr;

use cedar_policy::{
    AuthorizationError, Authorizer, Decision as CedarDecision, PolicyId, PolicySet, SlotId,
};
use thiserror::Error;
use vicar_policy::{Decision, Entities, Outcome, Program, Request};

use crate::cedar::TemplateLink;
use crate::cedar::stack::with_room;

pub use crate::cedar::stack::StackError;
pub use convert::{to_cedar_context, to_cedar_entities, to_cedar_uid};

/// Why the reference cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReferenceError {
    /// Cedar refuses an entity or value.
    #[error("cedar refuses {what}: {message}")]
    Data {
        /// Which entity, attribute or value.
        what: String,
        /// Cedar's words.
        message: String,
    },
    /// Cedar refuses the policies.
    #[error("cedar refuses the policies: {0}")]
    Policies(String),
    /// No room to evaluate, or Cedar panicked.
    #[error(transparent)]
    Stack(#[from] StackError),
    /// A policy without `@id`.
    #[error("a policy has no `@id`")]
    Unnamed,
}

/// A policy set as `cedar-policy` holds it, each policy under its `@id`.
#[derive(Clone, Debug)]
pub struct Reference {
    policies: PolicySet,
    authorizer: Authorizer,
    /// Cedar takes a chain of operators for as many levels, and runs out of a usual stack.
    has_long_chains: bool,
}

/// Cedar's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Cedar's decision.
    pub decision: Decision,
    /// Ids of the determining policies.
    pub determining: BTreeSet<String>,
    /// Ids of the policies that err.
    pub erring: BTreeSet<String>,
}

/// Where Cedar and `vicar-policy` part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Cedar's answer.
    pub cedar: Answer,
    /// Ours, in the same terms.
    pub vicar: Answer,
    /// Our own decision, stricter by declaration: deny when a policy errs.
    pub vicar_decision: Decision,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "cedar: {:?}", self.cedar)?;
        write!(out, "vicar: {:?}, decided {:?}", self.vicar, self.vicar_decision)
    }
}

impl Reference {
    /// Reads policies that [`compile_policies`](crate::cedar::compile_policies) accepts; texts of
    /// unknown origin must go through it first, for its limits.
    ///
    /// # Errors
    /// When Cedar refuses a text or a link, or a policy has no `@id`.
    pub fn new(files: &[(String, String)], links: &[TemplateLink]) -> Result<Self, ReferenceError> {
        let mut policies = PolicySet::new();
        for (_, text) in files {
            let parsed = PolicySet::from_str(text).map_err(refused)?;
            for policy in parsed.policies() {
                let id = policy.annotation("id").ok_or(ReferenceError::Unnamed)?;
                policies.add(policy.new_id(PolicyId::new(id))).map_err(refused)?;
            }
            for template in parsed.templates() {
                let id = template.annotation("id").ok_or(ReferenceError::Unnamed)?;
                policies.add_template(template.new_id(PolicyId::new(id))).map_err(refused)?;
            }
        }
        for link in links {
            let mut values = HashMap::new();
            let slots =
                [(SlotId::principal(), &link.principal), (SlotId::resource(), &link.resource)];
            for (slot, value) in slots {
                if let Some(value) = value {
                    values.insert(slot, value.parse().map_err(refused)?);
                }
            }
            policies
                .link(PolicyId::new(&link.template), PolicyId::new(&link.id), values)
                .map_err(refused)?;
        }
        let operators = |text: &str| text.matches("&&").count() + text.matches("||").count();
        let has_long_chains = files.iter().any(|(_, text)| operators(text) > LONG_CHAIN);
        Ok(Self { policies, authorizer: Authorizer::new(), has_long_chains })
    }

    /// Cedar's answer to a request.
    ///
    /// # Errors
    /// When Cedar refuses an entity, a value or the request.
    pub fn authorize(
        &self,
        request: &Request<'_>,
        entities: &Entities<'_>,
    ) -> Result<Answer, ReferenceError> {
        let entities = to_cedar_entities(entities)?;
        self.authorize_with(request, &entities)
    }

    /// As [`Self::authorize`], with entities converted before.
    ///
    /// # Errors
    /// When Cedar refuses a value or the request.
    pub fn authorize_with(
        &self,
        request: &Request<'_>,
        entities: &cedar_policy::Entities,
    ) -> Result<Answer, ReferenceError> {
        let request = cedar_policy::Request::new(
            to_cedar_uid(request.principal)?,
            to_cedar_uid(request.action)?,
            to_cedar_uid(request.resource)?,
            to_cedar_context(&request.context.to_record())?,
            None,
        )
        .map_err(|error| ReferenceError::Data {
            what: "the request".to_owned(),
            message: error.to_string(),
        })?;
        let ask = || self.authorizer.is_authorized(&request, &self.policies, entities);
        let response = if self.has_long_chains { with_room(ask)? } else { ask() };
        Ok(Answer {
            decision: match response.decision() {
                CedarDecision::Allow => Decision::Allow,
                CedarDecision::Deny => Decision::Deny,
            },
            determining: response.diagnostics().reason().map(ToString::to_string).collect(),
            erring: response
                .diagnostics()
                .errors()
                .map(|AuthorizationError::PolicyEvaluationError(error)| {
                    error.policy_id().to_string()
                })
                .collect(),
        })
    }
}

/// Whether our outcome is what Cedar answers, and our own decision what we declare.
///
/// # Errors
/// The difference, when there is one.
pub fn compare(
    cedar: &Answer,
    program: &Program,
    outcome: &Outcome,
) -> Result<(), Box<Difference>> {
    let name = |index: u32| {
        program.policy(index).map_or_else(|| format!("#{index}"), |policy| policy.id().to_owned())
    };
    let vicar = Answer {
        decision: outcome.cedar_decision,
        determining: outcome.determining.iter().map(|index| name(*index)).collect(),
        erring: outcome.erring.iter().map(|erring| name(erring.policy)).collect(),
    };
    let declared = if cedar.erring.is_empty() { cedar.decision } else { Decision::Deny };
    if vicar == *cedar && outcome.decision == declared {
        Ok(())
    } else {
        Err(Box::new(Difference { cedar: cedar.clone(), vicar, vicar_decision: outcome.decision }))
    }
}

/// So many `&&` and `||` in one file may be one chain.
const LONG_CHAIN: usize = 200;

fn refused(error: impl fmt::Display) -> ReferenceError {
    ReferenceError::Policies(error.to_string())
}

#[cfg(test)]
mod tests;
