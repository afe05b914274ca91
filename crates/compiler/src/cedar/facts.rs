//! What a policy speaks of: entities it names, paths it reads, words it compares them with.
//! Gathered once from Cedar's tree (which knows places); the checks and lints only look here.

use cedar_policy_core::ast::{self, BinaryOp, EntityUID, ExprKind, Literal};
use cedar_policy_core::parser::Loc;

use super::parse::{ParsedPolicy, children};

/// Everything the checks ask about one policy.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Entities named in the scope or a condition.
    pub(super) entities: Vec<Named>,
    /// Dotted paths from a variable (`context.subject.kind`), longest form only.
    pub(super) reads: Vec<Read>,
    /// A path compared with a string: `==`, `!=`, `contains` and its like.
    pub(super) comparisons: Vec<Comparison>,
    /// A path compared with an entity by `==` or `in`.
    pub(super) memberships: Vec<Membership>,
    /// `path has name.name`
    pub(super) presences: Vec<Presence>,
}

#[derive(Debug)]
pub(super) struct Named {
    pub(super) uid: EntityUID,
    pub(super) offset: usize,
}

#[derive(Debug)]
pub(super) struct Read {
    pub(super) path: String,
    pub(super) offset: usize,
}

#[derive(Debug)]
pub(super) struct Comparison {
    pub(super) path: String,
    pub(super) word: String,
    pub(super) offset: usize,
}

#[derive(Debug)]
pub(super) struct Membership {
    pub(super) path: String,
    pub(super) entity_type: String,
}

#[derive(Debug)]
pub(super) struct Presence {
    pub(super) path: String,
    pub(super) names: Vec<String>,
    pub(super) offset: usize,
}

impl Facts {
    pub(super) fn of(policy: &ParsedPolicy<'_>) -> Self {
        let mut facts = Self::default();
        let template = &policy.template;
        let mut name = |uid: &EntityUID| {
            let offset = uid.loc().map_or(policy.offset, Loc::start);
            facts.entities.push(Named { uid: uid.clone(), offset });
        };
        for constraint in
            [template.principal_constraint().as_inner(), template.resource_constraint().as_inner()]
        {
            if let Some(uid) = constraint.get_euid() {
                name(uid);
            }
        }
        template.action_constraint().iter_euids().for_each(name);
        for clause in &policy.clauses {
            facts.walk(&clause.expression, clause.loc.start());
        }
        facts
    }

    /// Whether any of the paths is read, or something below one of them.
    pub(super) fn reads_any(&self, paths: &[&str]) -> bool {
        self.reads.iter().any(|read| paths.iter().any(|path| is_at_or_below(&read.path, path)))
    }

    /// `near`: the place of the smallest enclosing expression that has one.
    fn walk(&mut self, expr: &ast::Expr, near: usize) {
        let offset = expr.source_loc().map_or(near, Loc::start);
        if let Some(path) = path(expr) {
            self.reads.push(Read { path, offset });
            return;
        }
        match expr.expr_kind() {
            ExprKind::Lit(Literal::EntityUID(uid)) => {
                let offset = uid.loc().map_or(offset, Loc::start);
                self.entities.push(Named { uid: uid.as_ref().clone(), offset });
            }
            ExprKind::HasAttr { expr: of, attr } => {
                return self.presence(of, vec![attr.to_string()], offset);
            }
            ExprKind::ExtHasAttr { expr: of, attrs } => {
                return self.presence(of, attrs.iter().map(ToString::to_string).collect(), offset);
            }
            ExprKind::BinaryApp { op, arg1, arg2 } => self.compare(*op, arg1, arg2, offset),
            _ => {}
        }
        for child in children(expr) {
            self.walk(child, offset);
        }
    }

    /// A test for a path is no use of its value.
    fn presence(&mut self, of: &ast::Expr, names: Vec<String>, offset: usize) {
        match path(of) {
            Some(path) => self.presences.push(Presence { path, names, offset }),
            None => self.walk(of, offset),
        }
    }

    fn compare(&mut self, op: BinaryOp, left: &ast::Expr, right: &ast::Expr, near: usize) {
        let pairs = match op {
            BinaryOp::Eq | BinaryOp::Contains | BinaryOp::ContainsAll | BinaryOp::ContainsAny => {
                vec![(left, right), (right, left)]
            }
            BinaryOp::In => vec![(left, right)],
            _ => return,
        };
        for (subject, object) in pairs {
            let Some(path) = path(subject) else { continue };
            for literal in literals(object) {
                let offset = literal.source_loc().map_or(near, Loc::start);
                match literal.expr_kind() {
                    ExprKind::Lit(Literal::String(word)) => self.comparisons.push(Comparison {
                        path: path.clone(),
                        word: word.to_string(),
                        offset,
                    }),
                    ExprKind::Lit(Literal::EntityUID(uid)) => self.memberships.push(Membership {
                        path: path.clone(),
                        entity_type: uid.entity_type().to_string(),
                    }),
                    _ => {}
                }
            }
        }
    }
}

/// Whether `path` is `top` or lies below it.
pub(super) fn is_at_or_below(path: &str, top: &str) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// The literal itself, or the elements of a set.
fn literals(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr.expr_kind() {
        ExprKind::Lit(_) => vec![expr],
        ExprKind::Set(elements) => elements.iter().collect(),
        _ => Vec::new(),
    }
}

/// `context.subject.kind` for such an expression; none for anything but attributes of a variable.
fn path(expr: &ast::Expr) -> Option<String> {
    match expr.expr_kind() {
        ExprKind::Var(variable) => Some(variable.to_string()),
        ExprKind::GetAttr { expr, attr } => {
            let mut path = path(expr)?;
            path.push('.');
            path.push_str(attr);
            Some(path)
        }
        _ => None,
    }
}
