//! `@id`: the name under which a verdict, an audit record and a test speak of a policy.

use std::collections::BTreeMap;

use super::parse::{Parsed, ParsedPolicy};
use crate::diagnostic::{Diagnostic, quoted};

/// Reads each policy's `@id`; a missing, empty, odd or duplicate one is an error.
pub(super) fn identify(parsed: &mut Parsed<'_>) {
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for policy in &mut parsed.policies {
        let (id, offset) = match read_id(policy) {
            Ok(found) => found,
            Err(problem) => {
                parsed.diagnostics.push(problem);
                continue;
            }
        };
        let (line, _) = policy.file.position(offset);
        let place = format!("{}:{line}", policy.file.path);
        match taken.get(&id) {
            Some(first) => parsed.diagnostics.push(
                policy
                    .file
                    .error(offset, format!("two policies are called {}", quoted(&id)))
                    .expected("an `@id` that no other policy has")
                    .hint(format!("the first one stands at {first}")),
            ),
            None => drop(taken.insert(id.clone(), place)),
        }
        policy.id = id;
    }
}

fn read_id(policy: &ParsedPolicy<'_>) -> Result<(String, usize), Diagnostic> {
    let annotation =
        policy.template.annotations().find(|(name, _)| AsRef::<str>::as_ref(name) == "id");
    let Some((_, annotation)) = annotation else {
        return Err(policy
            .file
            .error(policy.offset, "this policy has no `@id`")
            .expected("a name that verdicts and tests can refer to")
            .hint("write `@id(\"…\")` in front of it"));
    };
    let offset = annotation.loc.as_ref().map_or(policy.offset, |loc| loc.start());
    let id = annotation.val.to_string();
    match id_problem(&id) {
        None => Ok((id, offset)),
        Some(problem) => {
            Err(policy.file.error(offset, format!("policy id {} {problem}", quoted(&id))).expected(
                format!("1 to {LONGEST_ID} characters without spaces, for example `read-tools`"),
            ))
        }
    }
}

/// Why this is no name for a policy.
pub(super) fn id_problem(id: &str) -> Option<&'static str> {
    if id.is_empty() {
        Some("is empty")
    } else if id.chars().count() > LONGEST_ID {
        Some("is too long")
    } else if id.chars().any(|character| character.is_whitespace() || character.is_control()) {
        Some("has a space or a control character")
    } else {
        None
    }
}

const LONGEST_ID: usize = 120;
