//! The verdict in words.

use vicar_identity::Identity;
use vicar_policy::{
    EntityUid,
    explain::{Component, NearMiss, PolicyFinding},
    ir::Effect,
};
use vicar_token::Reason;

use super::Verdict;
use crate::{Decision, Refusal, judge::Asked, reason, refusal::capitalised};

/// A call that no policy was asked about.
pub(super) fn refused(refusal: &Refusal) -> String {
    format!("Denied: {}.", refusal.message)
}

/// A call that the policies decided.
pub(super) fn decided(
    decision: &Decision,
    who: &Identity,
    asked: &Asked,
    findings: &[PolicyFinding<'_>],
    verdict: &Verdict,
) -> String {
    let what = format!("{} on {}", asked.action.id, named(&asked.resource));
    let because = because(decision.reason, findings, verdict);
    if decision.allowed {
        format!("Allowed: {who}; {because} {what}.")
    } else {
        format!("Denied: {who}; {what} is refused because {because}.")
    }
}

/// A call that policies permitted, in the words of [`decided`].
pub(crate) fn allowed(
    identity: &Identity,
    ids: &[&str],
    action: &EntityUid,
    resource: &EntityUid,
) -> String {
    let what = format!("{} on {}", action.id, named(resource));
    format!("Allowed: {identity}; {} permits {what}.", listed(ids))
}

fn because(reason: &'static Reason, findings: &[PolicyFinding<'_>], verdict: &Verdict) -> String {
    let decisive: Vec<&PolicyFinding<'_>> = findings
        .iter()
        .filter(|finding| verdict.policies.iter().any(|id| id == finding.policy.id()))
        .collect();
    match reason {
        reason if reason == &reason::PERMITTED => {
            format!("{} permits", policies(&decisive))
        }
        reason if reason == &reason::FORBIDDEN => {
            format!("{} forbids it{}", policies(&decisive), why(&decisive))
        }
        reason if reason == &reason::POLICY_ERROR => {
            let erring: Vec<String> = verdict
                .errors
                .iter()
                .map(|error| {
                    format!("policy `{}` cannot be evaluated: {}", error.policy, error.error)
                })
                .collect();
            erring.join("; ")
        }
        reason if reason == &reason::GROUPS_UNKNOWN => {
            "a policy reads group membership and the token lists too many groups to name them"
                .to_owned()
        }
        _ => match (verdict.change.first(), no_permit(findings)) {
            (Some(change), _) => format!("no policy permits it: {change}"),
            (None, why) => why,
        },
    }
}

fn no_permit(findings: &[PolicyFinding<'_>]) -> String {
    let permits = findings.iter().filter(|found| found.policy.effect() == Effect::Permit).count();
    match permits {
        0 => "no policy permits it".to_owned(),
        _ => "no policy that covers it is satisfied".to_owned(),
    }
}

/// "policy `a`", or "policies `a` and `b`".
fn policies(findings: &[&PolicyFinding<'_>]) -> String {
    let ids: Vec<&str> = findings.iter().map(|finding| finding.policy.id()).collect();
    listed(&ids)
}

fn listed(ids: &[&str]) -> String {
    let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
    match ids.as_slice() {
        [] => "no policy".to_owned(),
        [one] => format!("policy {one}"),
        [first @ .., last] => format!("policies {} and {last}", first.join(", ")),
    }
}

/// The `@reason` of the first policy that has one.
fn why(findings: &[&PolicyFinding<'_>]) -> String {
    findings
        .iter()
        .find_map(|finding| finding.policy.annotation("reason"))
        .map(|reason| format!(" ({reason})"))
        .unwrap_or_default()
}

/// What would change a deny, nearest first.
pub(super) fn changes(
    reason: &'static Reason,
    findings: &[PolicyFinding<'_>],
    near: &[NearMiss<'_>],
) -> Vec<String> {
    if reason == &reason::FORBIDDEN {
        return findings
            .iter()
            .filter(|finding| finding.forbids())
            .map(|finding| {
                let advice = finding.policy.annotation("advice").map(capitalised);
                advice.unwrap_or_else(|| {
                    format!("policy `{}` would have to stop applying", finding.policy.id())
                })
            })
            .collect();
    }
    if reason == &reason::GROUPS_UNKNOWN {
        return vec![
            "request groups assigned to the application only, so that the token can list them"
                .to_owned(),
        ];
    }
    // Another tool or action is another question; another agent may be the answer, but only where
    // no policy speaks of this one.
    let covered = near.iter().any(|miss| miss.scope.is_none());
    near.iter()
        .filter(|miss| match &miss.scope {
            None => true,
            Some(scope) => !covered && scope.component == Component::Principal,
        })
        .map(ToString::to_string)
        .collect()
}

/// `tool servers/search`, in plain words.
fn named(resource: &EntityUid) -> String {
    let kind = match &*resource.entity_type {
        "Downstream" => "downstream API",
        "McpServer" => "MCP server",
        "Model" => "model",
        "Route" => "route",
        "Tool" => "tool",
        other => other,
    };
    format!("{kind} `{}`", crate::resolve::shown(&resource.id))
}
