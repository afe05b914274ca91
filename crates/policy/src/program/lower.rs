//! Trees to tables.

use std::{collections::BTreeMap, net::IpAddr};

use super::{
    MAX_DEPTH,
    row::{
        ActionRow, ClauseRow, Constant, ConstantId, List, Node, NodeId, PolicyRow, ScopeRow,
        SourceRow, StringId,
    },
    table::{Tables, WILDCARD},
};
use crate::{
    CompileError, EntityUid, Value, extension,
    ir::{self, Expr, ExtensionFunction, PatternPart},
    value::IpNetwork,
};

/// The tables of `policies`. The same policies give the same tables.
pub(super) fn lower(policies: &[ir::Policy]) -> Result<Tables, CompileError> {
    let mut lowering = Lowering::default();
    let mut seen = std::collections::BTreeSet::new();
    for policy in policies {
        if !seen.insert(&policy.id) {
            return Err(CompileError::DuplicateId { policy: policy.id.clone() });
        }
        lowering.policy(policy).map_err(|problem| problem.of(&policy.id))?;
    }
    Ok(lowering.tables)
}

/// A [`CompileError`] that does not know its policy yet.
enum Problem {
    DuplicateAttribute(String),
    TooDeep,
    TooLarge,
}

impl Problem {
    fn of(self, policy: &str) -> CompileError {
        let policy = policy.to_owned();
        match self {
            Self::DuplicateAttribute(name) => CompileError::DuplicateAttribute { policy, name },
            Self::TooDeep => CompileError::TooDeep { policy, limit: MAX_DEPTH },
            Self::TooLarge => CompileError::TooLarge,
        }
    }
}

#[derive(Default)]
struct Lowering<'e> {
    tables: Tables,
    /// Clauses that mean the same share one tree, so that it is evaluated once.
    clauses: BTreeMap<&'e Expr, NodeId>,
    strings: BTreeMap<String, StringId>,
    /// Constants that hold no other constant, to write each once.
    scalars: BTreeMap<Value, ConstantId>,
}

impl<'e> Lowering<'e> {
    fn policy(&mut self, policy: &'e ir::Policy) -> Result<(), Problem> {
        let mut clauses = Vec::with_capacity(policy.clauses.len());
        for clause in &policy.clauses {
            clauses.push(ClauseRow {
                kind: clause.kind,
                expression: self.clause(&clause.expression)?,
                text: self.string(&clause.text)?,
                source: self.source(&clause.source)?,
            });
        }
        let mut annotations = Vec::with_capacity(policy.annotations.len() * 2);
        for (name, value) in &policy.annotations {
            annotations.extend([self.string(name)?.0, self.string(value)?.0]);
        }
        let row = PolicyRow {
            id: self.string(&policy.id)?,
            effect: policy.effect,
            reads_groups: policy.reads_groups,
            principal: self.scope(&policy.principal)?,
            action: self.action(&policy.action)?,
            resource: self.scope(&policy.resource)?,
            clauses: List {
                start: number(self.tables.clauses.len())?,
                count: number(clauses.len())?,
            },
            annotations: self.list(&annotations)?,
            source: self.source(&policy.source)?,
        };
        self.tables.clauses.extend(clauses);
        self.tables.policies.push(row);
        Ok(())
    }

    fn clause(&mut self, expression: &'e Expr) -> Result<NodeId, Problem> {
        if let Some(root) = self.clauses.get(expression) {
            return Ok(*root);
        }
        let root = self.expression(expression, 0)?;
        self.clauses.insert(expression, root);
        Ok(root)
    }

    fn scope(&mut self, scope: &ir::EntityScope) -> Result<ScopeRow, Problem> {
        Ok(match scope {
            ir::EntityScope::Any => ScopeRow::Any,
            ir::EntityScope::Equal(uid) => ScopeRow::Equal(self.entity(uid)?),
            ir::EntityScope::In(uid) => ScopeRow::In(self.entity(uid)?),
            ir::EntityScope::Is(entity_type) => ScopeRow::Is(self.string(entity_type)?),
            ir::EntityScope::IsIn(entity_type, uid) => {
                ScopeRow::IsIn(self.string(entity_type)?, self.entity(uid)?)
            }
        })
    }

    fn action(&mut self, scope: &ir::ActionScope) -> Result<ActionRow, Problem> {
        Ok(match scope {
            ir::ActionScope::Any => ActionRow::Any,
            ir::ActionScope::Equal(uid) => ActionRow::Equal(self.entity(uid)?),
            ir::ActionScope::In(uids) => {
                let mut constants = Vec::with_capacity(uids.len());
                for uid in uids {
                    constants.push(self.entity(uid)?.0);
                }
                ActionRow::In(self.list(&constants)?)
            }
        })
    }

