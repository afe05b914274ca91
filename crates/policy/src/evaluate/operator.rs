//! Binary operators and negation.

use super::{Evaluator, Failure, Operand, View, entity_of, invalid_program, type_error};
use crate::{EntityUid, EvaluationError, Set, Value, ir::BinaryOperator, value::ValueType};

impl<'a> Evaluator<'a> {
    /// An operator that compares: its truth.
    pub(super) fn relation(
        &self,
        operator: BinaryOperator,
        left: View<'_>,
        right: View<'_>,
    ) -> Result<bool, Failure> {
        match operator {
            BinaryOperator::Contains => Ok(contains(set_of(left)?, right)),
            BinaryOperator::ContainsAll => {
                let (all, some) = (set_of(left)?, set_of(right)?);
                Ok(some.elements().iter().all(|element| contains(all, element.into())))
            }
            BinaryOperator::ContainsAny => {
                let (left, right) = (set_of(left)?, set_of(right)?);
                Ok(right.elements().iter().any(|element| contains(left, element.into())))
            }
            BinaryOperator::Equal => Ok(left == right),
            BinaryOperator::HasTag => {
                let uid = entity_of(left)?;
                let name = string_of(right)?;
                Ok(self.entity(uid).is_some_and(|entity| entity.tags.get(name).is_some()))
            }
            BinaryOperator::In => self.is_in(entity_of(left)?, right),
            BinaryOperator::Less => Ok(compare(left, right)?.is_lt()),
            BinaryOperator::LessEqual => Ok(compare(left, right)?.is_le()),
            BinaryOperator::Add
            | BinaryOperator::GetTag
            | BinaryOperator::Multiply
            | BinaryOperator::Subtract => Err(invalid_program()),
        }
    }

    /// An operator that makes a value.
    pub(super) fn operation(
        &self,
        operator: BinaryOperator,
        left: View<'_>,
        right: View<'_>,
    ) -> Result<Operand<'a>, Failure> {
        if operator == BinaryOperator::GetTag {
            let uid = entity_of(left)?;
            return self.tag(uid, string_of(right)?);
        }
        let (left, right) = (long_of(left)?, long_of(right)?);
        let (sign, value) = match operator {
            BinaryOperator::Add => ('+', left.checked_add(right)),
            BinaryOperator::Multiply => ('*', left.checked_mul(right)),
            BinaryOperator::Subtract => ('-', left.checked_sub(right)),
            _ => return Err(invalid_program()),
        };
        match value {
            Some(value) => Ok(View::Long(value).into()),
            None => Err(overflow(format!("{left} {sign} {right}"))),
        }
    }

    fn is_in(&self, uid: &EntityUid, within: View<'_>) -> Result<bool, Failure> {
        match within {
            View::Entity(ancestor) => Ok(uid == ancestor
                || self.entity(uid).is_some_and(|entity| entity.descends_from(ancestor))),
            View::Set(set) => {
                let entity = self.entity(uid);
                let mut is_in = false;
                // Every element must be an entity, also those behind the one that decides.
                for element in set.elements() {
                    let ancestor = entity_of(element.into())?;
                    is_in = is_in
                        || uid == ancestor
                        || entity.is_some_and(|entity| entity.descends_from(ancestor));
                }
                Ok(is_in)
            }
            other => Err(type_error(&[ValueType::Set, ValueType::Entity], other)),
        }
    }

    fn tag(&self, uid: &EntityUid, name: &str) -> Result<Operand<'a>, Failure> {
        match self.known_entity(uid)?.tags.get(name) {
            Some(value) => Ok(Operand::from(value)),
            None => Err(Failure::new(EvaluationError::TagMissing {
                of: format!("`{uid}`"),
                name: name.to_owned(),
            })),
        }
    }
}

pub(super) fn negate(view: View<'_>) -> Result<Operand<'static>, Failure> {
    let value = long_of(view)?;
    match value.checked_neg() {
        Some(value) => Ok(View::Long(value).into()),
        None => Err(overflow(format!("-({value})"))),
    }
}

/// The order of two values of the same ordered type.
fn compare(left: View<'_>, right: View<'_>) -> Result<std::cmp::Ordering, Failure> {
    match (left, right) {
        (View::Long(left), View::Long(right))
        | (View::Datetime(left), View::Datetime(right))
        | (View::Duration(left), View::Duration(right)) => Ok(left.cmp(&right)),
        (View::Long(_), other) | (other, View::Long(_)) => {
            Err(type_error(&[ValueType::Long], other))
        }
        (View::Datetime(_), other) | (other, View::Datetime(_)) => {
            Err(type_error(&[ValueType::Datetime], other))
        }
        (View::Duration(_), other) | (other, View::Duration(_)) => {
            Err(type_error(&[ValueType::Duration], other))
        }
        (other, _) => {
            Err(type_error(&[ValueType::Long, ValueType::Datetime, ValueType::Duration], other))
        }
    }
}

fn contains(set: &Set, wanted: View<'_>) -> bool {
    let elements = set.elements();
    let view = |element| View::from(element);
    if elements.len() <= FEW {
        elements.iter().any(|element: &Value| view(element) == wanted)
    } else {
        elements.binary_search_by(|element| view(element).cmp(&wanted)).is_ok()
    }
}

fn long_of(view: View<'_>) -> Result<i64, Failure> {
    match view {
        View::Long(value) => Ok(value),
        other => Err(type_error(&[ValueType::Long], other)),
    }
}

fn set_of(view: View<'_>) -> Result<&Set, Failure> {
    match view {
        View::Set(set) => Ok(set),
        other => Err(type_error(&[ValueType::Set], other)),
    }
}

pub(super) fn string_of(view: View<'_>) -> Result<&str, Failure> {
    match view {
        View::String(text) => Ok(text),
        other => Err(type_error(&[ValueType::String], other)),
    }
}

#[cold]
fn overflow(expression: String) -> Failure {
    Failure::new(EvaluationError::Overflow { expression })
}

/// Up to so many elements, comparing each for equality (lengths first) beats a binary search,
/// which must read the text to order it.
const FEW: usize = 8;
