//! The context of a request: a record in two layers, so that what a token says is prepared once
//! and a request adds its own without a copy.

use std::sync::Arc;

use crate::{Record, Value};

/// Everything that policies may read beside principal, action and resource.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    base: &'a Record,
    above: &'a [(Arc<str>, Value)],
}

impl<'a> Context<'a> {
    /// The attributes of `base` and, over them, those of `above`: of a name in both, the value
    /// above counts.
    pub const fn layered(base: &'a Record, above: &'a [(Arc<str>, Value)]) -> Self {
        Self { base, above }
    }

    /// The value of an attribute.
    #[inline]
    pub fn get(&self, name: &str) -> Option<&'a Value> {
        let above = self.above.iter().find(|(key, _)| crate::text::same(key, name));
        above.map_or_else(|| self.base.get(name), |(_, value)| Some(value))
    }

    /// Both layers as one record.
    pub fn to_record(&self) -> Record {
        if self.above.is_empty() { self.base.clone() } else { self.base.with(self.above) }
    }
}

impl<'a> From<&'a Record> for Context<'a> {
    fn from(base: &'a Record) -> Self {
        Self { base, above: &[] }
    }
}
