//! Layers of entities and the look-up across them.

use super::{Entity, EntityDefinition, EntityUid, closure};
use crate::{
    error::EntityError,
    hash::{self, Table},
    order,
};

/// The entities an evaluation may look up: several layers (the bundle's own, then those of the
/// token), the later layer first. No layer is copied for a request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Entities<'a> {
    layers: &'a [&'a EntityStore],
}

impl<'a> Entities<'a> {
    /// The layers, lowest first. Each layer must have been built on those before it
    /// ([`EntityStore::new`]), so that ancestors are right across all of them.
    pub fn new(layers: &'a [&'a EntityStore]) -> Self {
        Self { layers }
    }

    /// The entity named `uid`: that of the last layer that defines it.
    pub fn get(&self, uid: &EntityUid) -> Option<&'a Entity> {
        self.find(uid).map(|found| found.entity)
    }

    /// [`Entities::get`], with what the scope index needs.
    pub(crate) fn find(&self, uid: &EntityUid) -> Option<Stored<'a>> {
        let hash = hash::entity(uid);
        self.layers.iter().rev().find_map(|layer| layer.find(uid, hash))
    }

    /// The layers, lowest first.
    pub fn layers(&self) -> &'a [&'a EntityStore] {
        self.layers
    }
}

/// Entities with their ancestors closed, found by uid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityStore {
    entities: Vec<Entity>,
    /// Per entity: where the hashes of its ancestors end in `ancestor_hashes`.
    ends: Vec<u32>,
    ancestor_hashes: Vec<u64>,
    table: Table,
    /// Every uid that is an ancestor of some entity here, sorted.
    above: Vec<EntityUid>,
}

/// An entity in its store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stored<'a> {
    /// The entity.
    pub(crate) entity: &'a Entity,
    /// The hash of each of its ancestors, in order.
    pub(crate) ancestor_hashes: &'a [u64],
}

impl EntityStore {
    /// A layer of `entities` on top of `base`: parents may be defined in either, or nowhere. An
    /// entity of the base that is defined anew is replaced as a whole; what descends from it
    /// follows.
    ///
    /// Costs as much as its own entities; entities of the base are only touched when a new
    /// definition moves them.
    ///
    /// # Errors
    /// When a uid is defined twice, or an entity would be its own ancestor.
    pub fn new(entities: Vec<EntityDefinition>, base: Entities<'_>) -> Result<Self, EntityError> {
        closure::close(entities, base).map(Self::from_closed)
    }

    /// The entities, sorted by uid.
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Whether some entity of this layer descends from `uid`.
    pub(super) fn has_below(&self, uid: &EntityUid) -> bool {
        self.above.binary_search(uid).is_ok()
    }

    fn from_closed(entities: Vec<Entity>) -> Self {
        let mut ends = Vec::with_capacity(entities.len());
        let mut ancestor_hashes = Vec::new();
        let mut above = Vec::new();
        for entity in &entities {
            ancestor_hashes.extend(entity.ancestors.iter().map(hash::entity));
            for ancestor in entity.ancestors.iter() {
                // Neighbours mostly lie in the same.
                if above.last() != Some(ancestor) {
                    above.push(ancestor.clone());
                }
            }
            ends.push(u32::try_from(ancestor_hashes.len()).unwrap_or(u32::MAX));
        }
        order::sort(&mut above);
        above.dedup();
        let table = Table::new(entities.iter().map(|entity| hash::entity(&entity.uid)));
        Self { entities, ends, ancestor_hashes, table, above }
    }

    fn find(&self, uid: &EntityUid, hash: u64) -> Option<Stored<'_>> {
        let is_wanted = |row| self.entities.get(row as usize).is_some_and(|at| at.uid == *uid);
        let row = self.table.find(hash, is_wanted)? as usize;
        let start = row.checked_sub(1).and_then(|before| self.ends.get(before));
        let start = start.copied().unwrap_or_default() as usize;
        let end = *self.ends.get(row)? as usize;
        Some(Stored {
            entity: self.entities.get(row)?,
            ancestor_hashes: self.ancestor_hashes.get(start..end)?,
        })
    }
}
