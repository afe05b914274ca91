//! The `answers` section.

use vicar_bundle::{contents::Answers, syntax};

use super::{Findings, HTTPS};
use crate::{
    source::answers::{AnswersSource, DetailSource, ModeSource},
    yaml::Placed,
};

/// Answers with their defaults.
pub(super) fn lower(source: &AnswersSource, findings: &mut Findings<'_>) -> Answers {
    if let Some(realm) = &source.realm {
        let good = |text: &str| syntax::is_display(text) && !text.contains(['"', '\\']);
        findings.require(realm, good, "a realm", "text without quotes and control characters");
    }
    for address in source.resource_metadata.iter().chain(&source.authorization_uri) {
        findings.require(address, syntax::is_https_url, "an address to answer with", HTTPS);
    }
    let text = |value: &Option<Placed<String>>| value.as_ref().map(|value| value.value.clone());
    Answers {
        shadow: source.mode == ModeSource::Shadow,
        detail: source.detail == DetailSource::Clauses,
        realm: text(&source.realm),
        resource_metadata: text(&source.resource_metadata),
        authorization_uri: text(&source.authorization_uri),
    }
}
