//! What a bundle's exchange section says, in the configuration's own words.

use std::fs;

use vicar_bundle::{
    Exchange,
    exchange::{CredentialSource, Downstream, ExchangeFlow, SecretPlace},
};
use vicar_exchange::cloud::national_cloud;

/// The variables that say the same as the section. Secrets stand where it says: `environment`
/// looks one up; one that is not there is left out, and missed by name.
pub fn variables_of_bundle(
    exchange: &Exchange,
    environment: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let origin = exchange.authority.as_deref();
    let origin = origin.unwrap_or_else(|| national_cloud(exchange.cloud).origin);
    let mut variables = Section { key: "AzureAd".to_owned(), variables: Vec::new() };
    variables.set("Instance", origin);
    variables.set("TenantId", &exchange.tenant);
    variables.set("ClientId", &exchange.blueprint);
    let mut variables = variables.variables;
    for (place, source) in exchange.credentials.iter().enumerate() {
        let key = format!("AzureAd:ClientCredentials:{place}");
        let mut section = Section { key, variables };
        section.credential(source, &environment);
        variables = section.variables;
    }
    for downstream in &exchange.downstreams {
        let key = format!("DownstreamApis:{}", downstream.name);
        let mut section = Section { key, variables };
        section.downstream(downstream);
        let key = format!("Vicar:DownstreamApis:{}", downstream.name);
        let mut section = Section { key, variables: section.variables };
        section.own(downstream);
        variables = section.variables;
    }
    variables
}

struct Section {
    key: String,
    variables: Vec<(String, String)>,
}

impl Section {
    fn set(&mut self, member: &str, value: &str) {
        self.variables.push((format!("{}:{member}", self.key), value.to_owned()));
    }

    fn list(&mut self, member: &str, values: &[String]) {
        for (place, value) in values.iter().enumerate() {
            self.set(&format!("{member}:{place}"), value);
        }
    }

    fn flag(&mut self, member: &str, set: bool) {
        if set {
            self.set(member, "true");
        }
    }

    fn credential(
        &mut self,
        source: &CredentialSource,
        environment: impl Fn(&str) -> Option<String>,
    ) {
        match source {
            CredentialSource::Certificate { file, key } => {
                self.set("SourceType", "Path");
                self.set("CertificateDiskPath", file);
                self.set("CertificatePrivateKeyDiskPath", key);
            }
            CredentialSource::ManagedIdentity { client_id } => {
                self.set("SourceType", "SignedAssertionFromManagedIdentity");
                if let Some(id) = client_id {
                    self.set("ManagedIdentityClientId", id);
                }
            }
            CredentialSource::ServiceAccountToken { file } => {
                self.set("SourceType", "SignedAssertionFilePath");
                self.set("SignedAssertionFileDiskPath", file);
            }
            CredentialSource::UnsafeSecret(place) => {
                self.set("SourceType", "ClientSecret");
                let secret = match place {
                    SecretPlace::Environment(name) => environment(name),
                    SecretPlace::File(path) => fs::read_to_string(path).ok(),
                };
                if let Some(secret) = secret {
                    self.set("ClientSecret", secret.trim_end_matches(['\r', '\n']));
                }
            }
        }
    }

    fn downstream(&mut self, downstream: &Downstream) {
        self.set("BaseUrl", &downstream.base_url);
        self.list("Scopes", &downstream.scopes);
        if let Some(path) = &downstream.relative_path {
            self.set("RelativePath", path);
        }
        if let Some(method) = &downstream.http_method {
            self.set("HttpMethod", method);
        }
        let as_itself = matches!(downstream.flow, ExchangeFlow::App | ExchangeFlow::Autonomous);
        self.flag("RequestAppToken", as_itself);
    }

    fn own(&mut self, downstream: &Downstream) {
        self.list("Audiences", &downstream.audiences);
        self.flag("AllowLocalAddresses", downstream.loopback);
        self.flag("AllowWiderScopes", downstream.accept_wider_scopes);
        self.flag("AllowOpaqueTokens", downstream.accept_opaque);
    }
}
