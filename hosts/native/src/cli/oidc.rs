//! `vicar oidc`: what a cluster has to publish.

mod cluster_input;
mod published_view;

use std::path::PathBuf;

use clap::{Args, Subcommand};
use vicar_keys::Address;

use super::screen::{Answer, Ending, Screen};
use crate::{
    failure::{Failure, code},
    finding::{Counts, Finding},
    http::{Carrier, block_on},
    input::certificate_authorities,
    oidc::{
        CONFIGURATION_PATH, Discovery, DocumentError, HOSTED_CONFIGURATION, HOSTED_KEYS,
        HostedKeys, Issuer, Publication, drift,
    },
    output_file::write_together,
};

use cluster_input::ClusterArguments;
pub(super) use published_view::{DriftView, PublishedView};

/// Publish what others need to check a cluster's tokens
#[derive(Clone, Debug, Args)]
pub(super) struct OidcCommand {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Clone, Debug, Subcommand)]
enum Verb {
    Publish(Publish),
}

/// Write a cluster's discovery document and key set for hosting; `--check` compares what is hosted
#[derive(Clone, Debug, Args)]
#[command(after_help = EXAMPLES)]
struct Publish {
    /// The folder to write to; what is in it is hosted at the issuer's address
    #[arg(value_name = "FOLDER", required_unless_present = "check", conflicts_with = "check")]
    folder: Option<PathBuf>,
    /// The public issuer: the cluster's `--service-account-issuer`, letter for letter
    #[arg(long, value_name = "URL")]
    issuer: String,
    /// Write nothing; fetch what is hosted and compare: exit status 0 the same, 1 not
    #[arg(long)]
    check: bool,
    /// With `--check`: trust these certificate authorities (PEM) for the issuer's address
    #[arg(long, value_name = "FILE", requires = "check")]
    ca: Option<PathBuf>,
    #[command(flatten)]
    cluster: ClusterArguments,
}

impl OidcCommand {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        match &self.verb {
            Verb::Publish(publish) => publish.run(screen),
        }
    }
}

impl Publish {
    fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let issuer = Issuer::parse(&self.issuer).map_err(|error| {
            Failure::new(code::ISSUER_REFUSED, error)
                .hint("write the issuer as tokens have it in `iss`, an https address")
        })?;
        let (configuration, keys) = self.cluster.documents()?;
        let publication =
            Publication::of(issuer, &configuration, &keys).map_err(|error| refused(&error))?;
        match &self.folder {
            Some(folder) => {
                let files = publication.files();
                let paths: Vec<(PathBuf, &[u8])> = files
                    .iter()
                    .map(|file| (folder.join(&file.path), file.text.as_bytes()))
                    .collect();
                write_together(&paths)?;
                let view = PublishedView::of(&publication, &files);
                screen.answer(Ending::Yes, &view, |palette| view.draw(folder, palette))
            }
            None => self.compare(&publication, screen),
        }
    }

    fn compare(&self, publication: &Publication, screen: &Screen) -> Result<Answer, Failure> {
        let ca = certificate_authorities(self.ca.as_deref())?;
        let carrier = Carrier::new(ca.as_deref())?;
        let findings = hosted(&carrier, publication)?;
        let counts = Counts::of(&findings);
        let in_step = counts.failed == 0 && counts.warnings == 0;
        let issuer = publication.issuer().as_str().to_owned();
        let view = DriftView { in_step, issuer, findings };
        screen.answer(Ending::of(in_step), &view, |palette| view.draw(palette))
    }
}

/// Compares with what is hosted. A document that is not there, or is none, is a finding: Entra
/// finds no other.
fn hosted(carrier: &Carrier, publication: &Publication) -> Result<Vec<Finding>, Failure> {
    let at = publication.issuer().address_of(CONFIGURATION_PATH);
    let body = match fetch(carrier, &at)? {
        Ok(body) => body,
        Err(status) => return Ok(vec![published_view::absent(HOSTED_CONFIGURATION, &at, status)]),
    };
    let discovery = match Discovery::parse(&body) {
        Ok(discovery) => discovery,
        Err(error) => return Ok(vec![published_view::malformed(HOSTED_CONFIGURATION, &error)]),
    };
    if let Err(error) = Address::https(&discovery.jwks_uri) {
        let why =
            DocumentError::Malformed { document: "discovery document", why: error.to_string() };
        return Ok(vec![published_view::malformed(HOSTED_CONFIGURATION, &why)]);
    }
    let body = match fetch(carrier, &discovery.jwks_uri)? {
        Ok(body) => body,
        Err(status) => {
            return Ok(vec![published_view::absent(HOSTED_KEYS, &discovery.jwks_uri, status)]);
        }
    };
    Ok(match HostedKeys::parse(&body) {
        Ok(keys) => drift(publication, &discovery, &keys),
        Err(error) => vec![published_view::malformed(HOSTED_KEYS, &error)],
    })
}

fn fetch(carrier: &Carrier, from: &str) -> Result<Result<Vec<u8>, u16>, Failure> {
    let address =
        Address::https(from).map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))?;
    match block_on(carrier.document(&address, None))? {
        Ok(document) if document.status == 200 => Ok(Ok(document.body)),
        Ok(document) => Ok(Err(document.status)),
        Err(why) => Err(Failure::new(code::DOCUMENT_UNAVAILABLE, format!("`{address}`: {why}"))
            .hint("`--ca` names other certificate authorities")),
    }
}

fn refused(error: &DocumentError) -> Failure {
    let hint = match error {
        DocumentError::IssuerDiffers { .. } => {
            "tokens carry the cluster's issuer: start the API server with \
             `--service-account-issuer` of this address, or publish for the cluster's"
        }
        DocumentError::Key { .. } | DocumentError::KeyIdTwice { .. } => {
            "give the key set of the API server's `/openid/v1/jwks`"
        }
        _ => "give the API server's `/.well-known/openid-configuration` and `/openid/v1/jwks`",
    };
    Failure::new(code::CLUSTER_DOCUMENTS_REFUSED, error).hint(hint)
}

const EXAMPLES: &str = "\
Examples:
  kubectl get --raw /.well-known/openid-configuration > configuration.json
  kubectl get --raw /openid/v1/jwks > keys.json
  vicar oidc publish site --issuer https://oidc.contoso.example/cluster-1 \\
    --configuration configuration.json --keys keys.json
  vicar oidc publish --check --issuer https://oidc.contoso.example/cluster-1 \\
    --cluster https://kubernetes.default.svc \\
    --cluster-ca /var/run/secrets/kubernetes.io/serviceaccount/ca.crt \\
    --bearer-token-file /var/run/secrets/kubernetes.io/serviceaccount/token";