    fn expression(&mut self, expr: &Expr, depth: usize) -> Result<NodeId, Problem> {
        if depth >= MAX_DEPTH {
            return Err(Problem::TooDeep);
        }
        let below = depth + 1;
        if let Some(value) = fold(expr, depth) {
            let constant = self.constant(&value, 0)?;
            return self.node(Node::Literal(constant));
        }
        let node = match expr {
            Expr::And(..) | Expr::Or(..) => {
                let operands = self.expressions(chain(expr).into_iter(), below)?;
                if matches!(expr, Expr::And(..)) {
                    Node::All(operands)
                } else {
                    Node::Any(operands)
                }
            }
            Expr::Attribute(of, name) => {
                Node::Attribute { of: self.expression(of, below)?, name: self.string(name)? }
            }
            Expr::Binary(operator, left, right) => {
                let left = self.expression(left, below)?;
                Node::Binary(*operator, left, self.expression(right, below)?)
            }
            Expr::Call(function, arguments) => {
                Node::Call(*function, self.expressions(arguments.iter(), below)?)
            }
            Expr::Has(of, name) => {
                Node::Has { of: self.expression(of, below)?, name: self.string(name)? }
            }
            Expr::If(test, consequent, alternative) => Node::If {
                test: self.expression(test, below)?,
                consequent: self.expression(consequent, below)?,
                alternative: self.expression(alternative, below)?,
            },
            Expr::Is(of, entity_type) => {
                Node::Is { of: self.expression(of, below)?, entity_type: self.string(entity_type)? }
            }
            Expr::IsEmpty(of) => Node::IsEmpty(self.expression(of, below)?),
            Expr::Like(of, parts) => {
                Node::Like { of: self.expression(of, below)?, pattern: self.pattern(parts)? }
            }
            Expr::Literal(value) => Node::Literal(self.constant(value, 0)?),
            Expr::Negate(of) => Node::Negate(self.expression(of, below)?),
            Expr::Not(of) => Node::Not(self.expression(of, below)?),
            Expr::Record(attributes) => {
                let mut names = std::collections::BTreeSet::new();
                let mut pairs = Vec::with_capacity(attributes.len() * 2);
                for (name, value) in attributes {
                    if !names.insert(name) {
                        return Err(Problem::DuplicateAttribute(name.clone()));
                    }
                    pairs.extend([self.string(name)?.0, self.expression(value, below)?.0]);
                }
                Node::Record(self.list(&pairs)?)
            }
            Expr::Set(elements) => Node::Set(self.expressions(elements.iter(), below)?),
            Expr::Variable(variable) => Node::Variable(*variable),
        };
        self.node(node)
    }

    fn expressions<'x>(
        &mut self,
        expressions: impl Iterator<Item = &'x Expr>,
        depth: usize,
    ) -> Result<List, Problem> {
        let mut nodes = Vec::new();
        for expression in expressions {
            nodes.push(self.expression(expression, depth)?.0);
        }
        self.list(&nodes)
    }

    /// Neighbouring texts become one and neighbouring wildcards become one: the matcher relies
    /// on it.
    fn pattern(&mut self, parts: &[PatternPart]) -> Result<List, Problem> {
        let mut list = Vec::new();
        let mut text = String::new();
        for part in parts {
            match part {
                PatternPart::Text(more) => text.push_str(more),
                PatternPart::Wildcard => {
                    if !text.is_empty() {
                        list.push(self.string(&std::mem::take(&mut text))?.0);
                    }
                    if list.last() != Some(&WILDCARD) {
                        list.push(WILDCARD);
                    }
                }
            }
        }
        if !text.is_empty() {
            list.push(self.string(&text)?.0);
        }
        self.list(&list)
    }

    fn constant(&mut self, value: &Value, depth: usize) -> Result<ConstantId, Problem> {
        if depth >= MAX_DEPTH {
            return Err(Problem::TooDeep);
        }
        let is_scalar = !matches!(value, Value::Record(_) | Value::Set(_));
        if is_scalar && let Some(id) = self.scalars.get(value) {
            return Ok(*id);
        }
        let row = match value {
            Value::Bool(value) => Constant::Bool(*value),
            Value::Datetime(value) => Constant::Datetime(*value),
            Value::Decimal(value) => Constant::Decimal(*value),
            Value::Duration(value) => Constant::Duration(*value),
            Value::Entity(uid) => Constant::Entity {
                entity_type: self.string(&uid.entity_type)?,
                id: self.string(&uid.id)?,
            },
            Value::Ip(network) => self.network(*network)?,
            Value::Long(value) => Constant::Long(*value),
            Value::Record(record) => {
                let mut pairs = Vec::with_capacity(record.attributes().len() * 2);
                for (name, value) in record.attributes() {
                    pairs.extend([self.string(name)?.0, self.constant(value, depth + 1)?.0]);
                }
                Constant::Record(self.list(&pairs)?)
            }
            Value::Set(set) => {
                let mut elements = Vec::with_capacity(set.elements().len());
                for element in set.elements() {
                    elements.push(self.constant(element, depth + 1)?.0);
                }
                Constant::Set(self.list(&elements)?)
            }
            Value::String(text) => Constant::String(self.string(text)?),
        };
        let id = ConstantId(number(self.tables.constants.len())?);
        self.tables.constants.push(row);
        if is_scalar {
            self.scalars.insert(value.clone(), id);
        }
        Ok(id)
    }

    fn network(&mut self, network: IpNetwork) -> Result<Constant, Problem> {
        let address = match network.address {
            IpAddr::V4(address) => self.list(&[address.to_bits()])?,
            IpAddr::V6(address) => {
                let bits = address.to_bits();
                self.list(&[96, 64, 32, 0].map(|shift| (bits >> shift) as u32))?
            }
        };
        Ok(Constant::Ip { prefix: network.prefix, address })
    }

    fn entity(&mut self, uid: &EntityUid) -> Result<ConstantId, Problem> {
        self.constant(&Value::Entity(uid.clone()), 0)
    }

    fn source(&mut self, source: &ir::SourceSpan) -> Result<SourceRow, Problem> {
        Ok(SourceRow { file: self.string(&source.file)?, line: source.line, column: source.column })
    }

    fn string(&mut self, text: &str) -> Result<StringId, Problem> {
        if let Some(id) = self.strings.get(text) {
            return Ok(*id);
        }
        let strings = &mut self.tables.strings;
        let id = StringId(number(strings.ends.len())?);
        strings.blob.push_str(text);
        strings.ends.push(number(strings.blob.len())?);
        self.strings.insert(text.to_owned(), id);
        Ok(id)
    }

    fn list(&mut self, numbers: &[u32]) -> Result<List, Problem> {
        let start = number(self.tables.lists.len())?;
        self.tables.lists.extend_from_slice(numbers);
        number(self.tables.lists.len())?;
        Ok(List { start, count: number(numbers.len())? })
    }

    fn node(&mut self, node: Node) -> Result<NodeId, Problem> {
        let id = NodeId(number(self.tables.nodes.len())?);
        self.tables.nodes.push(node);
        Ok(id)
    }
}

