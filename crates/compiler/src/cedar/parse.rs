//! Files to policies: Cedar's concrete tree gives the clauses their text, its abstract tree
//! gives them their meaning.

use cedar_policy_core::ast;
use cedar_policy_core::parser::{Loc, Node, cst, text_to_cst};
use vicar_policy::ir::ClauseKind;

use super::source::SourceFile;
use super::{identify, limits};
use crate::diagnostic::Diagnostic;

/// All that could be read, and what could not.
pub(super) struct Parsed<'a> {
    pub(super) files: Vec<SourceFile<'a>>,
    pub(super) policies: Vec<ParsedPolicy<'a>>,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// A static policy or a template.
pub(super) struct ParsedPolicy<'a> {
    /// `@id`, or empty where there is none (which is an error).
    pub(super) id: String,
    /// The name under which Cedar knows it: unique even when `@id` is not.
    pub(super) key: ast::PolicyID,
    pub(super) file: SourceFile<'a>,
    /// Byte offset of its first token.
    pub(super) offset: usize,
    pub(super) template: ast::Template,
    pub(super) clauses: Vec<ParsedClause>,
}

pub(super) struct ParsedClause {
    pub(super) kind: ClauseKind,
    /// For `unless`: the body, not yet negated.
    pub(super) expression: ast::Expr,
    pub(super) loc: Loc,
}

impl ParsedPolicy<'_> {
    pub(super) fn is_template(&self) -> bool {
        self.template.slots().next().is_some()
    }
}

pub(super) fn parse_files(files: &[(String, String)]) -> Parsed<'_> {
    let mut parsed = Parsed { files: Vec::new(), policies: Vec::new(), diagnostics: Vec::new() };
    for (path, text) in files {
        let file = SourceFile { path, text };
        parsed.files.push(file);
        if let Err(problem) = limits::check(file) {
            parsed.diagnostics.push(problem);
            continue;
        }
        parsed.parse_file(file);
    }
    identify::identify(&mut parsed);
    parsed
}

impl<'a> Parsed<'a> {
    fn parse_file(&mut self, file: SourceFile<'a>) {
        let policies = match text_to_cst::parse_policies(file.text) {
            Ok(policies) => policies,
            Err(errors) => {
                self.diagnostics.extend(errors.iter().map(|error| file.report(error, 0)));
                return;
            }
        };
        for node in policies.node.iter().flat_map(|policies| &policies.0) {
            let key = ast::PolicyID::from_string(format!("policy{}", self.policies.len()));
            let offset = node.loc.as_ref().map_or(0, Loc::start);
            let template = match node.to_policy_template(key.clone()) {
                Ok(template) => template,
                Err(errors) => {
                    self.diagnostics.extend(errors.iter().map(|error| file.report(error, offset)));
                    continue;
                }
            };
            match clauses(node) {
                Some(clauses) => {
                    let too_deep = clauses.iter().find(|clause| deeper(&clause.expression, DEPTH));
                    if let Some(clause) = too_deep {
                        self.diagnostics.push(too_deep_at(file, clause.loc.start()));
                        continue;
                    }
                    self.policies.push(ParsedPolicy {
                        id: String::new(),
                        key,
                        file,
                        offset,
                        template,
                        clauses,
                    });
                }
                None => self.diagnostics.push(file.error(offset, "this policy cannot be read")),
            }
        }
    }
}

/// Operators inside operators, a chain of `&&` or of `||` counting as one. The evaluator runs on
/// the small stack of a wasm guest.
const DEPTH: usize = 200;

fn too_deep_at(file: SourceFile<'_>, offset: usize) -> Diagnostic {
    file.error(offset, "this condition nests too deep")
        .expected(format!("at most {DEPTH} operators inside each other"))
        .hint("split the policy")
}

fn deeper(expression: &ast::Expr, most: usize) -> bool {
    match most.checked_sub(depth_of(expression)) {
        None => true,
        Some(most) => chained(expression).into_iter().any(|child| deeper(child, most)),
    }
}

/// How many levels an expression adds: `has a.b.c` is lowered to one test per name.
fn depth_of(expression: &ast::Expr) -> usize {
    match expression.expr_kind() {
        ast::ExprKind::ExtHasAttr { attrs, .. } => 1 + attrs.len(),
        _ => 1,
    }
}

/// The operands of an expression; of a chain of `&&` or of `||`, those of the whole chain.
fn chained(expression: &ast::Expr) -> Vec<&ast::Expr> {
    use ast::ExprKind as Kind;
    let mut operands = Vec::new();
    let mut open = children(expression);
    while let Some(operand) = open.pop() {
        match (expression.expr_kind(), operand.expr_kind()) {
            (Kind::And { .. }, Kind::And { left, right })
            | (Kind::Or { .. }, Kind::Or { left, right }) => open.extend([left.as_ref(), right]),
            _ => operands.push(operand),
        }
    }
    operands
}

