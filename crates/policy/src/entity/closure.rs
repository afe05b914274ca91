//! The ancestors of each entity of a new layer, across all layers.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Entities, Entity, EntityDefinition, EntityUid};
use crate::error::EntityError;

/// The entities of a layer on top of `base`, ancestors closed, in no particular order: those
/// defined, and those of the base that hang below a definition that moved.
pub(super) fn close(
    definitions: Vec<EntityDefinition>,
    base: Entities<'_>,
) -> Result<Vec<Entity>, EntityError> {
    let mut entities = BTreeMap::new();
    for definition in definitions {
        let entity = Entity {
            uid: definition.uid.clone(),
            attributes: definition.attributes,
            tags: definition.tags,
            parents: definition.parents.into(),
            ancestors: Arc::default(),
        };
        if entities.insert(definition.uid.clone(), entity).is_some() {
            return Err(EntityError::DefinedTwice { entity: definition.uid.to_string() });
        }
    }
    pull_in_descendants(&mut entities, base);

    let mut closed = Vec::with_capacity(entities.len());
    for entity in entities.values() {
        let ancestors = ancestors(entity, &entities, base)?;
        closed.push(Entity { ancestors, ..entity.clone() });
    }
    Ok(closed)
}

/// Adds those entities of the base whose ancestors a definition may have changed.
fn pull_in_descendants(entities: &mut BTreeMap<EntityUid, Entity>, base: Entities<'_>) {
    let moved: Vec<EntityUid> = entities
        .values()
        .filter(|entity| base.layers().iter().any(|layer| layer.has_below(&entity.uid)))
        .filter(|entity| base.get(&entity.uid).is_none_or(|old| old.parents != entity.parents))
        .map(|entity| entity.uid.clone())
        .collect();
    if moved.is_empty() {
        return;
    }
    for layer in base.layers() {
        for entity in layer.entities() {
            if !entities.contains_key(&entity.uid)
                && moved.iter().any(|uid| entity.descends_from(uid))
                && let Some(visible) = base.get(&entity.uid)
            {
                entities.insert(entity.uid.clone(), visible.clone());
            }
        }
    }
}

/// Walks up from `entity`. The ancestors of an entity that only the base defines are closed
/// already and hold nothing that moved (else it would have been pulled in).
fn ancestors(
    entity: &Entity,
    entities: &BTreeMap<EntityUid, Entity>,
    base: Entities<'_>,
) -> Result<Arc<[EntityUid]>, EntityError> {
    let mut found: BTreeSet<&EntityUid> = BTreeSet::new();
    let mut open: Vec<&EntityUid> = entity.parents.iter().collect();
    while let Some(uid) = open.pop() {
        if *uid == entity.uid {
            return Err(EntityError::OwnAncestor { entity: uid.to_string() });
        }
        if !found.insert(uid) {
            continue;
        }
        if let Some(parent) = entities.get(uid) {
            open.extend(parent.parents.iter());
        } else if let Some(parent) = base.get(uid) {
            open.extend(parent.ancestors.iter());
        }
    }
    Ok(found.into_iter().cloned().collect())
}