/// The operands of a chain of one operator, however it is nested: `(a && b) && c` and
/// `a && (b && c)` mean the same, errors included. Without recursion, so that a chain of any
/// length is one level.
fn chain(expr: &Expr) -> Vec<&Expr> {
    let is_and = matches!(expr, Expr::And(..));
    let mut operands = Vec::new();
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        match expr {
            Expr::And(left, right) if is_and => open.extend([&**right, &**left]),
            Expr::Or(left, right) if !is_and => open.extend([&**right, &**left]),
            operand => operands.push(operand),
        }
    }
    operands
}

/// The value of an expression that has the same value in each request: literals inside sets and
/// records, `-1`, `ip("10.0.0.1")`. What would err is left to err when it is evaluated.
fn fold(expr: &Expr, depth: usize) -> Option<Value> {
    if depth >= MAX_DEPTH {
        return None;
    }
    let below = depth + 1;
    match expr {
        Expr::Literal(value) => Some(value.clone()),
        Expr::Negate(of) => match fold(of, below)? {
            Value::Long(value) => value.checked_neg().map(Value::Long),
            _ => None,
        },
        Expr::Set(elements) => elements
            .iter()
            .map(|element| fold(element, below))
            .collect::<Option<Vec<_>>>()
            .map(|elements| Value::Set(elements.into_iter().collect())),
        Expr::Record(attributes) => {
            let names: std::collections::BTreeSet<_> =
                attributes.iter().map(|(name, _)| name).collect();
            if names.len() != attributes.len() {
                return None;
            }
            attributes
                .iter()
                .map(|(name, value)| Some((name.as_str(), fold(value, below)?)))
                .collect::<Option<Vec<_>>>()
                .map(|attributes| Value::Record(attributes.into_iter().collect()))
        }
        Expr::Call(function, arguments) => match arguments.as_slice() {
            [argument] => match fold(argument, below)? {
                Value::String(text) => construct(*function, &text),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn construct(function: ExtensionFunction, text: &str) -> Option<Value> {
    match function {
        ExtensionFunction::Datetime => extension::datetime::parse(text).ok().map(Value::Datetime),
        ExtensionFunction::Decimal => extension::decimal::parse(text).ok().map(Value::Decimal),
        ExtensionFunction::Duration => extension::duration::parse(text).ok().map(Value::Duration),
        ExtensionFunction::Ip => extension::ip::parse(text).ok().map(Value::Ip),
        _ => None,
    }
}

fn number(length: usize) -> Result<u32, Problem> {
    // The largest number stands for a wildcard.
    u32::try_from(length).ok().filter(|number| *number != WILDCARD).ok_or(Problem::TooLarge)
}
