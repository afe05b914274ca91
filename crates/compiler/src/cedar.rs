//! Cedar source to lowered policies: parse, link, validate strictly, check names, lint, lower.
//!
//! What it is: the only reader of `*.cedar`. Every problem of every file is reported, each with
//! its place, what was expected and a hint. What it never does: evaluate a policy (that is
//! `vicar-policy`; [`reference`](crate::reference) is its judge).
//!
//! Cedar's own parser and validator do the work. What is added here: a unique `@id` on each
//! policy, entities and words that the bundle does not know ([`KnownNames`]), the lints of
//! [`lint::LINTS`], limits on size and nesting, and clauses with their source text.

mod arguments;
mod check;
mod facts;
mod identify;
mod limits;
mod link;
pub mod lint;
mod lower;
mod names;
mod parse;
mod source;
pub(crate) mod stack;
mod validate;

use vicar_policy::ir;

pub use link::TemplateLink;
pub use names::{KnownArguments, KnownNames};

use crate::diagnostic::Diagnostic;

/// What is compiled together: the `*.cedar` files of one bundle and what they may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Path inside the bundle folder and text of each file, in the order of the program.
    pub files: &'a [(String, String)],
    /// Template links, from the bundle's `links` section.
    pub links: &'a [TemplateLink],
    /// The schema that the bundle's contents imply, in Cedar's schema syntax.
    pub schema: &'a str,
    /// Entity ids and words that can occur.
    pub names: &'a KnownNames,
}

/// Policies without an error.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// In source order; linked templates last, in the order of the links.
    pub policies: Vec<ir::Policy>,
    /// Findings that do not stop the build, in source order.
    pub warnings: Vec<Diagnostic>,
}

/// Compiles all policies of a bundle.
///
/// # Errors
/// All diagnostics (warnings too), in source order, when at least one of them is an error.
pub fn compile_policies(sources: &Sources<'_>) -> Result<Compiled, Vec<Diagnostic>> {
    on_a_deep_stack(|| {
        let mut parsed = parse::parse_files(sources.files);
        let linked = link::link(&mut parsed, sources.links);
        let mut diagnostics = std::mem::take(&mut parsed.diagnostics);
        let facts: Vec<_> = parsed.policies.iter().map(facts::Facts::of).collect();
        diagnostics.extend(validate::validate(&parsed, &facts, &linked, sources.schema));
        for (policy, facts) in parsed.policies.iter().zip(&facts) {
            check::check(policy, facts, sources.names, &mut diagnostics);
            arguments::check(policy, facts, &sources.names.arguments, &mut diagnostics);
            lint::lint(policy, facts, &mut diagnostics);
        }
        check::check_links(&linked, sources.names, &mut diagnostics);
        arguments::check_links(&linked, &facts, &sources.names.arguments, &mut diagnostics);
        finish(&parsed, &linked, diagnostics)
    })
}

/// Parses, links and lowers without a schema: for tests and for policies that were validated
/// before. What it accepts may err on each request.
///
/// # Errors
/// As [`compile_policies`], but for what only a schema or [`KnownNames`] can tell.
pub fn lower_unvalidated(
    files: &[(String, String)],
    links: &[TemplateLink],
) -> Result<Vec<ir::Policy>, Vec<Diagnostic>> {
    on_a_deep_stack(|| {
        let mut parsed = parse::parse_files(files);
        let linked = link::link(&mut parsed, links);
        let diagnostics = std::mem::take(&mut parsed.diagnostics);
        finish(&parsed, &linked, diagnostics).map(|compiled| compiled.policies)
    })
}

fn finish(
    parsed: &parse::Parsed<'_>,
    linked: &[link::Linked<'_>],
    mut diagnostics: Vec<Diagnostic>,
) -> Result<Compiled, Vec<Diagnostic>> {
    let mut policies = Vec::new();
    if !diagnostics.iter().any(Diagnostic::is_error) {
        match lower::lower(parsed, linked) {
            Ok(lowered) => policies = lowered,
            Err(problems) => diagnostics.extend(problems),
        }
    }
    diagnostics.sort();
    diagnostics.dedup();
    if diagnostics.iter().any(Diagnostic::is_error) {
        Err(diagnostics)
    } else {
        Ok(Compiled { policies, warnings: diagnostics })
    }
}

fn on_a_deep_stack<T: Send>(
    work: impl FnOnce() -> Result<T, Vec<Diagnostic>> + Send,
) -> Result<T, Vec<Diagnostic>> {
    stack::with_room(work).unwrap_or_else(|error| {
        let message = format!("cannot compile policies: {error}");
        Err(vec![Diagnostic::error("policies", 0, 0, message)])
    })
}
