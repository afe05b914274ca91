use proptest::prelude::*;

use super::{Entities, EntityDefinition, EntityStore, EntityUid};
use crate::{error::EntityError, test_support::*};

fn within(entity: &str, parents: &[&str]) -> EntityDefinition {
    EntityDefinition::new(uid("E", entity)).within(parents.iter().map(|id| uid("E", id)))
}

/// The ids of the ancestors of `E::"entity"`, joined.
fn above(layers: &[&EntityStore], entity: &str) -> String {
    let entity = Entities::new(layers).get(&uid("E", entity)).unwrap();
    entity.ancestors.iter().map(|uid| &*uid.id).collect::<Vec<_>>().join(" ")
}

fn store(entities: Vec<EntityDefinition>, base: &[&EntityStore]) -> EntityStore {
    EntityStore::new(entities, Entities::new(base)).unwrap()
}

#[test]
fn ancestors_are_closed_within_a_layer() {
    let only = store(vec![within("a", &["b"]), within("b", &["c", "d"]), within("c", &["e"])], &[]);
    assert_eq!(above(&[&only], "a"), "b c d e");
    assert_eq!(above(&[&only], "c"), "e");
    assert!(Entities::new(&[&only]).get(&uid("E", "e")).is_none());
}

#[test]
fn ancestors_are_closed_across_layers() {
    let directory = store(vec![within("blueprint", &["tenant"])], &[]);
    let token = store(vec![within("agent", &["blueprint"])], &[&directory]);
    assert_eq!(above(&[&directory, &token], "agent"), "blueprint tenant");
}

#[test]
fn a_later_layer_replaces_an_entity_and_moves_its_descendants() {
    let directory = store(
        vec![within("user", &["agent"]), within("agent", &["old"]), within("old", &["older"])],
        &[],
    );
    let token = store(vec![within("agent", &["new"])], &[&directory]);
    let layers: [&EntityStore; 2] = [&directory, &token];
    assert_eq!(above(&layers, "agent"), "new");
    assert_eq!(above(&layers, "user"), "agent new");
    assert_eq!(above(&layers, "old"), "older");
    // The lower layer alone is as it was.
    assert_eq!(above(&[&directory], "user"), "agent old older");
}

#[test]
fn a_later_layer_defines_what_was_only_named() {
    let directory = store(vec![within("agent", &["blueprint"])], &[]);
    let token = store(vec![within("blueprint", &["tenant"])], &[&directory]);
    assert_eq!(above(&[&directory, &token], "agent"), "blueprint tenant");
}

#[test]
fn a_definition_that_stays_put_copies_nothing() {
    let directory = store(vec![within("user", &["agent"]), within("agent", &["b"])], &[]);
    let token = store(vec![within("agent", &["b"])], &[&directory]);
    assert_eq!(token.entities().len(), 1);
}

#[test]
fn cycles_and_repetitions_are_refused() {
    let new = |entities, base: &[&EntityStore]| EntityStore::new(entities, Entities::new(base));
    let own = |entity: &str| Err(EntityError::OwnAncestor { entity: uid("E", entity).to_string() });
    assert_eq!(new(vec![within("a", &["a"])], &[]), own("a"));
    assert_eq!(new(vec![within("a", &["b"]), within("b", &["a"])], &[]), own("a"));
    let base = store(vec![within("a", &["b"])], &[]);
    assert_eq!(new(vec![within("b", &["a"])], &[&base]), own("a"));
    assert_eq!(
        new(vec![within("a", &[]), within("a", &[])], &[]),
        Err(EntityError::DefinedTwice { entity: "E::\"a\"".into() })
    );
}

#[test]
fn many_entities_are_found() {
    let entities = (0..3_000).map(|id| EntityDefinition::new(uid("E", &id.to_string())));
    let store = store(entities.collect(), &[]);
    let layers = [&store];
    let entities = Entities::new(&layers);
    for id in 0..3_000 {
        assert_eq!(*entities.get(&uid("E", &id.to_string())).unwrap().uid.id, id.to_string());
    }
    assert!(entities.get(&uid("E", "3000")).is_none());
    assert!(entities.get(&uid("F", "1")).is_none());
}

/// The ancestors by walking the direct parents, the last definition of each entity counting.
fn walk(definitions: &[&EntityDefinition], from: &EntityUid, found: &mut Vec<EntityUid>) {
    let last = definitions.iter().rev().find(|definition| definition.uid == *from);
    for parent in last.map(|definition| definition.parents.as_slice()).unwrap_or_default() {
        if !found.contains(parent) {
            found.push(parent.clone());
            walk(definitions, parent, found);
        }
    }
}

proptest! {
    #[test]
    fn layers_close_as_one(lower in any_entities(), middle in any_entities(), upper in any_entities()) {
        let all: Vec<_> = lower.iter().chain(&middle).chain(&upper).collect();
        let first = store(lower.clone(), &[]);
        let second = store(middle.clone(), &[&first]);
        let third = store(upper.clone(), &[&first, &second]);
        let layers = [&first, &second, &third];
        let entities = Entities::new(&layers);
        for definition in &all {
            let mut wanted = Vec::new();
            walk(&all, &definition.uid, &mut wanted);
            wanted.sort();
            let entity = entities.get(&definition.uid).unwrap();
            prop_assert_eq!(&*entity.ancestors, &*wanted);
            let last = all.iter().rev().find(|other| other.uid == definition.uid).unwrap();
            prop_assert_eq!(&entity.attributes, &last.attributes);
        }
    }
}
