//! `vicar doctor`: what of a set-up can be seen from where it runs.
//!
//! Each check looks at one thing and is a function of what was read; this module reads.

mod authority_answers;
mod certificate;
mod clock;
mod configuration_checks;
mod federated_credential;
mod issuer_documents;
mod surroundings;
mod token;
mod token_checks;
mod token_facts;
mod token_file;
mod trial;

use std::path::PathBuf;

use clap::Args;
use schemars::JsonSchema;
use serde::Serialize;
use vicar_bundle::Exchange;
use vicar_exchange::{Authority, Credential, Guid};
use vicar_token::{Cloud, quote::Quoted};

use super::{
    engine_choice::EngineArguments,
    finding_view,
    screen::{Answer, Ending, Screen},
    sidecar_input::variables,
};
use crate::{
    bundle_source,
    failure::{Failure, code, excerpt},
    finding::{Counts, Finding, reason},
    http::{Carrier, unix_now},
    input::{DOCUMENT_LIMIT, Source},
    serve::{Configuration, Variables},
    terminal::{Palette, Tone},
};

use federated_credential::FederatedCredential;

/// Check this machine's or pod's set-up: exit status 0 nothing failed, 1 something did
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Doctor {
    /// The projected token; the configured credential's file if absent
    #[arg(long, value_name = "FILE", help_heading = "Federation")]
    token_file: Option<PathBuf>,
    /// The blueprint's federated credentials, as Microsoft Graph answers them (JSON)
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["issuer", "subject", "audience"],
        help_heading = "Federation"
    )]
    federated_credential: Option<String>,
    /// The federated credential's issuer
    #[arg(long, value_name = "URL", help_heading = "Federation")]
    issuer: Option<String>,
    /// The federated credential's subject
    #[arg(long, value_name = "SUBJECT", help_heading = "Federation")]
    subject: Option<String>,
    /// The federated credential's audience; the cloud's if absent
    #[arg(long, value_name = "AUDIENCE", help_heading = "Federation")]
    audience: Option<String>,
    /// Ask for T1 of this agent in earnest
    #[arg(long, value_name = "GUID", conflicts_with = "offline")]
    agent: Option<String>,
    /// The bundle that the sidecar is started with
    #[arg(long, short, value_name = "PATH", env = "VICAR_BUNDLE")]
    bundle: Option<PathBuf>,
    /// The configuration file that the sidecar is started with
    #[arg(long, short, value_name = "FILE", env = "VICAR_CONFIG")]
    config: Option<PathBuf>,
    /// Trust these certificate authorities (PEM) instead of the system's
    #[arg(long, value_name = "FILE", env = "SSL_CERT_FILE")]
    ca: Option<PathBuf>,
    /// Fetch nothing
    #[arg(long)]
    offline: bool,
    #[command(flatten)]
    engine: EngineArguments,
}

/// What the doctor found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "doctor")]
pub(super) struct DoctorView {
    /// Whether nothing failed.
    healthy: bool,
    /// How many checks ended how.
    counts: Counts,
    /// What each check found, in the order of looking.
    findings: Vec<Finding>,
}

