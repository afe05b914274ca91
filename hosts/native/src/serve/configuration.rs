//! What the sidecar is told: the keys of Microsoft's sidecar, as environment variables with
//! double underscores or in a file, and Vicar's own below `Vicar__`. The exchange section of a
//! bundle fills in what neither says.
//!
//! Every key is read by the one module that understands it; what nobody read is warned about, and
//! what cannot be used refuses the start, all problems at once.

mod api;
mod bundled;
mod credential;
mod entra;
mod file;
mod listen;
mod log_level;
mod own;
mod problem;
mod variables;

use std::collections::BTreeMap;

pub(crate) use api::method;
pub use api::{DownstreamApi, Extra};
pub use bundled::variables_of_bundle;
pub use credential::SECRET_WARNING;
pub use entra::EntraSettings;
pub use file::{UnreadableConfiguration, variables_of_file};
pub use listen::Listen;
pub use own::{AllowOverrides, Own};
pub use problem::{ConfigurationProblem, Problems};
pub use variables::Variables;

use tracing::level_filters::LevelFilter;

use crate::exchange::SigningKeys;

/// A sound configuration.
#[derive(Debug)]
pub struct Configuration {
    /// `AzureAd`.
    pub entra: EntraSettings,
    /// `DownstreamApis`, by name in lower case.
    pub apis: BTreeMap<String, DownstreamApi>,
    /// `Sidecar` and `Vicar`.
    pub own: Own,
    /// Where to listen.
    pub listen: Vec<Listen>,
    /// What is logged.
    pub log_level: LevelFilter,
    /// Private keys of certificate credentials.
    pub signing_keys: SigningKeys,
    /// What works, but should be known.
    pub warnings: Vec<String>,
}

impl Configuration {
    /// Whether the configuration's own lists let anyone act.
    pub fn lists_agents(&self) -> bool {
        !self.own.allowed_agents.is_empty()
            || self.apis.values().any(|api| api.allowed_agents.is_some())
    }

    /// Reads the variables.
    ///
    /// # Errors
    /// [`Problems`], all that there are.
    pub fn read(variables: &Variables) -> Result<Self, Problems> {
        let mut problems = Problems::default();
        let mut warnings = Vec::new();
        let mut signing_keys = SigningKeys::default();
        let own = Own::read(variables, &mut problems);
        let entra =
            EntraSettings::read(variables, &own, &mut signing_keys, &mut warnings, &mut problems);
        let apis = api::read(variables, &mut warnings, &mut problems);
        let listen = listen::read(variables, &mut problems);
        let log_level = log_level::read(variables, &mut problems);
        warnings.extend(
            variables
                .unread()
                .map(|name| format!("the variable `{name}` has no meaning here and is ignored")),
        );
        match entra {
            Some(entra) if problems.is_empty() => {
                Ok(Self { entra, apis, own, listen, log_level, signing_keys, warnings })
            }
            _ => Err(problems),
        }
    }
}
