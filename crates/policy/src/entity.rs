//! Entities: what `principal`, `resource` and references inside values stand for.

use std::{cmp::Ordering, sync::Arc};

use crate::{Record, text};

mod closure;
mod store;

pub(crate) use store::Stored;
pub use store::{Entities, EntityStore};

/// `Type::"id"`.
#[derive(Clone, Debug, Eq, Hash)]
#[expect(
    clippy::derived_hash_with_manual_eq,
    reason = "equality is the derived one, only in another order of fields"
)]
pub struct EntityUid {
    /// The entity type with its namespace, for example `Agent`.
    pub entity_type: Arc<str>,
    /// The id, without quotes or escapes.
    pub id: Arc<str>,
}

impl PartialEq for EntityUid {
    /// The id first: entities that meet are more often of one type than of one id.
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        text::same(&self.id, &other.id) && text::same(&self.entity_type, &other.entity_type)
    }
}

impl Ord for EntityUid {
    /// By type, then by id. Neighbours mostly share the text of their type.
    fn cmp(&self, other: &Self) -> Ordering {
        let types = match Arc::ptr_eq(&self.entity_type, &other.entity_type) {
            true => Ordering::Equal,
            false => text::order(&self.entity_type, &other.entity_type),
        };
        types.then_with(|| text::order(&self.id, &other.id))
    }
}

impl PartialOrd for EntityUid {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl EntityUid {
    /// `entity_type::"id"`.
    pub fn new(entity_type: impl Into<Arc<str>>, id: impl Into<Arc<str>>) -> Self {
        Self { entity_type: entity_type.into(), id: id.into() }
    }
}

/// What is known of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entity {
    /// Its name.
    pub uid: EntityUid,
    /// Its attributes.
    pub attributes: Record,
    /// Its tags.
    pub tags: Record,
    /// The entities it is directly in.
    pub parents: Arc<[EntityUid]>,
    /// All its ancestors, direct and indirect, sorted. The builder computes the closure.
    pub ancestors: Arc<[EntityUid]>,
}

impl Entity {
    /// Whether the entity is below `uid` (not whether it *is* `uid`).
    #[inline]
    pub fn descends_from(&self, uid: &EntityUid) -> bool {
        if self.ancestors.len() <= FEW {
            return self.ancestors.contains(uid);
        }
        self.ancestors.binary_search(uid).is_ok()
    }
}

/// An entity to put into a store: its direct parents only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityDefinition {
    /// Its name.
    pub uid: EntityUid,
    /// Its attributes.
    pub attributes: Record,
    /// Its tags.
    pub tags: Record,
    /// The entities it is directly in. They need not be defined anywhere.
    pub parents: Vec<EntityUid>,
}

impl EntityDefinition {
    /// An entity without attributes, tags or parents.
    pub fn new(uid: EntityUid) -> Self {
        Self { uid, attributes: Record::default(), tags: Record::default(), parents: Vec::new() }
    }

    /// The same with these attributes.
    pub fn with_attributes(mut self, attributes: Record) -> Self {
        self.attributes = attributes;
        self
    }

    /// The same with these tags.
    pub fn with_tags(mut self, tags: Record) -> Self {
        self.tags = tags;
        self
    }

    /// The same, directly in `parents`.
    pub fn within(mut self, parents: impl IntoIterator<Item = EntityUid>) -> Self {
        self.parents = parents.into_iter().collect();
        self
    }
}

/// Up to so many uids, comparing each for equality (lengths first) beats a binary search.
const FEW: usize = 8;

#[cfg(test)]
mod tests;