/// The operands of an expression, in order.
pub(super) fn children(expression: &ast::Expr) -> Vec<&ast::Expr> {
    use ast::ExprKind as Kind;
    match expression.expr_kind() {
        Kind::Lit(_) | Kind::Var(_) | Kind::Slot(_) | Kind::Unknown(_) => Vec::new(),
        Kind::If { test_expr, then_expr, else_expr } => vec![test_expr, then_expr, else_expr],
        Kind::And { left, right } | Kind::Or { left, right } => vec![left, right],
        Kind::UnaryApp { arg, .. } => vec![arg],
        Kind::BinaryApp { arg1, arg2, .. } => vec![arg1, arg2],
        Kind::ExtensionFunctionApp { args, .. } => args.iter().collect(),
        Kind::GetAttr { expr, .. }
        | Kind::HasAttr { expr, .. }
        | Kind::ExtHasAttr { expr, .. }
        | Kind::Like { expr, .. }
        | Kind::Is { expr, .. } => vec![expr],
        Kind::Set(elements) => elements.iter().collect(),
        Kind::Record(attributes) => attributes.values().collect(),
    }
}

type Tree<T> = Node<Option<T>>;

/// The clauses of all conditions, or none where a node lacks its content (Cedar reported it).
fn clauses(policy: &Tree<cst::Policy>) -> Option<Vec<ParsedClause>> {
    let cst::Policy::Policy(policy) = policy.node.as_ref()?;
    let mut clauses = Vec::new();
    for condition in &policy.conds {
        let condition = condition.node.as_ref()?;
        let body = condition.expr.as_ref()?;
        match condition.cond.node.as_ref()? {
            cst::Ident::When => {
                for conjunct in conjuncts(body)? {
                    clauses.push(clause(ClauseKind::When, &conjunct)?);
                }
            }
            _ => clauses.push(clause(ClauseKind::Unless, body)?),
        }
    }
    Some(clauses)
}

fn clause(kind: ClauseKind, tree: &Tree<cst::Expr>) -> Option<ParsedClause> {
    let expression = tree.to_expr::<ast::ExprBuilder<()>>().ok()?;
    Some(ParsedClause { kind, expression, loc: tree.loc.clone()? })
}

/// `a && (b && c) && (d || e)` is `a`, `b`, `c` and `(d || e)`: `&&` is associative, errors
/// included, because it evaluates from left to right and stops at the first `false` or error.
fn conjuncts(tree: &Tree<cst::Expr>) -> Option<Vec<Tree<cst::Expr>>> {
    let Some(relations) = and_operands(tree) else {
        return Some(vec![tree.clone()]);
    };
    let mut found = Vec::new();
    for relation in relations {
        let inner = match parenthesised(relation) {
            Some(inner) => conjuncts(inner)?,
            None => Vec::new(),
        };
        if inner.len() > 1 {
            found.extend(inner);
        } else {
            found.push(alone(relation));
        }
    }
    Some(found)
}

/// The operands when the outermost operator is `&&` (one operand: no operator at all).
fn and_operands(tree: &Tree<cst::Expr>) -> Option<impl Iterator<Item = &Tree<cst::Relation>>> {
    let cst::Expr::Expr(expression) = tree.node.as_ref()?;
    let cst::ExprData::Or(or) = &*expression.expr else { return None };
    let or = or.node.as_ref().filter(|or| or.extended.is_empty())?;
    let and = or.initial.node.as_ref()?;
    Some(std::iter::once(&and.initial).chain(&and.extended))
}

/// What stands between the parentheses when that is all there is.
fn parenthesised(relation: &Tree<cst::Relation>) -> Option<&Tree<cst::Expr>> {
    let cst::Relation::Common { initial, extended } = relation.node.as_ref()? else { return None };
    let add = initial.node.as_ref().filter(|add| add.extended.is_empty())?;
    let mult = add.initial.node.as_ref().filter(|mult| mult.extended.is_empty())?;
    let unary = mult.initial.node.as_ref().filter(|unary| unary.op.is_none())?;
    let member = unary.item.node.as_ref().filter(|member| member.access.is_empty())?;
    match member.item.node.as_ref()? {
        cst::Primary::Expr(inner) if extended.is_empty() => Some(inner),
        _ => None,
    }
}

/// A relation as an expression of its own, at its own place.
fn alone(relation: &Tree<cst::Relation>) -> Tree<cst::Expr> {
    let at = |loc: &Option<Loc>| loc.clone();
    let and = cst::And { initial: relation.clone(), extended: Vec::new() };
    let and = Node::with_maybe_source_loc(Some(and), at(&relation.loc));
    let or = cst::Or { initial: and, extended: Vec::new() };
    let or = Node::with_maybe_source_loc(Some(or), at(&relation.loc));
    let expression = cst::ExprImpl { expr: Box::new(cst::ExprData::Or(or)) };
    Node::with_maybe_source_loc(Some(cst::Expr::Expr(expression)), at(&relation.loc))
}