impl Doctor {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let expected = self.expected()?;
        let agent = self.agent()?;
        let carrier = self.carrier()?;
        let (bundle, exchange) = self.bundle();
        let variables = variables(exchange.as_ref(), self.config.as_deref())?;
        let (mut findings, configuration) =
            configuration_checks::check(&variables, exchange.is_some(), self.token_file.is_none());
        let credential = configuration.as_ref().map(|it| &it.entra.credential);
        findings.push(certificate::check(credential, unix_now()));
        let authority = configuration
            .as_ref()
            .map_or(Authority::national(Cloud::Public), |it| it.entra.authority.clone());
        let audience = authority.national_cloud().exchange_audience;
        let file = self.token_path(credential, &variables);
        findings.extend(match &file {
            Some(file) => token::check(file, &expected, audience, carrier.as_ref())?,
            None if configuration.is_some() => token::without_object(),
            None => token::without_configuration(),
        });
        findings.extend(surroundings::check(configuration.as_ref(), carrier.as_ref())?);
        findings.push(bundle);
        findings.push(match (configuration, agent, carrier) {
            (Some(configuration), Some(agent), Some(carrier)) => {
                let Configuration { entra, signing_keys, .. } = configuration;
                let exchanger = self.engine.open_exchanger(screen)?;
                trial::check(&entra, agent, signing_keys, carrier, &*exchanger)?
            }
            (None, Some(_), _) => prerequisite(trial::EXCHANGE, "mend what `configuration` found"),
            _ => trial::not_asked(),
        });
        let counts = Counts::of(&findings);
        let view = DoctorView { healthy: counts.failed == 0, counts, findings };
        screen.answer(Ending::of(view.healthy), &view, |palette| view.draw(palette))
    }

    /// The federated credentials that the token may fit; none where no value is known.
    fn expected(&self) -> Result<Vec<FederatedCredential>, Failure> {
        if let Some(path) = &self.federated_credential {
            return FederatedCredential::read(&Source::from_path(path).bytes(DOCUMENT_LIMIT)?);
        }
        let Self { issuer, subject, audience, .. } = self.clone();
        let given = FederatedCredential { issuer, subject, audience };
        Ok(if given == FederatedCredential::default() { Vec::new() } else { vec![given] })
    }

    fn agent(&self) -> Result<Option<Guid>, Failure> {
        let Some(text) = &self.agent else { return Ok(None) };
        Guid::parse(text).map(Some).map_err(|_| {
            let message = format!("`--agent {}` is not a GUID", excerpt(text));
            Failure::new(code::USAGE_MALFORMED, message).hint("give the agent's app id")
        })
    }

    /// The network, unless nothing is to be fetched.
    fn carrier(&self) -> Result<Option<Carrier>, Failure> {
        if self.offline {
            return Ok(None);
        }
        let ca =
            self.ca.clone().map(|path| Source::File(path).bytes(DOCUMENT_LIMIT)).transpose()?;
        Carrier::new(ca.as_deref()).map(Some)
    }

    fn token_path(&self, credential: Option<&Credential>, all: &Variables) -> Option<PathBuf> {
        if let Some(file) = &self.token_file {
            return Some(file.clone());
        }
        match credential {
            Some(Credential::ServiceAccountToken { file }) => Some(PathBuf::from(file)),
            Some(_) => None,
            // Where the configuration cannot be used, the token may still be looked at.
            None => all.get(configuration_checks::FEDERATED_TOKEN_FILE).map(PathBuf::from),
        }
    }

    /// What is found of the bundle, and its exchange section, which fills in configuration.
    fn bundle(&self) -> (Finding, Option<Exchange>) {
        let Some(path) = &self.bundle else {
            let (why, remedy) = ("no bundle is named", "name it with `--bundle` or `VICAR_BUNDLE`");
            return (Finding::not_checked(BUNDLE, reason::BUNDLE_UNNAMED, why, remedy), None);
        };
        let loaded = bundle_source::load(path).and_then(|bundle| {
            let exchange = bundle.exchange()?;
            Ok((bundle, exchange))
        });
        match loaded {
            Ok((bundle, exchange)) => {
                let (name, digest) = (&bundle.contents().name, bundle.digest());
                let seen = format!("bundle {} loads: {digest}", Quoted(name));
                (Finding::ok(BUNDLE, seen), exchange)
            }
            Err(failure) => {
                let finding = Finding::failed(
                    BUNDLE,
                    reason::BUNDLE_UNUSABLE,
                    format!("{failure} [{}]", failure.reason),
                    "a bundle that loads",
                    failure.hint.unwrap_or_else(|| "see `vicar check`".to_owned()),
                );
                (finding, None)
            }
        }
    }
}

fn offline(check: &'static str) -> Finding {
    Finding::not_checked(check, reason::OFFLINE, OFFLINE, ONLINE)
}

fn prerequisite(check: &'static str, remedy: &str) -> Finding {
    let why = "there is nothing to look at";
    Finding::not_checked(check, reason::PREREQUISITE_FAILED, why, remedy)
}

impl DoctorView {
    fn draw(&self, palette: &Palette) -> String {
        let Counts { ok, warnings, failed, not_checked } = self.counts;
        let mark = match self.healthy {
            true => palette.paint(Tone::Good, "✔ nothing failed"),
            false => palette.paint(Tone::Bad, format!("✘ {failed} failed")),
        };
        let rest = format!("{ok} ok, {warnings} to look at, {not_checked} not checked");
        format!("{mark}  {rest}\n{}", finding_view::draw(&self.findings, palette))
    }
}

const BUNDLE: &str = "bundle";
const OFFLINE: &str = "nothing was fetched";
const ONLINE: &str = "take `--offline` away";

const EXAMPLES: &str = "\
Examples:
  kubectl exec deploy/invoice-agent -c vicar -- vicar doctor --agent $AGENT
  vicar doctor --token-file token.txt --federated-credential federated.json";
