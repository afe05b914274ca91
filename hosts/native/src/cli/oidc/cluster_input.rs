//! What the cluster says of itself: from files, or from its API server.

use std::path::PathBuf;

use clap::Args;
use vicar_exchange::Secret;
use vicar_keys::Address;

use crate::{
    failure::{Failure, code},
    http::{Carrier, block_on},
    input::{DOCUMENT_LIMIT, Source, certificate_authorities},
    oidc::{CONFIGURATION_PATH, DEFAULT_KEYS_PATH},
};

/// Where the documents are.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(super) struct ClusterArguments {
    /// The API server's `/.well-known/openid-configuration`: a file, or `-`
    #[arg(long, value_name = "FILE", requires = "keys", required_unless_present = "cluster")]
    configuration: Option<String>,
    /// The API server's `/openid/v1/jwks`: a file, or `-`
    #[arg(long, value_name = "FILE", requires = "configuration")]
    keys: Option<String>,
    /// The API server itself: `https://host[:port]`
    #[arg(long, value_name = "URL", conflicts_with_all = ["configuration", "keys"])]
    cluster: Option<String>,
    /// Trust these certificate authorities (PEM) for the API server instead of the system's
    #[arg(long, value_name = "FILE", requires = "cluster")]
    cluster_ca: Option<PathBuf>,
    /// A token for the API server, where it wants one: the file of a service account's
    #[arg(long, value_name = "FILE", requires = "cluster")]
    bearer_token_file: Option<PathBuf>,
}

impl ClusterArguments {
    /// The discovery document and the key set.
    pub(super) fn documents(&self) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        if let Some(cluster) = &self.cluster {
            return self.fetch(cluster.strip_suffix('/').unwrap_or(cluster));
        }
        let read = |path: &Option<String>| {
            Source::from_path(path.as_deref().unwrap_or("-")).bytes(DOCUMENT_LIMIT)
        };
        if self.configuration.as_deref() == Some("-") && self.keys.as_deref() == Some("-") {
            let message = "standard input holds one document, not two";
            return Err(Failure::new(code::USAGE_MALFORMED, message));
        }
        Ok((read(&self.configuration)?, read(&self.keys)?))
    }

    fn fetch(&self, cluster: &str) -> Result<(Vec<u8>, Vec<u8>), Failure> {
        let ca = self.cluster_ca.clone();
        let ca = certificate_authorities(ca.as_deref())?;
        let carrier = Carrier::new(ca.as_deref())?;
        let token = self.bearer_token_file.clone();
        let token = token.map(|path| Source::File(path).token().map(Secret::new)).transpose()?;
        let fetch = |path: &str| {
            let address = Address::https(&format!("{cluster}/{path}"))
                .map_err(|error| Failure::new(code::ADDRESS_REFUSED, error))?;
            let unavailable = |why: String, hint: &str| {
                let message = format!("`{address}`: {why}");
                Failure::new(code::DOCUMENT_UNAVAILABLE, message).hint(hint)
            };
            match block_on(carrier.document(&address, token.as_ref()))? {
                Ok(document) if document.status == 200 => Ok(document.body),
                Ok(document) => {
                    let why = format!("the answer has status {}, wanted 200", document.status);
                    Err(unavailable(why, PERMISSION))
                }
                Err(why) => Err(unavailable(
                    why.to_string(),
                    "`--cluster-ca` names the cluster's \
                                                               certificate authority",
                )),
            }
        };
        Ok((fetch(CONFIGURATION_PATH)?, fetch(DEFAULT_KEYS_PATH)?))
    }
}

const PERMISSION: &str = "the cluster role `system:service-account-issuer-discovery` permits it; \
                          `--bearer-token-file` says who asks";
