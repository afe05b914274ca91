//! Values while an expression is evaluated: borrowed wherever they lie.

use std::sync::Arc;

use crate::{
    EntityUid, Record, Set, Value,
    value::{IpNetwork, ValueType},
};

/// A look at a value: small ones copied, large ones where they lie.
///
/// The variants stand in the order of [`Value`]'s, so that both sort alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum View<'v> {
    Bool(bool),
    Datetime(i64),
    Decimal(i64),
    Duration(i64),
    Entity(&'v EntityUid),
    Ip(IpNetwork),
    Long(i64),
    Record(&'v Record),
    Set(&'v Set),
    String(&'v Arc<str>),
}

/// The value of an expression: borrowed from the program, the request or the entities, or a set
/// or record that the expression itself made.
#[derive(Clone, Debug)]
pub(crate) enum Operand<'a> {
    Borrowed(View<'a>),
    Owned(Box<Value>),
}

impl<'v> From<&'v Value> for View<'v> {
    #[inline]
    fn from(value: &'v Value) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Datetime(value) => Self::Datetime(*value),
            Value::Decimal(value) => Self::Decimal(*value),
            Value::Duration(value) => Self::Duration(*value),
            Value::Entity(value) => Self::Entity(value),
            Value::Ip(value) => Self::Ip(*value),
            Value::Long(value) => Self::Long(*value),
            Value::Record(value) => Self::Record(value),
            Value::Set(value) => Self::Set(value),
            Value::String(value) => Self::String(value),
        }
    }
}

impl View<'_> {
    pub(crate) fn value_type(self) -> ValueType {
        match self {
            Self::Bool(_) => ValueType::Bool,
            Self::Datetime(_) => ValueType::Datetime,
            Self::Decimal(_) => ValueType::Decimal,
            Self::Duration(_) => ValueType::Duration,
            Self::Entity(_) => ValueType::Entity,
            Self::Ip(_) => ValueType::Ip,
            Self::Long(_) => ValueType::Long,
            Self::Record(_) => ValueType::Record,
            Self::Set(_) => ValueType::Set,
            Self::String(_) => ValueType::String,
        }
    }

    pub(crate) fn to_value(self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(value),
            Self::Datetime(value) => Value::Datetime(value),
            Self::Decimal(value) => Value::Decimal(value),
            Self::Duration(value) => Value::Duration(value),
            Self::Entity(value) => Value::Entity(value.clone()),
            Self::Ip(value) => Value::Ip(value),
            Self::Long(value) => Value::Long(value),
            Self::Record(value) => Value::Record(value.clone()),
            Self::Set(value) => Value::Set(value.clone()),
            Self::String(value) => Value::String(value.clone()),
        }
    }
}

impl<'a> From<View<'a>> for Operand<'a> {
    #[inline]
    fn from(view: View<'a>) -> Self {
        Self::Borrowed(view)
    }
}

impl<'a> From<&'a Value> for Operand<'a> {
    #[inline]
    fn from(value: &'a Value) -> Self {
        Self::Borrowed(value.into())
    }
}

impl Operand<'_> {
    pub(crate) fn own(value: Value) -> Self {
        Self::Owned(Box::new(value))
    }

    #[inline]
    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::Borrowed(view) => *view,
            Self::Owned(value) => View::from(&**value),
        }
    }

    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Borrowed(view) => view.to_value(),
            Self::Owned(value) => *value,
        }
    }
}
