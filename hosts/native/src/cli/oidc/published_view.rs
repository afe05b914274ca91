//! What was written, and how what is hosted differs.

use std::path::Path;

use schemars::JsonSchema;
use serde::Serialize;
use vicar_token::{Algorithm, quote::Quoted};

use crate::{
    cli::finding_view,
    failure::shown_path,
    finding::{Finding, reason},
    oidc::{DocumentError, DocumentFile, Publication, Reach},
    terminal::{Palette, Table, Tone, safe},
};

/// What was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "oidc_publish")]
pub(in crate::cli) struct PublishedView {
    /// Always `true`.
    published: bool,
    /// Whose documents they are.
    issuer: String,
    /// The files, below the folder.
    files: Vec<PublishedFile>,
    /// The keys that are published.
    keys: Vec<PublishedKeyView>,
    /// What works, but should be known.
    warnings: Vec<String>,
}

/// A file that was written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "published_file")]
struct PublishedFile {
    /// Below the folder.
    path: String,
    /// Where it has to be hosted.
    address: String,
}

/// A key that is published.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "published_key")]
struct PublishedKeyView {
    /// `kid`.
    key_id: String,
    /// What it signs with.
    algorithm: String,
}

/// How what is hosted differs from what the cluster has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "oidc_check")]
pub(in crate::cli) struct DriftView {
    /// Whether it does not.
    pub(super) in_step: bool,
    /// Whose documents they are.
    pub(super) issuer: String,
    /// What was found, document by document and key by key.
    pub(super) findings: Vec<Finding>,
}

impl PublishedView {
    pub(super) fn of(publication: &Publication, files: &[DocumentFile]) -> Self {
        let keys = publication.keys();
        Self {
            published: true,
            issuer: publication.issuer().as_str().to_owned(),
            files: files
                .iter()
                .map(|file| PublishedFile {
                    path: file.path.clone(),
                    address: file.address.clone(),
                })
                .collect(),
            keys: keys
                .iter()
                .map(|key| PublishedKeyView {
                    key_id: key.key_id.clone(),
                    algorithm: key.algorithm.name().to_owned(),
                })
                .collect(),
            warnings: warnings(publication),
        }
    }

    pub(super) fn draw(&self, folder: &Path, palette: &Palette) -> String {
        let mark = palette.paint(Tone::Good, "✔ written");
        let mut text = format!("{mark}  to {}\n", safe(&shown_path(folder)));
        let mut files = Table::new(["file", "to be hosted at"]);
        for file in &self.files {
            files.row([&safe(&file.path), &safe(&file.address)]);
        }
        let mut keys = Table::new(["kid", "alg"]);
        for key in &self.keys {
            keys.row([&safe(&key.key_id), &key.algorithm]);
        }
        text.push_str(&files.draw(palette));
        text.push_str(&keys.draw(palette));
        for warning in &self.warnings {
            text.push_str(&format!("{} {}\n", palette.paint(Tone::Warn, "!"), safe(warning)));
        }
        text
    }
}

fn warnings(publication: &Publication) -> Vec<String> {
    let mut warnings = Vec::new();
    if publication.issuer().reach() != Reach::Internet {
        let issuer = Quoted(publication.issuer().as_str());
        warnings.push(format!("{issuer} leads nowhere on the internet, where Entra fetches from"));
    }
    if let Some(replaced) = publication.replaced_keys_address() {
        let replaced = Quoted(replaced);
        warnings.push(format!(
            "the cluster's own `jwks_uri` {replaced} is not below the issuer and was replaced"
        ));
    }
    if !publication.keys().algorithms().contains(&Algorithm::Rs256) {
        warnings.push("no key signs with RS256, the only algorithm Entra takes".to_owned());
    }
    warnings
}

impl DriftView {
    pub(super) fn draw(&self, palette: &Palette) -> String {
        let mark = match self.in_step {
            true => palette.paint(Tone::Good, "✔ in step"),
            false => palette.paint(Tone::Bad, "✘ out of step"),
        };
        let issuer = Quoted(&self.issuer);
        format!("{mark}  {issuer}\n{}", finding_view::draw(&self.findings, palette))
    }
}

/// A hosted document that is none.
pub(super) fn malformed(check: &'static str, error: &DocumentError) -> Finding {
    Finding::failed(
        check,
        reason::ISSUER_DOCUMENT_MALFORMED,
        error.to_string(),
        "the document that `vicar oidc publish` writes",
        UPLOAD,
    )
}

/// A hosted document that is not there.
pub(super) fn absent(check: &'static str, address: &str, status: u16) -> Finding {
    Finding::failed(
        check,
        reason::ISSUER_UNREACHABLE,
        format!("{} answers with status {status}", Quoted(address)),
        "status 200 and the document, to anybody on the internet",
        UPLOAD,
    )
}

const UPLOAD: &str = "write the documents with `vicar oidc publish` and upload both";
