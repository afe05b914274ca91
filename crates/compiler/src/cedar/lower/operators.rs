//! Cedar's operators by name, and the operands of a lowered expression.

use cedar_policy_core::ast;
use vicar_policy::ir::{BinaryOperator, Expr, ExtensionFunction};

pub(super) fn binary(operator: ast::BinaryOp) -> BinaryOperator {
    match operator {
        ast::BinaryOp::Add => BinaryOperator::Add,
        ast::BinaryOp::Contains => BinaryOperator::Contains,
        ast::BinaryOp::ContainsAll => BinaryOperator::ContainsAll,
        ast::BinaryOp::ContainsAny => BinaryOperator::ContainsAny,
        ast::BinaryOp::Eq => BinaryOperator::Equal,
        ast::BinaryOp::GetTag => BinaryOperator::GetTag,
        ast::BinaryOp::HasTag => BinaryOperator::HasTag,
        ast::BinaryOp::In => BinaryOperator::In,
        ast::BinaryOp::Less => BinaryOperator::Less,
        ast::BinaryOp::LessEq => BinaryOperator::LessEqual,
        ast::BinaryOp::Mul => BinaryOperator::Multiply,
        ast::BinaryOp::Sub => BinaryOperator::Subtract,
    }
}

pub(super) fn extension(name: &str) -> Option<ExtensionFunction> {
    EXTENSIONS.iter().find(|(known, _)| *known == name).map(|(_, function)| *function)
}

const EXTENSIONS: &[(&str, ExtensionFunction)] = &[
    ("datetime", ExtensionFunction::Datetime),
    ("decimal", ExtensionFunction::Decimal),
    ("duration", ExtensionFunction::Duration),
    ("durationSince", ExtensionFunction::DurationSince),
    ("greaterThan", ExtensionFunction::GreaterThan),
    ("greaterThanOrEqual", ExtensionFunction::GreaterThanOrEqual),
    ("ip", ExtensionFunction::Ip),
    ("isInRange", ExtensionFunction::IsInRange),
    ("isIpv4", ExtensionFunction::IsIpv4),
    ("isIpv6", ExtensionFunction::IsIpv6),
    ("isLoopback", ExtensionFunction::IsLoopback),
    ("isMulticast", ExtensionFunction::IsMulticast),
    ("lessThan", ExtensionFunction::LessThan),
    ("lessThanOrEqual", ExtensionFunction::LessThanOrEqual),
    ("offset", ExtensionFunction::Offset),
    ("toDate", ExtensionFunction::ToDate),
    ("toDays", ExtensionFunction::ToDays),
    ("toHours", ExtensionFunction::ToHours),
    ("toMilliseconds", ExtensionFunction::ToMilliseconds),
    ("toMinutes", ExtensionFunction::ToMinutes),
    ("toSeconds", ExtensionFunction::ToSeconds),
    ("toTime", ExtensionFunction::ToTime),
];

/// The direct operands of an expression.
pub(super) fn operands(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Literal(_) | Expr::Variable(_) => Vec::new(),
        Expr::Attribute(of, _)
        | Expr::Has(of, _)
        | Expr::Is(of, _)
        | Expr::IsEmpty(of)
        | Expr::Like(of, _)
        | Expr::Negate(of)
        | Expr::Not(of) => vec![of],
        Expr::And(left, right) | Expr::Or(left, right) | Expr::Binary(_, left, right) => {
            vec![left, right]
        }
        Expr::If(test, consequent, alternative) => vec![test, consequent, alternative],
        Expr::Call(_, arguments) | Expr::Set(arguments) => arguments.iter().collect(),
        Expr::Record(attributes) => attributes.iter().map(|(_, expr)| expr).collect(),
    }
}
