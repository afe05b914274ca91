//! `--bundle`.

use std::path::PathBuf;

use vicar_bundle::Bundle;

use crate::{bundle_source, failure::Failure};

/// `--bundle`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct BundleArguments {
    /// A bundle folder, or a file that `vicar bundle build` wrote
    #[arg(long, short, value_name = "PATH", env = "VICAR_BUNDLE")]
    bundle: PathBuf,
}

impl BundleArguments {
    pub(super) fn load(&self) -> Result<Bundle, Failure> {
        bundle_source::load(&self.bundle)
    }
}
