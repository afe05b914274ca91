//! The whole story: a person signs in, an agent acts for them through `vicar serve`, and the call
//! passes Envoy with the filter; then everything that must not pass.
//!
//! Entra is the lab; the rest is real: HTTPS, signatures, the sidecar, Envoy. Every word that is
//! shown of an answer came from it.

mod cluster;
mod office;
mod scene;
mod stale;
mod stand_in;
mod words;

use vicar_envoy_tests::Failure as Surroundings;

use crate::{show::Shown, table::Paint};
use office::Office;
use stand_in::StandIn;

/// Why there is no story.
#[derive(Debug, thiserror::Error)]
pub enum StoryError {
    /// Envoy or what stands around it.
    #[error(transparent)]
    Surroundings(#[from] Surroundings),
    /// The sidecar or its bundle.
    #[error("{0}")]
    Vicar(String),
    /// The lab, or how it was asked.
    #[error("the lab: {0}")]
    Lab(String),
    /// A file.
    #[error("a file of the pod: {0}")]
    File(#[from] std::io::Error),
    /// A request got no answer.
    #[error("no answer: {0}")]
    Http(#[from] reqwest::Error),
}

/// Tells it.
///
/// # Errors
/// [`StoryError`] where a part does not start or a request gets no answer.
pub fn show(paint: Paint) -> Result<Shown, StoryError> {
    let entra = StandIn::start()?;
    let office = Office::start(&entra)?;
    let mut told = words::Story::new(paint);
    told.head(&entra, &office);

    let signed_in = scene::sign_in(&entra, "dana@contoso.example")?;
    told.signed_in(&signed_in);
    told.pod(&office);
    let dana = signed_in.token;

    let passed = office.call(&entra, INVOICE, Some(&dana), "")?;
    told.passed(&passed, "permitted");

    told.refused(&scene::nobody(&entra, &office)?);
    told.refused(&scene::stranger(&entra, &office)?);
    told.stale(&stale::renewed(&entra, &office)?);
    told.refused(&scene::without_consent(&entra, &office)?);
    told.refused(&scene::without_second_factor(&entra, &office, &dana)?);
    told.audit(&office.audit_lines());
    Ok(told.shown())
}

/// Ids of the lab's directory, `crates/lab/data/contoso.yaml`.
const CONTOSO: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";
const FABRIKAM: &str = "f4b21c00-1d2e-4f30-8a41-5b6c7d8e9f00";
const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
const INVOICE: &str = "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b";
const REPORT: &str = "a9e27001-2d3e-4f40-9b6c-7d8e9f0a1b2c";
const TERMINAL: &str = "e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6";
const TOOLS: &str = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
const DANA: &str = "1f2e3d4c-5b6a-4798-8877-665544332211";
