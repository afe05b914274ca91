//! Policies that are valid and yet a known mistake. Findings are warnings.

use cedar_policy_core::ast::{Effect, EntityUID, PrincipalOrResourceConstraint};

use super::facts::Facts;
use super::parse::ParsedPolicy;
use crate::diagnostic::Diagnostic;

/// One known mistake.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// Stable name, for documents and for `@allow("name")` on a policy that means it.
    pub name: &'static str,
    /// What the policy does.
    pub finding: &'static str,
    /// What it should do.
    pub advice: &'static str,
    /// Why this is a mistake.
    pub reason: &'static str,
    /// Where in the policy, as byte offsets.
    detect: fn(&Subject<'_>) -> Vec<usize>,
}

/// All lints, sorted by name.
pub const LINTS: &[Lint] = &[
    Lint {
        name: "blueprint-alone",
        finding: "this permit knows the actor by its blueprint alone",
        advice: "also test `context.mode` or name the agent: `principal == Agent::\"…\"`",
        reason: "every agent that anyone creates from the blueprint passes, now and later, on \
                 its own as well as for a user",
        detect: blueprint_alone,
    },
    Lint {
        name: "display-name",
        finding: "this policy decides by a display name",
        advice: "compare an id: `context.user == User::\"…\"`, `principal == Agent::\"…\"`",
        reason: "display names, e-mail addresses and user principal names can be changed, often \
                 by their owners, and can be given to someone else later",
        detect: display_name,
    },
    Lint {
        name: "human-by-kind",
        finding: "this permit takes `context.subject.kind == \"user\"` for a human",
        advice: "test `context.mode`: `on_behalf_of` or `user`; `agent_user` is an agent's own \
                 account",
        reason: "an agent's user account is a user by its kind",
        detect: human_by_kind,
    },
    Lint {
        name: "id-without-realm",
        finding: "this policy compares an id without saying whose id it is",
        advice: "compare the entity (`context.user == User::\"…\"`), or the realm as well: \
                 `context.subject.realm`",
        reason: "ids are unique inside their tenant or issuer only, and `sub` differs from app \
                 to app",
        detect: id_without_realm,
    },
];

/// What a lint looks at.
struct Subject<'a> {
    policy: &'a ParsedPolicy<'a>,
    facts: &'a Facts,
}

/// Adds a warning for each finding that the policy's `@allow` does not name.
pub(super) fn lint(policy: &ParsedPolicy<'_>, facts: &Facts, diagnostics: &mut Vec<Diagnostic>) {
    let allowed = policy
        .template
        .annotations()
        .find(|(name, _)| AsRef::<str>::as_ref(name) == "allow")
        .map_or_else(String::new, |(_, annotation)| annotation.val.to_string());
    let subject = Subject { policy, facts };
    for lint in LINTS {
        if allowed.split([' ', ',']).any(|name| name == lint.name) {
            continue;
        }
        for offset in (lint.detect)(&subject) {
            diagnostics.push(
                policy
                    .file
                    .warning(offset, format!("{} ({})", lint.finding, lint.name))
                    .hint(format!("{}; {}", lint.advice, lint.reason)),
            );
        }
    }
}

impl Subject<'_> {
    fn is_permit(&self) -> bool {
        self.policy.template.effect() == Effect::Permit
    }

    fn principal_entity(&self) -> Option<&EntityUID> {
        self.policy.template.principal_constraint().as_inner().get_euid().map(AsRef::as_ref)
    }
}

fn is_blueprint(entity_type: &str) -> bool {
    entity_type.rsplit("::").next() == Some("Blueprint")
}

fn blueprint_alone(subject: &Subject<'_>) -> Vec<usize> {
    let named_in_scope = matches!(
        subject.policy.template.principal_constraint().as_inner(),
        PrincipalOrResourceConstraint::In(_) | PrincipalOrResourceConstraint::IsIn(..)
    ) && subject
        .principal_entity()
        .is_some_and(|uid| is_blueprint(&uid.entity_type().to_string()));
    let actor_tests = || {
        subject
            .facts
            .memberships
            .iter()
            .filter(|test| test.path == "principal" || test.path == "context.blueprint")
    };
    let tested = actor_tests().any(|test| is_blueprint(&test.entity_type));
    let known_otherwise = actor_tests().any(|test| !is_blueprint(&test.entity_type))
        || (subject.principal_entity().is_some() && !named_in_scope)
        || subject.facts.reads_any(&[
            "context.mode",
            "context.user",
            "context.agent_user",
            "principal.evidence",
            "principal.id",
            "context.subject",
        ]);
    if subject.is_permit() && (named_in_scope || tested) && !known_otherwise {
        vec![subject.policy.offset]
    } else {
        Vec::new()
    }
}

fn display_name(subject: &Subject<'_>) -> Vec<usize> {
    let by_name = |path: &str| {
        DISPLAY_NAMES.contains(&path)
            || path
                .strip_prefix("context.claims.")
                .is_some_and(|claim| DISPLAY_CLAIMS.contains(&claim))
    };
    subject.facts.reads.iter().filter(|read| by_name(&read.path)).map(|read| read.offset).collect()
}

const DISPLAY_NAMES: &[&str] = &[
    "context.agent_user.name",
    "context.blueprint.name",
    "context.subject.name",
    "context.tenant.name",
    "context.user.name",
    "principal.name",
];

const DISPLAY_CLAIMS: &[&str] = &[
    "app_displayname",
    "email",
    "family_name",
    "given_name",
    "name",
    "nickname",
    "preferred_username",
    "unique_name",
    "upn",
    "verified_primary_email",
];

fn human_by_kind(subject: &Subject<'_>) -> Vec<usize> {
    let told_apart = subject.facts.reads_any(&["context.mode", "context.agent_user"]);
    if !subject.is_permit() || told_apart {
        return Vec::new();
    }
    let by_kind = subject.facts.comparisons.iter().filter(|comparison| {
        comparison.path == "context.subject.kind" && comparison.word == "user"
    });
    by_kind.map(|comparison| comparison.offset).collect()
}

fn id_without_realm(subject: &Subject<'_>) -> Vec<usize> {
    let mut offsets = Vec::new();
    for (id, realms) in IDS {
        if subject.facts.reads_any(realms) {
            continue;
        }
        let compared = subject.facts.comparisons.iter().filter(|comparison| comparison.path == *id);
        offsets.extend(compared.map(|comparison| comparison.offset));
    }
    offsets
}

/// Paths of ids, and the paths that say whose id it is.
const IDS: &[(&str, &[&str])] = &[
    ("context.claims.oid", &["context.claims.tid", "context.tenant", "context.token.issuer"]),
    ("context.claims.sub", &["context.claims.iss", "context.token.issuer"]),
    ("context.subject.id", &["context.subject.realm", "context.tenant", "context.token.issuer"]),
    ("context.user.id", &["context.user.realm", "context.tenant", "context.token.issuer"]),
    ("principal.id", &["principal.realm", "context.tenant", "context.token.issuer"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_are_sorted_by_name() {
        assert!(LINTS.is_sorted_by_key(|lint| lint.name));
    }
}
