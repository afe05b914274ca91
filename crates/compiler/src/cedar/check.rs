//! Names that exist nowhere: entities of types that the bundle closes, and words that a path can
//! never hold. Cedar's validator knows types, not which tools there are.

use cedar_policy_core::ast::EntityUID;

use super::facts::Facts;
use super::link::Linked;
use super::names::{KnownNames, noun};
use super::parse::ParsedPolicy;
use crate::diagnostic::{Diagnostic, one_of, quoted};

/// Reports each unknown name of one policy.
pub(super) fn check(
    policy: &ParsedPolicy<'_>,
    facts: &Facts,
    names: &KnownNames,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for named in &facts.entities {
        let problem =
            unknown_entity(&named.uid, names, |message| policy.file.error(named.offset, message));
        diagnostics.extend(problem);
    }
    for comparison in &facts.comparisons {
        let Some(words) = names.words.get(&comparison.path) else { continue };
        if words.contains(&comparison.word) {
            continue;
        }
        let known = || words.iter().map(String::as_str);
        let message = format!("{} is never {}", quoted(&comparison.path), quoted(&comparison.word));
        diagnostics.push(
            policy
                .file
                .error(comparison.offset, message)
                .expected(few_of(known()))
                .did_you_mean(&comparison.word, known()),
        );
    }
}

/// Reports each unknown entity that a link fills in.
pub(super) fn check_links(
    linked: &[Linked<'_>],
    names: &KnownNames,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for link in linked {
        for uid in link.slots.values() {
            diagnostics.extend(unknown_entity(uid, names, |message| link.error(message)));
        }
    }
}

fn unknown_entity(
    uid: &EntityUID,
    names: &KnownNames,
    error: impl FnOnce(String) -> Diagnostic,
) -> Option<Diagnostic> {
    let entity_type = uid.entity_type().to_string();
    let ids = names.entities.get(&entity_type)?;
    let id: &str = uid.eid().as_ref();
    if ids.contains(id) {
        return None;
    }
    let known = || ids.iter().map(String::as_str);
    let message = format!("no {} {} in this bundle", noun(&entity_type), quoted(id));
    Some(error(message).expected(few_of(known())).did_you_mean(id, known()))
}

/// All names while they fit a line, else the first few and how many more there are.
fn few_of<'n>(names: impl Iterator<Item = &'n str> + Clone) -> String {
    let count = names.clone().count();
    if count <= FEW {
        return one_of(names);
    }
    let shown: Vec<String> = names.take(FEW).map(quoted).collect();
    format!("{}, … ({} more)", shown.join(", "), count - FEW)
}

const FEW: usize = 6;
