//! Whose token endpoint.

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

/// Where tokens are asked for.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Authority")]
pub(in crate::cli) struct AuthorityArguments {
    /// The agent's home tenant
    #[arg(long, value_name = "GUID")]
    pub(in crate::cli) tenant: Option<String>,
    /// Which cloud
    #[arg(long, value_name = "CLOUD", default_value = "public")]
    cloud: CloudName,
    /// Another origin that stands in for the cloud, such as the lab's: `https://host[:port]`
    #[arg(long, value_name = "ORIGIN")]
    authority: Option<String>,
}

/// The clouds, as `vicar.yaml` writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
enum CloudName {
    China,
    Public,
    UsGovernment,
}

impl AuthorityArguments {
    /// The `authority` of a spec.
    pub(in crate::cli) fn to_json(&self) -> Value {
        let cloud = match self.cloud {
            CloudName::China => "china",
            CloudName::Public => "public",
            CloudName::UsGovernment => "us_government",
        };
        match &self.authority {
            Some(origin) => json!({"cloud": cloud, "origin": origin}),
            None => json!({"cloud": cloud}),
        }
    }
}

/// A JSON object without the members that are null.
pub(super) fn object<const MEMBERS: usize>(members: [(&str, Value); MEMBERS]) -> Value {
    let given = members.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(given.map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
