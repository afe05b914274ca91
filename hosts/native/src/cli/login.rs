//! `vicar login`: a person signs in on another device, and the terminal has their token (Tc).

use std::path::PathBuf;

use clap::Args;
use serde_json::json;
use vicar_exchange::Secret;

use super::{
    engine_choice::EngineArguments,
    exchange::{AuthorityArguments, Exchanged, HostArguments, audiences_of, exchange},
    screen::{Answer, Screen},
};
use crate::{
    failure::{Failure, code},
    output_file::write_private,
};

/// Sign in as a person by device code: exit status 0 a token, 1 refused, 2 no answer
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Login {
    /// App id of the public client to sign in with
    #[arg(long, value_name = "GUID")]
    client: String,
    /// Ask for a token that this blueprint's agents can act with
    #[arg(long, value_name = "GUID", required_unless_present = "scope", conflicts_with = "scope")]
    blueprint: Option<String>,
    /// Ask for this scope instead
    #[arg(long, value_name = "SCOPE")]
    scope: Vec<String>,
    /// An `aud` that the token may have; the scopes' resource if absent
    #[arg(long, value_name = "AUD", requires = "scope")]
    audience: Vec<String>,
    /// Write the token to this file, which only its owner can read; else it is stored nowhere
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    authority: AuthorityArguments,
    #[command(flatten)]
    host: HostArguments,
    #[command(flatten)]
    engine: EngineArguments,
}

impl Login {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let exchanged = exchange(&self.spec()?, &self.host, self.engine, screen)?;
        if let (Exchanged::Token(granted), Some(path)) = (&exchanged, &self.output) {
            write_private(path, granted.token.access_token.expose().as_bytes())?;
        }
        exchanged.shown_answer(screen, screen.show_token)
    }

    fn spec(&self) -> Result<Secret, Failure> {
        let tenant = self.authority.tenant.as_ref().ok_or_else(|| {
            Failure::new(code::USAGE_MALFORMED, "`--tenant` is missing")
                .hint("give the tenant of the blueprint, a GUID")
        })?;
        let scopes = match &self.blueprint {
            Some(blueprint) => vec![format!("api://{blueprint}/access_as_user")],
            None => self.scope.clone(),
        };
        let audiences = match self.audience.is_empty() {
            true => audiences_of(&scopes),
            false => self.audience.clone(),
        };
        let spec = json!({"flow": {"entra": {
            "authority": self.authority.to_json(), "tenant": tenant,
            "grant": {"device_code": {
                "client": self.client,
                "target": {"scopes": scopes, "audiences": audiences},
            }},
        }}});
        Ok(Secret::new(spec.to_string()))
    }
}

const EXAMPLES: &str = "\
Examples:
  vicar login --tenant $TENANT --client $TERMINAL --blueprint $BLUEPRINT --output tc.txt
  vicar exchange on-behalf-of --user-token @tc.txt ...";
