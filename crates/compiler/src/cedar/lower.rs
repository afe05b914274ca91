//! Parsed policies to `vicar_policy::ir`.

use cedar_policy_core::ast::{self, ExprKind};
use vicar_policy::ir::{
    ActionScope, Clause, ClauseKind, Effect, EntityScope, Expr, PatternPart, Policy, Variable,
};
use vicar_policy::{EntityUid, Value};

use super::link::Linked;
use super::parse::{Parsed, ParsedClause, ParsedPolicy};
use crate::diagnostic::Diagnostic;

mod groups;
mod operators;

/// Lowers static policies in source order, then links in their order.
pub(super) fn lower(
    parsed: &Parsed<'_>,
    linked: &[Linked<'_>],
) -> Result<Vec<Policy>, Vec<Diagnostic>> {
    let mut policies = Vec::new();
    let mut problems = Vec::new();
    for policy in parsed.policies.iter().filter(|policy| !policy.is_template()) {
        match lower_policy(policy, None) {
            Ok(lowered) => policies.push(lowered),
            Err(problem) => problems.push(problem),
        }
    }
    for link in linked {
        match parsed.policies.get(link.template).map(|policy| lower_policy(policy, Some(link))) {
            Some(Ok(lowered)) => policies.push(lowered),
            Some(Err(problem)) => problems.push(problem),
            None => problems.push(link.error("this link's template is gone")),
        }
    }
    if problems.is_empty() { Ok(policies) } else { Err(problems) }
}

fn lower_policy(
    policy: &ParsedPolicy<'_>,
    link: Option<&Linked<'_>>,
) -> Result<Policy, Diagnostic> {
    let template = &policy.template;
    let filled = |slot: ast::SlotId| link.and_then(|link| link.slots.get(&slot));
    let scope = |constraint: &ast::PrincipalOrResourceConstraint, slot| {
        entity_scope(constraint, filled(slot))
            .ok_or_else(|| policy.file.error(policy.offset, "a slot of this template has no value"))
    };
    let mut lowered = Policy {
        id: link.map_or_else(|| policy.id.clone(), |link| link.link.id.clone()),
        effect: match template.effect() {
            ast::Effect::Forbid => Effect::Forbid,
            ast::Effect::Permit => Effect::Permit,
        },
        principal: scope(template.principal_constraint().as_inner(), ast::SlotId::principal())?,
        action: action_scope(template.action_constraint()),
        resource: scope(template.resource_constraint().as_inner(), ast::SlotId::resource())?,
        clauses: Vec::new(),
        annotations: template
            .annotations()
            .map(|(name, annotation)| (name.to_string(), annotation.val.to_string()))
            .collect(),
        source: policy.file.span(policy.offset),
        reads_groups: false,
    };
    lowered.annotations.sort();
    let mut budget = NODES;
    for clause in &policy.clauses {
        let clause = lower_clause(policy, clause, &mut budget)
            .map_err(|stop| policy.file.error(clause.loc.start(), stop.message()))?;
        lowered.clauses.push(clause);
    }
    lowered.reads_groups = groups::reads_groups(&lowered);
    Ok(lowered)
}

/// A lowered policy has at most this many nodes: nested `has a.b.c` multiply.
const NODES: usize = 100_000;

/// Why an expression cannot be lowered.
enum Stop {
    TooLarge,
    Unsupported(String),
}

impl Stop {
    fn message(&self) -> String {
        match self {
            Self::TooLarge => format!("this policy has more than {NODES} operators and operands"),
            Self::Unsupported(what) => format!("{what} cannot be compiled"),
        }
    }
}

fn lower_clause(
    policy: &ParsedPolicy<'_>,
    clause: &ParsedClause,
    budget: &mut usize,
) -> Result<Clause, Stop> {
    let expression = expression(&clause.expression, budget)?;
    Ok(Clause {
        kind: clause.kind,
        expression: match clause.kind {
            ClauseKind::Unless => Expr::Not(Box::new(expression)),
            ClauseKind::When => expression,
        },
        text: policy.file.text_at(&clause.loc).to_owned(),
        source: policy.file.span(clause.loc.start()),
    })
}

/// None when a slot stands where no link fills it.
fn entity_scope(
    constraint: &ast::PrincipalOrResourceConstraint,
    filled: Option<&ast::EntityUID>,
) -> Option<EntityScope> {
    use ast::PrincipalOrResourceConstraint as Constraint;
    let referred = |reference: &ast::EntityReference| match reference {
        ast::EntityReference::EUID(uid) => Some(entity_uid(uid)),
        ast::EntityReference::Slot(_) => filled.map(entity_uid),
    };
    Some(match constraint {
        Constraint::Any => EntityScope::Any,
        Constraint::Eq(reference) => EntityScope::Equal(referred(reference)?),
        Constraint::In(reference) => EntityScope::In(referred(reference)?),
        Constraint::Is(entity_type) => EntityScope::Is(entity_type.to_string()),
        Constraint::IsIn(entity_type, reference) => {
            EntityScope::IsIn(entity_type.to_string(), referred(reference)?)
        }
    })
}

fn action_scope(constraint: &ast::ActionConstraint) -> ActionScope {
    match constraint {
        ast::ActionConstraint::Any => ActionScope::Any,
        ast::ActionConstraint::Eq(uid) => ActionScope::Equal(entity_uid(uid)),
        ast::ActionConstraint::In(uids) => {
            ActionScope::In(uids.iter().map(|uid| entity_uid(uid)).collect())
        }
    }
}

fn entity_uid(uid: &ast::EntityUID) -> EntityUid {
    EntityUid::new(uid.entity_type().to_string(), AsRef::<str>::as_ref(uid.eid()))
}

fn expression(expr: &ast::Expr, budget: &mut usize) -> Result<Expr, Stop> {
    *budget = budget.checked_sub(1).ok_or(Stop::TooLarge)?;
    let mut lower = |expr: &ast::Expr| expression(expr, budget).map(Box::new);
    Ok(match expr.expr_kind() {
        ExprKind::Lit(literal) => Expr::Literal(value(literal)),
        ExprKind::Var(variable) => Expr::Variable(match variable {
            ast::Var::Action => Variable::Action,
            ast::Var::Context => Variable::Context,
            ast::Var::Principal => Variable::Principal,
            ast::Var::Resource => Variable::Resource,
        }),
        ExprKind::If { test_expr, then_expr, else_expr } => {
            Expr::If(lower(test_expr)?, lower(then_expr)?, lower(else_expr)?)
        }
        ExprKind::And { left, right } => Expr::And(lower(left)?, lower(right)?),
        ExprKind::Or { left, right } => Expr::Or(lower(left)?, lower(right)?),
        ExprKind::UnaryApp { op, arg } => match op {
            ast::UnaryOp::IsEmpty => Expr::IsEmpty(lower(arg)?),
            ast::UnaryOp::Neg => Expr::Negate(lower(arg)?),
            ast::UnaryOp::Not => Expr::Not(lower(arg)?),
        },
        ExprKind::BinaryApp { op, arg1, arg2 } => {
            Expr::Binary(operators::binary(*op), lower(arg1)?, lower(arg2)?)
        }
        ExprKind::ExtensionFunctionApp { fn_name, args } => {
            let name = fn_name.to_string();
            let function = operators::extension(&name)
                .ok_or_else(|| Stop::Unsupported(format!("the function `{name}`")))?;
            Expr::Call(function, expressions(args.iter(), budget)?)
        }
        ExprKind::GetAttr { expr, attr } => Expr::Attribute(lower(expr)?, attr.to_string()),
        ExprKind::HasAttr { expr, attr } => Expr::Has(lower(expr)?, attr.to_string()),
        ExprKind::ExtHasAttr { expr, attrs } => {
            let names: Vec<&str> = attrs.iter().map(|attr| attr.as_str()).collect();
            has_path(expr, &names, budget)?
        }
        ExprKind::Like { expr, pattern } => Expr::Like(lower(expr)?, pattern_parts(pattern)),
        ExprKind::Is { expr, entity_type } => Expr::Is(lower(expr)?, entity_type.to_string()),
        ExprKind::Set(elements) => Expr::Set(expressions(elements.iter(), budget)?),
        ExprKind::Record(attributes) => Expr::Record(
            attributes
                .iter()
                .map(|(name, expr)| Ok((name.to_string(), expression(expr, budget)?)))
                .collect::<Result<_, Stop>>()?,
        ),
        ExprKind::Slot(_) | ExprKind::Unknown(_) => {
            return Err(Stop::Unsupported("a slot or an unknown in a condition".to_owned()));
        }
    })
}

fn expressions<'e>(
    expressions: impl Iterator<Item = &'e ast::Expr>,
    budget: &mut usize,
) -> Result<Vec<Expr>, Stop> {
    expressions.map(|expr| expression(expr, budget)).collect()
}

