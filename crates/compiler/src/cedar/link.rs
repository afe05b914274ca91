//! Templates and their links.

use std::collections::{BTreeSet, HashMap};
use std::str::FromStr;

use cedar_policy_core::ast::{self, EntityUID, SlotId};
use vicar_policy::ir::SourceSpan;

use super::identify::id_problem;
use super::parse::{Parsed, ParsedPolicy};
use crate::diagnostic::{Diagnostic, one_of, quoted};

/// One entry of a bundle's `links` section: a template with its slots filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TemplateLink {
    /// The id of the policy that this makes.
    pub id: String,
    /// The template's `@id`.
    pub template: String,
    /// For `?principal`, in Cedar's syntax: `Agent::"invoice-agent"`.
    pub principal: Option<String>,
    /// For `?resource`, in Cedar's syntax.
    pub resource: Option<String>,
    /// Where the link stands (in `vicar.yaml`).
    pub source: SourceSpan,
}

/// A link whose template exists and whose slots fit.
pub(super) struct Linked<'a> {
    pub(super) link: &'a TemplateLink,
    /// Index into the parsed policies.
    pub(super) template: usize,
    pub(super) slots: HashMap<SlotId, EntityUID>,
}

impl Linked<'_> {
    pub(super) fn key(&self) -> ast::PolicyID {
        ast::PolicyID::from_string(format!("link:{}", self.link.id))
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Diagnostic {
        at(&self.link.source, message)
    }
}

fn at(source: &SourceSpan, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error(source.file.clone(), source.line, source.column, message)
}

/// Resolves all links. Templates without one are errors: nobody would miss the policy they
/// were meant to be.
pub(super) fn link<'a>(parsed: &mut Parsed<'_>, links: &'a [TemplateLink]) -> Vec<Linked<'a>> {
    let mut linked = Vec::new();
    let mut diagnostics = Vec::new();
    let mut taken: BTreeSet<&str> =
        parsed.policies.iter().map(|policy| policy.id.as_str()).collect();
    for link in links {
        if let Some(problem) = id_problem(&link.id) {
            diagnostics.push(at(&link.source, format!("link id {} {problem}", quoted(&link.id))));
        }
        if !taken.insert(&link.id) {
            diagnostics.push(
                at(&link.source, format!("two policies are called {}", quoted(&link.id)))
                    .expected("an id that no policy and no other link has"),
            );
            continue;
        }
        match resolve(&parsed.policies, link) {
            Ok(resolved) => linked.push(resolved),
            Err(problem) => diagnostics.push(problem),
        }
    }
    let used: BTreeSet<&str> = links.iter().map(|link| link.template.as_str()).collect();
    for policy in parsed.policies.iter().filter(|policy| policy.is_template()) {
        if !used.contains(policy.id.as_str()) {
            diagnostics.push(
                policy
                    .file
                    .error(
                        policy.offset,
                        format!("template {} is never linked", quoted(&policy.id)),
                    )
                    .expected("at least one entry under `links` in vicar.yaml")
                    .hint("link it, or replace its slots by entities"),
            );
        }
    }
    parsed.diagnostics.extend(diagnostics);
    linked
}

fn resolve<'a>(
    policies: &[ParsedPolicy<'_>],
    link: &'a TemplateLink,
) -> Result<Linked<'a>, Diagnostic> {
    let templates = || policies.iter().filter(|policy| policy.is_template());
    let found =
        policies.iter().position(|policy| policy.id == link.template && policy.is_template());
    let Some((index, template)) = found.and_then(|index| Some((index, policies.get(index)?)))
    else {
        let known = templates().map(|policy| policy.id.as_str());
        return Err(at(&link.source, format!("no template {}", quoted(&link.template)))
            .expected(one_of(known.clone()))
            .did_you_mean(&link.template, known));
    };
    let mut slots = HashMap::new();
    let given = [
        (SlotId::principal(), "principal", &link.principal),
        (SlotId::resource(), "resource", &link.resource),
    ];
    for (slot, name, value) in given {
        let wanted = template.template.slots().any(|found| found.id == slot);
        match (wanted, value) {
            (true, Some(value)) => drop(slots.insert(slot, entity(link, name, value)?)),
            (false, None) => {}
            (true, None) => {
                let message = format!("template {} needs `{name}`", quoted(&link.template));
                return Err(at(&link.source, message)
                    .expected(format!("an entity for `?{name}`, such as `Agent::\"…\"`")));
            }
            (false, Some(_)) => {
                let message = format!("template {} has no slot `?{name}`", quoted(&link.template));
                return Err(
                    at(&link.source, message).hint(format!("remove `{name}` from the link"))
                );
            }
        }
    }
    Ok(Linked { link, template: index, slots })
}

fn entity(link: &TemplateLink, name: &str, value: &str) -> Result<EntityUID, Diagnostic> {
    let uid = if value.len() > LONGEST_ENTITY { None } else { EntityUID::from_str(value).ok() };
    uid.ok_or_else(|| {
        at(&link.source, format!("`{name}` is {}, which names no entity", quoted(value)))
            .expected("`Type::\"id\"`")
    })
}

const LONGEST_ENTITY: usize = 1024;
