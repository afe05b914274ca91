//! Arguments that the tools of a policy do not take. Cedar knows one record of arguments for all
//! tools; which tool takes which argument is known here.

use cedar_policy_core::ast::{
    BinaryOp, EntityUID, Expr, ExprKind, Literal, PrincipalOrResourceConstraint, SlotId, Var,
};
use vicar_policy::ir::ClauseKind;

use super::facts::Facts;
use super::link::Linked;
use super::names::KnownArguments;
use super::parse::ParsedPolicy;
use crate::diagnostic::{Diagnostic, one_of, quoted};

/// Reports each argument that no tool in the policy's scope takes, or that policies cannot read.
pub(super) fn check(
    policy: &ParsedPolicy<'_>,
    facts: &Facts,
    known: &KnownArguments,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for Used { name, offset } in used(facts) {
        if let Some(why) = known.unreadable.get(name) {
            let message = format!("policies cannot read the argument {}", quoted(name));
            diagnostics.push(
                policy.file.error(offset, message).hint(format!("{why}, in the server's schemas")),
            );
            continue;
        }
        for resource in resources(policy) {
            let problem =
                lacking(resource, name, known, |message| policy.file.error(offset, message));
            diagnostics.extend(problem);
        }
    }
}

/// The same for the tools that links fill in.
pub(super) fn check_links(
    linked: &[Linked<'_>],
    facts: &[Facts],
    known: &KnownArguments,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for link in linked {
        let Some(resource) = link.slots.get(&SlotId::resource()) else { continue };
        for Used { name, .. } in facts.get(link.template).into_iter().flat_map(used) {
            diagnostics.extend(lacking(resource, name, known, |message| link.error(message)));
        }
    }
}

struct Used<'a> {
    name: &'a str,
    offset: usize,
}

/// The arguments that a policy reads or asks for.
fn used(facts: &Facts) -> Vec<Used<'_>> {
    let read = facts.reads.iter().filter_map(|read| {
        let name = read.path.strip_prefix(ARGUMENTS)?.strip_prefix('.')?;
        Some(Used { name: name.split('.').next()?, offset: read.offset })
    });
    let asked = facts.presences.iter().filter_map(|presence| {
        // `context has tool.arguments.query` is three names below `context`.
        let steps = presence.path.split('.').chain(presence.names.iter().map(String::as_str));
        let mut steps = steps.skip(ARGUMENTS.split('.').count());
        let under = format!("{}.{}", presence.path, presence.names.join("."));
        let name = under.strip_prefix(ARGUMENTS)?.starts_with('.').then(|| steps.next())??;
        Some(Used { name, offset: presence.offset })
    });
    read.chain(asked).collect()
}

/// Entities that every resource of the policy is, or is in: from the scope, and from conditions
/// that are nothing but such a test.
fn resources<'p>(policy: &'p ParsedPolicy<'_>) -> Vec<&'p EntityUID> {
    let constraint = policy.template.resource_constraint().as_inner();
    let scope = match constraint {
        PrincipalOrResourceConstraint::Eq(_)
        | PrincipalOrResourceConstraint::In(_)
        | PrincipalOrResourceConstraint::IsIn(..) => constraint.get_euid().map(AsRef::as_ref),
        PrincipalOrResourceConstraint::Any | PrincipalOrResourceConstraint::Is(_) => None,
    };
    let tested = policy
        .clauses
        .iter()
        .filter(|clause| clause.kind == ClauseKind::When)
        .filter_map(|clause| tested(&clause.expression));
    scope.into_iter().chain(tested).collect()
}

/// The entity of `resource == …` and `resource in …`.
fn tested(expression: &Expr) -> Option<&EntityUID> {
    let ExprKind::BinaryApp { op: BinaryOp::Eq | BinaryOp::In, arg1, arg2 } =
        expression.expr_kind()
    else {
        return None;
    };
    match (arg1.expr_kind(), arg2.expr_kind()) {
        (ExprKind::Var(Var::Resource), ExprKind::Lit(Literal::EntityUID(uid))) => Some(uid),
        _ => None,
    }
}

/// The problem, where no tool that `resource` is or holds takes the argument.
fn lacking(
    resource: &EntityUID,
    name: &str,
    known: &KnownArguments,
    error: impl FnOnce(String) -> Diagnostic,
) -> Option<Diagnostic> {
    let id: &str = resource.eid().as_ref();
    let (what, arguments): (_, Vec<&str>) = match resource.entity_type().to_string().as_str() {
        "Tool" => {
            let tool = known.by_server.values().find_map(|tools| tools.get(id))?;
            ("tool", tool.iter().map(String::as_str).collect())
        }
        "McpServer" => {
            let tools = known.by_server.get(id)?;
            ("a tool of", tools.values().flatten().map(String::as_str).collect())
        }
        _ => return None,
    };
    if arguments.contains(&name) {
        return None;
    }
    let message = match what {
        "tool" => format!("tool {} takes no argument {}", quoted(id), quoted(name)),
        _ => format!("no tool of MCP server {} takes an argument {}", quoted(id), quoted(name)),
    };
    let mut arguments = arguments;
    arguments.sort_unstable();
    arguments.dedup();
    let expected = match arguments.as_slice() {
        [] => "a tool with arguments".to_owned(),
        known => one_of(known.iter().copied()),
    };
    Some(error(message).expected(expected).did_you_mean(name, arguments))
}

const ARGUMENTS: &str = "context.tool.arguments";
