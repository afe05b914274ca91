//! `context.claims has depratment`: Cedar finds the policy impossible and does not say why. The
//! claim that no issuer of this bundle sends is the reason.

use std::collections::BTreeSet;

use cedar_policy_core::ast::EntityType;
use cedar_policy_core::validator::ValidatorSchema;
use cedar_policy_core::validator::types::{Attributes, EntityKind, Type};

use super::super::facts::Facts;
use super::super::parse::ParsedPolicy;
use crate::diagnostic::{Diagnostic, one_of, quoted};

/// Reports each `has` whose name is declared for no request.
pub(super) fn check(
    schema: &ValidatorSchema,
    policy: &ParsedPolicy<'_>,
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for presence in &facts.presences {
        let mut path = presence.path.clone();
        for name in &presence.names {
            let known = names_at(schema, &path);
            if known.is_empty() {
                break;
            }
            if !known.contains(name) {
                let known = || known.iter().map(String::as_str);
                let message = format!("{} never has {}", quoted(&path), quoted(name));
                diagnostics.push(
                    policy
                        .file
                        .error(presence.offset, message)
                        .expected(one_of(known()))
                        .did_you_mean(name, known()),
                );
                break;
            }
            path.push('.');
            path.push_str(name);
        }
    }
}

/// The attributes that the value at a path can have, over all requests; none when the path leads
/// nowhere or to something without attributes.
fn names_at(schema: &ValidatorSchema, path: &str) -> BTreeSet<String> {
    let mut steps = path.split('.');
    let mut shapes: Vec<Attributes> = match steps.next() {
        Some("context") => {
            schema.action_ids().filter_map(|action| record(action.context()?)).collect()
        }
        Some("principal") => entity_shapes(schema, schema.principals()),
        Some("resource") => entity_shapes(schema, schema.resources()),
        _ => Vec::new(),
    };
    for step in steps {
        shapes = shapes
            .iter()
            .filter_map(|shape| shape.get_attr(step))
            .flat_map(|attribute| below(schema, &attribute.attr_type))
            .collect();
    }
    shapes.iter().flat_map(|shape| shape.keys().map(ToString::to_string)).collect()
}

fn entity_shapes<'s>(
    schema: &ValidatorSchema,
    types: impl Iterator<Item = &'s EntityType>,
) -> Vec<Attributes> {
    types
        .filter_map(|name| schema.get_entity_type(name))
        .map(|entity_type| entity_type.attributes().clone())
        .collect()
}

fn below(schema: &ValidatorSchema, of: &Type) -> Vec<Attributes> {
    match of {
        Type::Entity(EntityKind::Entity(types)) => {
            entity_shapes(schema, types.get_single_entity().into_iter())
        }
        other => record(other).into_iter().collect(),
    }
}

fn record(of: &Type) -> Option<Attributes> {
    match of {
        Type::Record { attrs, .. } => Some(attrs.clone()),
        _ => None,
    }
}
