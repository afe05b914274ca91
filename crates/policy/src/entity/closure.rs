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
    let nothing: Arc<[EntityUid]> = Arc::default();
    let mut entities: Vec<Entity> = Vec::with_capacity(definitions.len());
    for definition in definitions {
        // Neighbours mostly lie in the same.
        let alike = entities.last().filter(|before| *before.parents == *definition.parents);
        entities.push(Entity {
            parents: match alike {
                Some(before) => Arc::clone(&before.parents),
                None => definition.parents.into(),
            },
            uid: definition.uid,
            attributes: definition.attributes,
            tags: definition.tags,
            ancestors: Arc::clone(&nothing),
        });
    }
    sort(&mut entities);
    for pair in entities.windows(2) {
        if let [one, other] = pair
            && one.uid == other.uid
        {
            return Err(EntityError::DefinedTwice { entity: one.uid.to_string() });
        }
    }
    pull_in_descendants(&mut entities, base);

    let mut closed: Vec<Arc<[EntityUid]>> = Vec::with_capacity(entities.len());
    let mut before: Option<(&Entity, Arc<[EntityUid]>)> = None;
    for entity in &entities {
        let above = match before {
            Some((neighbour, above))
                if in_the_same(neighbour, entity) && above.binary_search(&entity.uid).is_err() =>
            {
                above
            }
            _ => ancestors(entity, &entities, base)?,
        };
        closed.push(Arc::clone(&above));
        before = Some((entity, above));
    }
    for (entity, ancestors) in entities.iter_mut().zip(closed) {
        entity.ancestors = ancestors;
    }
    Ok(entities)
}

fn in_the_same(left: &Entity, right: &Entity) -> bool {
    Arc::ptr_eq(&left.parents, &right.parents) || left.parents == right.parents
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