/// `x has a.b.c` is `x has a && x.a has b && x.a.b has c`.
fn has_path(expr: &ast::Expr, names: &[&str], budget: &mut usize) -> Result<Expr, Stop> {
    let mut path = expression(expr, budget)?;
    let size = NODES.saturating_sub(*budget).min(node_count(&path));
    let mut tests: Option<Expr> = None;
    for (index, name) in names.iter().enumerate() {
        *budget = budget.checked_sub(size + index + 2).ok_or(Stop::TooLarge)?;
        let test = Expr::Has(Box::new(path.clone()), (*name).to_owned());
        path = Expr::Attribute(Box::new(path), (*name).to_owned());
        tests = Some(match tests {
            None => test,
            Some(tests) => Expr::And(Box::new(tests), Box::new(test)),
        });
    }
    tests.ok_or_else(|| Stop::Unsupported("`has` without a name".to_owned()))
}

fn node_count(expr: &Expr) -> usize {
    1 + operators::operands(expr).into_iter().map(node_count).sum::<usize>()
}

fn value(literal: &ast::Literal) -> Value {
    match literal {
        ast::Literal::Bool(value) => Value::Bool(*value),
        ast::Literal::Long(value) => Value::Long(*value),
        ast::Literal::String(value) => Value::String(value.as_str().into()),
        ast::Literal::EntityUID(uid) => Value::Entity(entity_uid(uid)),
    }
}

/// Neighbouring characters become one text; neighbouring wildcards say what one says.
fn pattern_parts(pattern: &ast::Pattern) -> Vec<PatternPart> {
    let mut parts: Vec<PatternPart> = Vec::new();
    for element in pattern.iter() {
        match (element, parts.last_mut()) {
            (ast::PatternElem::Char(character), Some(PatternPart::Text(text))) => {
                text.push(*character);
            }
            (ast::PatternElem::Char(character), _) => {
                parts.push(PatternPart::Text(character.to_string()));
            }
            (ast::PatternElem::Wildcard, Some(PatternPart::Wildcard)) => {}
            (ast::PatternElem::Wildcard, _) => parts.push(PatternPart::Wildcard),
        }
    }
    parts
}

#[cfg(test)]
mod tests;
