//! `vicar schema`: what goes in and comes out, as JSON Schema.

use clap::{Args, ValueEnum};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

use super::{
    bundle::{Built, Named, Shown},
    check::Checked,
    exchange::{RehearsalView, TokenView},
    inspect::InspectionView,
    keys::ShownKeys,
    lab::LabView,
    mint::Minted,
    oidc::{DriftView, PublishedView},
    screen::{Answer, Ending, Screen},
    verdict_view::VerdictView,
    verify::{AdmissionView, RefusalView},
};
use crate::{exchange::Problem, failure::Failure, test_runner::Report};

/// Print the JSON Schema of a document that goes in or comes out
#[derive(Clone, Debug, Args)]
pub(super) struct SchemaCommand {
    /// Which document
    document: Document,
}

/// A document with a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Document {
    /// `vicar.yaml`, for editors
    Bundle,
    /// `tests/*.yaml`, for editors
    Tests,
    /// `vicar bundle build --json`
    Build,
    /// `vicar bundle digest --json`
    BundleDigest,
    /// `vicar bundle show --json`
    BundleShow,
    /// `vicar check --json`
    Check,
    /// `vicar doctor --json`
    Doctor,
    /// Any command with `--json`, exit status 2
    Error,
    /// `vicar exchange --json` and `vicar login --json`, exit status 0
    Exchange,
    /// `vicar exchange --dry-run --json`
    ExchangeDryRun,
    /// `vicar exchange --json` and `vicar login --json`, exit status 1
    ExchangeProblem,
    /// `vicar inspect --json`
    Inspection,
    /// `vicar keys … --json`
    Keys,
    /// `vicar lab --json`
    Lab,
    /// `vicar mint --json`
    Mint,
    /// `vicar oidc publish --check --json`
    OidcCheck,
    /// `vicar oidc publish --json`
    OidcPublish,
    /// `vicar verify --json`, exit status 1
    Refusal,
    /// `vicar test --json`
    TestReport,
    /// `vicar verify --json`, exit status 0
    Verification,
    /// `vicar decide --json` and `vicar explain --json`
    Verdict,
}

/// What any command prints with `--json` when it has no answer.
#[derive(Clone, Debug, JsonSchema)]
#[schemars(rename = "error_document")]
struct ErrorDocument {
    /// Why there is none.
    #[expect(dead_code, reason = "only its schema is used")]
    error: Failure,
}

impl SchemaCommand {
    pub(super) fn run(&self, _screen: &Screen) -> Result<Answer, Failure> {
        let schema = self.document.schema();
        let mut text = serde_json::to_string_pretty(&schema)
            .map_err(|error| Failure::json("the schema", &error))?;
        text.push('\n');
        Ok(Answer { text, note: String::new(), ending: Ending::Yes })
    }
}

impl Document {
    fn schema(self) -> Value {
        match self {
            Self::Bundle => vicar_compiler::json_schema(),
            Self::Tests => vicar_compiler::test_file::json_schema(),
            Self::Build => of::<Built>(),
            Self::BundleDigest => of::<Named>(),
            Self::BundleShow => of::<Shown>(),
            Self::Check => of::<Checked>(),
            Self::Doctor => of::<super::doctor::DoctorView>(),
            Self::Error => of::<ErrorDocument>(),
            Self::Exchange => of::<TokenView>(),
            Self::ExchangeDryRun => of::<RehearsalView>(),
            Self::ExchangeProblem => of::<Problem>(),
            Self::Inspection => of::<InspectionView>(),
            Self::Keys => of::<ShownKeys>(),
            Self::Lab => of::<LabView>(),
            Self::Mint => of::<Minted>(),
            Self::OidcCheck => of::<DriftView>(),
            Self::OidcPublish => of::<PublishedView>(),
            Self::Refusal => of::<RefusalView>(),
            Self::TestReport => of::<Report>(),
            Self::Verification => of::<AdmissionView>(),
            Self::Verdict => of::<VerdictView>(),
        }
    }
}

fn of<T: JsonSchema>() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>().to_value()
}
