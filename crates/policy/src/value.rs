//! Runtime values. Cloning one is cheap: what could be long is shared.

use std::{fmt, net::IpAddr, sync::Arc};

use crate::{EntityUid, order, text};

mod literal;

pub use literal::Bounded;
pub(crate) use literal::{is_identifier, write_name, write_string};

/// A Cedar value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// `Bool`
    Bool(bool),
    /// `datetime`: milliseconds since the epoch.
    Datetime(i64),
    /// `decimal`: ten-thousandths.
    Decimal(i64),
    /// `duration`: milliseconds.
    Duration(i64),
    /// An entity reference.
    Entity(EntityUid),
    /// `ipaddr`: an address and a prefix length.
    Ip(IpNetwork),
    /// `Long`
    Long(i64),
    /// A record.
    Record(Record),
    /// A set.
    Set(Set),
    /// `String`
    String(Arc<str>),
}

/// The type of a value, as error messages name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueType {
    /// `bool`
    Bool,
    /// `datetime`
    Datetime,
    /// `decimal`
    Decimal,
    /// `duration`
    Duration,
    /// An entity of any type.
    Entity,
    /// `ipaddr`
    Ip,
    /// `long`
    Long,
    /// `record`
    Record,
    /// `set`
    Set,
    /// `string`
    String,
}

impl fmt::Display for ValueType {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Bool => "bool",
            Self::Datetime => "datetime",
            Self::Decimal => "decimal",
            Self::Duration => "duration",
            Self::Entity => "entity",
            Self::Ip => "ipaddr",
            Self::Long => "long",
            Self::Record => "record",
            Self::Set => "set",
            Self::String => "string",
        })
    }
}

/// An IP address with a prefix length, as Cedar's `ip("10.0.0.0/8")`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IpNetwork {
    /// The address.
    pub address: IpAddr,
    /// The prefix length: at most 32 or 128.
    pub prefix: u8,
}

/// A set: sorted and without duplicates, so that equality and membership are cheap.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Set(Arc<[Value]>);

impl FromIterator<Value> for Set {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut values: Vec<Value> = values.into_iter().collect();
        order::sort(&mut values);
        values.dedup();
        Self(values.into())
    }
}

impl Set {
    /// The elements, sorted.
    #[inline]
    pub fn elements(&self) -> &[Value] {
        &self.0
    }

    /// Whether `value` is an element.
    pub fn contains(&self, value: &Value) -> bool {
        self.0.binary_search(value).is_ok()
    }
}

/// A record: attributes sorted by name, names unique.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record(Arc<[(Arc<str>, Value)]>);

impl<N: Into<Arc<str>>> FromIterator<(N, Value)> for Record {
    /// Of a name given twice, the last value counts.
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(attributes: I) -> Self {
        Self::from_unsorted(
            attributes.into_iter().map(|(name, value)| (name.into(), value)).collect(),
        )
    }
}

impl Record {
    /// The attributes, sorted by name.
    pub fn attributes(&self) -> &[(Arc<str>, Value)] {
        &self.0
    }

    /// A record of `attributes` that are already sorted by name without repetition; any other
    /// order is sorted first. Where the order holds, this costs one allocation.
    pub fn from_sorted(attributes: Vec<(Arc<str>, Value)>) -> Self {
        if attributes.is_sorted_by(|(left, _), (right, _)| left < right) {
            Self(attributes.into())
        } else {
            Self::from_unsorted(attributes)
        }
    }

    fn from_unsorted(mut attributes: Vec<(Arc<str>, Value)>) -> Self {
        if attributes.is_empty() {
            return Self::default();
        }
        order::sort_by(&mut attributes, |(left, _), (right, _)| left.cmp(right));
        attributes.dedup_by(|later, kept| {
            let repeated = later.0 == kept.0;
            if repeated {
                std::mem::swap(later, kept);
            }
            repeated
        });
        Self(attributes.into())
    }

    /// This record with more attributes; of a name in both, the new value counts.
    pub fn with(&self, more: &[(Arc<str>, Value)]) -> Self {
        let mut attributes = Vec::with_capacity(self.0.len() + more.len());
        attributes.extend_from_slice(&self.0);
        for (name, value) in more {
            match attributes.binary_search_by(|(key, _)| key.cmp(name)) {
                Ok(index) => {
                    if let Some(attribute) = attributes.get_mut(index) {
                        attribute.1 = value.clone();
                    }
                }
                Err(index) => attributes.insert(index, (name.clone(), value.clone())),
            }
        }
        Self(attributes.into())
    }

    /// The value of an attribute.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&Value> {
        if self.0.len() <= FEW {
            return self.0.iter().find(|(key, _)| text::same(key, name)).map(|(_, value)| value);
        }
        let index = self.0.binary_search_by(|(key, _)| (**key).cmp(name)).ok()?;
        self.0.get(index).map(|(_, value)| value)
    }
}

/// Up to so many attributes, comparing each for equality (which looks at lengths first) beats a
/// binary search, which must read the text of each to order it.
const FEW: usize = 24;

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::String(value.into())
    }
}

impl From<EntityUid> for Value {
    fn from(value: EntityUid) -> Self {
        Self::Entity(value)
    }
}

impl From<Record> for Value {
    fn from(value: Record) -> Self {
        Self::Record(value)
    }
}

impl From<Set> for Value {
    fn from(value: Set) -> Self {
        Self::Set(value)
    }
}
