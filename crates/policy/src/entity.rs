//! Entities: what `principal`, `resource` and references inside values stand for.

use std::sync::Arc;

use crate::Record;

/// `Type::"id"`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityUid {
    /// The entity type with its namespace, for example `Agent`.
    pub entity_type: Arc<str>,
    /// The id, without quotes or escapes.
    pub id: Arc<str>,
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
    /// All its ancestors, direct and indirect, sorted. The builder computes the closure.
    pub ancestors: Arc<[EntityUid]>,
}

/// The entities an evaluation may look up: several sorted layers (the bundle's own, then those
/// of the token), the later layer first. No layer is copied for a request.
#[derive(Clone, Copy, Debug)]
pub struct Entities<'a> {
    layers: &'a [&'a EntityStore],
}

/// Entities sorted by uid, with ancestors closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityStore {
    entities: Vec<Entity>,
}
