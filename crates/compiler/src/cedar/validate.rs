//! Cedar's strict validation. Its warnings (a policy that can never apply, look-alike letters)
//! are errors here: a policy that does nothing is not what its author meant.

use cedar_policy_core::ast::{PolicySet, StaticPolicy};
use cedar_policy_core::extensions::Extensions;
use cedar_policy_core::validator::{
    ValidationError, ValidationMode, ValidationWarning, Validator, ValidatorSchema,
};

use super::facts::Facts;
use super::link::Linked;
use super::parse::{Parsed, ParsedPolicy};
use super::source::SourceFile;
use crate::diagnostic::{Diagnostic, quoted};

mod presence;

/// All findings of Cedar's validator. `facts` are those of the policies, in their order.
pub(super) fn validate(
    parsed: &Parsed<'_>,
    facts: &[Facts],
    linked: &[Linked<'_>],
    schema: &str,
) -> Vec<Diagnostic> {
    let validator = match ValidatorSchema::from_cedarschema_str(schema, Extensions::all_available())
    {
        Ok((schema, _)) => Validator::new(schema),
        Err(error) => {
            let file = SourceFile { path: SCHEMA_PATH, text: schema };
            return vec![file.report(&error, 0)];
        }
    };
    let mut diagnostics = Vec::new();
    for (policy, facts) in parsed.policies.iter().zip(facts) {
        validate_policy(&validator, policy, facts, &mut diagnostics);
    }
    for link in linked {
        if let Some(policy) = parsed.policies.get(link.template) {
            validate_link(&validator, policy, link, &mut diagnostics);
        }
    }
    diagnostics
}

/// The name that a problem of the generated schema is reported under.
const SCHEMA_PATH: &str = "generated schema";

fn validate_policy(
    validator: &Validator,
    policy: &ParsedPolicy<'_>,
    facts: &Facts,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(set) = set_of(policy) else {
        diagnostics.push(policy.file.error(policy.offset, "this policy cannot be validated"));
        return;
    };
    let result = validator.validate(&set, ValidationMode::Strict);
    let before = diagnostics.len();
    for error in result.validation_errors() {
        let report = policy.file.report(error, policy.offset);
        diagnostics.push(match error {
            ValidationError::UnrecognizedActionId(unknown) => {
                closest_action(validator.schema(), &unknown.actual_action_id, report)
            }
            _ => report,
        });
    }
    presence::check(validator.schema(), policy, facts, diagnostics);
    let has_errors = diagnostics.len() > before;
    let applies_nowhere = result
        .validation_warnings()
        .any(|warning| matches!(warning, ValidationWarning::InvalidActionApplication(_)));
    for warning in result.validation_warnings() {
        let report = policy.file.report(warning, policy.offset);
        match warning {
            // What follows from a finding above is not told again.
            ValidationWarning::InvalidActionApplication(_) if has_errors => {}
            ValidationWarning::ImpossiblePolicy(_) if has_errors || applies_nowhere => {}
            ValidationWarning::InvalidActionApplication(_) if report.hint.is_none() => diagnostics
                .push(report.hint(
                    "no request has this action together with this type of principal and resource",
                )),
            ValidationWarning::ImpossiblePolicy(_) => {
                diagnostics.push(report.hint(
                    "a condition contradicts the scope, or another condition, for each request",
                ))
            }
            _ => diagnostics.push(report),
        }
    }
}

/// Cedar's guess may be a group (`call`) where an action (`tools/call`) was nearly spelt out.
fn closest_action(schema: &ValidatorSchema, given: &str, report: Diagnostic) -> Diagnostic {
    let known: Vec<String> = schema.actions().map(ToString::to_string).collect();
    let report = Diagnostic { hint: None, ..report };
    report.did_you_mean(given, known.iter().map(String::as_str))
}

/// What is wrong with the values of the slots; the template's own problems are reported once.
fn validate_link(
    validator: &Validator,
    policy: &ParsedPolicy<'_>,
    link: &Linked<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let set = set_of(policy).and_then(|mut set| {
        set.link(policy.key.clone(), link.key(), link.slots.clone()).ok()?;
        Some(set)
    });
    let Some(set) = set else {
        diagnostics.push(link.error(format!(
            "template {} cannot be linked with these values",
            quoted(&link.link.template)
        )));
        return;
    };
    let result = validator.validate(&set, ValidationMode::Strict);
    let own = format!("for policy `{}`", link.key());
    let findings = result
        .validation_errors()
        .map(|error| error as &dyn miette::Diagnostic)
        .chain(result.validation_warnings().map(|warning| warning as &dyn miette::Diagnostic))
        .filter(|finding| finding.to_string().starts_with(&own));
    for finding in findings {
        let report = policy.file.report(finding, policy.offset);
        diagnostics.push(Diagnostic {
            file: link.link.source.file.clone(),
            line: link.link.source.line,
            column: link.link.source.column,
            ..report
        });
    }
}

fn set_of(policy: &ParsedPolicy<'_>) -> Option<PolicySet> {
    let mut set = PolicySet::new();
    if policy.is_template() {
        set.add_template(policy.template.clone()).ok()?;
    } else {
        set.add_static(StaticPolicy::try_from(policy.template.clone()).ok()?).ok()?;
    }
    Some(set)
}
