//! Permits that almost allowed, and what they lacked.

use std::fmt;

use super::{ClauseFinding, ClauseState, finding};
use crate::{
    Program,
    evaluate::Evaluator,
    ir::Effect,
    order,
    program::{Located, Matched, PolicyView},
    value::Bounded,
};

/// A permit that was not satisfied but could have been.
#[derive(Clone, Debug)]
pub struct NearMiss<'p> {
    /// The permit.
    pub policy: PolicyView<'p>,
    /// The component of its scope that does not match, if one does not.
    pub scope: Option<ScopeMiss>,
    /// Its clauses that are not met or err.
    pub failed: Vec<ClauseFinding<'p>>,
}

/// The one component of a scope that does not match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScopeMiss {
    /// Which.
    pub component: Component,
    /// The request's entity.
    pub seen: String,
    /// The policy's constraint: `== Tool::"ledger/search"`.
    pub wanted: String,
}

/// A component of a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// `action`
    Action,
    /// `principal`
    Principal,
    /// `resource`
    Resource,
}

impl fmt::Display for Component {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Action => "action",
            Self::Principal => "principal",
            Self::Resource => "resource",
        })
    }
}

impl fmt::Display for NearMiss<'_> {
    /// One sentence: "policy `read-tools` would allow if …".
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "policy `{}` would allow if ", self.policy.id())?;
        if let Some(scope) = &self.scope {
            let ScopeMiss { component, seen, wanted } = scope;
            write!(formatter, "`{component} {wanted}` held; seen `{seen}`")?;
        }
        for (index, finding) in self.failed.iter().enumerate() {
            if index > 0 || self.scope.is_some() {
                formatter.write_str("; and if ")?;
            }
            finding.write_condition(formatter)?;
        }
        Ok(())
    }
}

impl ClauseFinding<'_> {
    /// "`text` held; seen value", with what decided it.
    fn write_condition(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.clause.text();
        let text = Bounded::new(&text, LONGEST_TEXT);
        match self.clause.kind() {
            crate::ir::ClauseKind::Unless => write!(formatter, "`{text}` did not hold")?,
            crate::ir::ClauseKind::When => write!(formatter, "`{text}` held")?,
        }
        if let ClauseState::Error(error) = &self.state {
            return write!(formatter, "; it fails: {error}");
        }
        let unmet = self.readings.iter().filter(|reading| reading.met != Some(true));
        let consulted: Vec<_> = unmet.filter(|reading| reading.consulted).collect();
        for (index, reading) in consulted.iter().enumerate() {
            formatter.write_str(if index == 0 { "; seen " } else { ", " })?;
            if consulted.len() > 1 {
                write!(formatter, "{} ", reading.path)?;
            }
            write!(formatter, "{}", reading.seen)?;
        }
        Ok(())
    }
}

/// The near misses of a request, best first.
pub(super) fn find<'p>(
    program: &'p Program,
    evaluator: &Evaluator<'_>,
    [principal, action, resource]: &[Located; 3],
    limit: usize,
) -> Vec<NearMiss<'p>> {
    let mut found = Vec::new();
    for policy in program.policies().filter(|policy| policy.effect() == Effect::Permit) {
        let matched = program.index.matched(
            policy.index(),
            &program.tables,
            evaluator.request,
            [principal, action, resource],
        );
        let component = match matched {
            Matched { principal: true, action: true, resource: true } => None,
            Matched { principal: false, action: true, resource: true } => {
                Some(Component::Principal)
            }
            Matched { principal: true, action: false, resource: true } => Some(Component::Action),
            Matched { principal: true, action: true, resource: false } => Some(Component::Resource),
            _ => continue,
        };
        let unmet = policy
            .clauses()
            .filter(|clause| !matches!(evaluator.truth(clause.expression()), Ok(true)))
            .count();
        // A permit that matches throughout is satisfied, not missed.
        if component.is_some() || unmet > 0 {
            found.push((component.is_some(), unmet, policy.index(), component));
        }
    }
    order::sort_by(
        &mut found,
        |(scope, unmet, index, _), (other_scope, other_unmet, other_index, _)| {
            (scope, unmet, index).cmp(&(other_scope, other_unmet, other_index))
        },
    );
    found.truncate(limit);
    found
        .into_iter()
        .filter_map(|(_, _, index, component)| {
            let policy = program.policy(index)?;
            let scope = component.map(|component| scope_miss(evaluator, policy, component));
            let mut failed = finding(evaluator, policy).clauses;
            failed.retain(|clause| clause.state != ClauseState::Met);
            Some(NearMiss { policy, scope, failed })
        })
        .collect()
}

fn scope_miss(
    evaluator: &Evaluator<'_>,
    policy: PolicyView<'_>,
    component: Component,
) -> ScopeMiss {
    let request = evaluator.request;
    let (uid, wanted) = match component {
        Component::Action => (request.action, policy.action().to_string()),
        Component::Principal => (request.principal, policy.principal().to_string()),
        Component::Resource => (request.resource, policy.resource().to_string()),
    };
    let seen = Bounded::new(uid, LONGEST_TEXT).to_string();
    ScopeMiss { component, seen, wanted: Bounded::new(&wanted, LONGEST_TEXT).to_string() }
}

/// Characters of a clause or constraint that a sentence shows.
const LONGEST_TEXT: usize = 300;
