//! The ancestors of each entity of a new layer, across all layers.

use std::sync::Arc;

use super::{Entities, Entity, EntityDefinition, EntityUid};
use crate::{error::EntityError, order};

/// The entities of a layer on top of `base`, ancestors closed, sorted by uid: those defined, and
/// those of the base that hang below a definition that moved.
pub(super) fn close(
    definitions: Vec<EntityDefinition>,
    base: Entities<'_>,
) -> Result<Vec<Entity>, EntityError> {
    let mut entities: Vec<Entity> = definitions
        .into_iter()
        .map(|definition| Entity {
            uid: definition.uid,
            attributes: definition.attributes,
            tags: definition.tags,
            parents: definition.parents.into(),
            ancestors: Arc::default(),
        })
        .collect();
    sort(&mut entities);
    for pair in entities.windows(2) {
        if let [one, other] = pair
            && one.uid == other.uid
        {
            return Err(EntityError::DefinedTwice { entity: one.uid.to_string() });
        }
    }
    pull_in_descendants(&mut entities, base);

    let mut closed: Vec<Entity> = Vec::with_capacity(entities.len());
    for entity in &entities {
        // Neighbours mostly lie in the same.
        let alike = closed.last().filter(|before| before.parents == entity.parents);
        let ancestors = match alike {
            Some(before) if !before.descends_from(&entity.uid) => Arc::clone(&before.ancestors),
            _ => ancestors(entity, &entities, base)?,
        };
        closed.push(Entity { ancestors, ..entity.clone() });
    }
    Ok(closed)
}

/// Adds those entities of the base whose ancestors a definition may have changed.
fn pull_in_descendants(entities: &mut Vec<Entity>, base: Entities<'_>) {
    let moved: Vec<EntityUid> = entities
        .iter()
        .filter(|entity| base.layers().iter().any(|layer| layer.has_below(&entity.uid)))
        .filter(|entity| base.get(&entity.uid).is_none_or(|old| old.parents != entity.parents))
        .map(|entity| entity.uid.clone())
        .collect();
    if moved.is_empty() {
        return;
    }
    for layer in base.layers() {
        for entity in layer.entities() {
            if let Err(at) = place(entities, &entity.uid)
                && moved.iter().any(|uid| entity.descends_from(uid))
                && let Some(visible) = base.get(&entity.uid)
            {
                entities.insert(at, visible.clone());
            }
        }
    }
}

/// Walks up from `entity`. The ancestors of an entity that only the base defines are closed
/// already and hold nothing that moved (else it would have been pulled in).
fn ancestors(
    entity: &Entity,
    entities: &[Entity],
    base: Entities<'_>,
) -> Result<Arc<[EntityUid]>, EntityError> {
    let mut found: Vec<EntityUid> = Vec::new();
    let mut open: Vec<&EntityUid> = entity.parents.iter().collect();
    while let Some(uid) = open.pop() {
        if *uid == entity.uid {
            return Err(EntityError::OwnAncestor { entity: uid.to_string() });
        }
        let Err(at) = found.binary_search(uid) else { continue };
        found.insert(at, uid.clone());
        let defined = place(entities, uid).ok().and_then(|row| entities.get(row));
        if let Some(parent) = defined {
            open.extend(parent.parents.iter());
        } else if let Some(parent) = base.get(uid) {
            open.extend(parent.ancestors.iter());
        }
    }
    Ok(found.into())
}

fn place(entities: &[Entity], uid: &EntityUid) -> Result<usize, usize> {
    entities.binary_search_by(|entity| entity.uid.cmp(uid))
}

fn sort(entities: &mut Vec<Entity>) {
    order::sort_by(entities, |left, right| left.uid.cmp(&right.uid));
}
