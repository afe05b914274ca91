//! `AzureAd:ClientCredentials`: the first usable one is the credential.

use std::fs;

use vicar_exchange::{Credential, Guid, Secret, credential::Endpoint};

use super::{Own, Problems, Variables};
use crate::exchange::{SigningKey, SigningKeys, certificate_thumbprint};

pub(super) fn read(
    variables: &Variables,
    own: &Own,
    keys: &mut SigningKeys,
    warnings: &mut Vec<String>,
    problems: &mut Problems,
) -> Option<Credential> {
    let section = "AzureAd:ClientCredentials";
    let mut numbers: Vec<u32> =
        variables.children(section).filter_map(|child| child.parse().ok()).collect();
    numbers.sort_unstable();
    let mut why_not = Vec::new();
    for number in &numbers {
        let entry = Entry { variables, section: format!("{section}:{number}") };
        match entry.read(own, keys, warnings) {
            Ok(credential) => {
                // The rest is there in case this one fails, which is not tried here.
                for later in numbers.iter().filter(|later| *later > number) {
                    Entry { variables, section: format!("{section}:{later}") }.skip();
                }
                for why in why_not {
                    warnings.push(why);
                }
                return Some(credential);
            }
            Err(why) => why_not.push(why),
        }
    }
    let wanted = "a credential: SourceType `SignedAssertionFilePath`, \
                  `SignedAssertionFromManagedIdentity`, `Path` or `ClientSecret`";
    if why_not.is_empty() {
        problems.missing("AzureAd__ClientCredentials__0__SourceType", wanted);
    }
    for why in why_not {
        problems.add("AzureAd__ClientCredentials", why, wanted);
    }
    None
}

/// What [`Configuration::warnings`](super::Configuration::warnings) says of a client secret.
pub const SECRET_WARNING: &str =
    "the blueprint's credential is a client secret: unsafe outside development";

struct Entry<'a> {
    variables: &'a Variables,
    section: String,
}

const MEMBERS: [&str; 9] = [
    "SourceType",
    "ClientSecret",
    "CertificateDiskPath",
    "CertificatePassword",
    "CertificatePrivateKeyDiskPath",
    "SignedAssertionFileDiskPath",
    "SignedAssertionFilePath",
    "ManagedIdentityClientId",
    "KeyVaultUrl",
];

impl Entry<'_> {
    fn get(&self, member: &str) -> Option<&str> {
        self.variables.get(&format!("{}:{member}", self.section))
    }

    fn skip(&self) {
        for member in MEMBERS {
            let _ = self.get(member);
        }
    }

    fn read(
        &self,
        own: &Own,
        keys: &mut SigningKeys,
        warnings: &mut Vec<String>,
    ) -> Result<Credential, String> {
        let kind = self.get("SourceType").unwrap_or_default();
        match kind.to_ascii_lowercase().as_str() {
            "clientsecret" => {
                warnings.push(SECRET_WARNING.to_owned());
                let secret = self.get("ClientSecret").ok_or_else(|| self.lacks("ClientSecret"))?;
                Ok(Credential::UnsafeSecret { secret: Secret::from(secret) })
            }
            "signedassertionfilepath" => {
                let named = ["SignedAssertionFileDiskPath", "SignedAssertionFilePath"]
                    .map(|member| self.get(member));
                let file = named
                    .into_iter()
                    .flatten()
                    .next()
                    .or_else(|| self.variables.get("AZURE_FEDERATED_TOKEN_FILE"))
                    .ok_or_else(|| self.lacks("SignedAssertionFileDiskPath"))?;
                Ok(Credential::ServiceAccountToken { file: file.to_owned() })
            }
            "signedassertionfrommanagedidentity" => self.managed_identity(own),
            "path" => self.certificate(keys),
            "" => Err(self.lacks("SourceType")),
            "keyvault" | "storewiththumbprint" | "storewithdistinguishedname" => {
                self.skip();
                Err(format!(
                    "`{}` has the source type `{kind}`, which Vicar does not have: mount the \
                     certificate as a file",
                    self.name()
                ))
            }
            _ => {
                self.skip();
                let shown = vicar_token::quote::Quoted(kind).to_string();
                Err(format!("`{}` has an unknown source type {shown}", self.name()))
            }
        }
    }

    fn managed_identity(&self, own: &Own) -> Result<Credential, String> {
        let client_id = match self.get("ManagedIdentityClientId") {
            None => None,
            Some(text) => Some(Guid::parse(text).map_err(|_| {
                format!("`{}__ManagedIdentityClientId` is not a GUID", self.name())
            })?),
        };
        let emulator = match &own.managed_identity_emulator {
            None => None,
            Some(text) => Some(
                Endpoint::parse(text)
                    .map_err(|error| format!("`Vicar__ManagedIdentityEmulator`: {error}"))?,
            ),
        };
        Ok(Credential::ManagedIdentity { client_id, emulator })
    }

    fn certificate(&self, keys: &mut SigningKeys) -> Result<Credential, String> {
        let path =
            self.get("CertificateDiskPath").ok_or_else(|| self.lacks("CertificateDiskPath"))?;
        let key_path = self.get("CertificatePrivateKeyDiskPath").unwrap_or(path);
        if self.get("CertificatePassword").is_some() {
            return Err(format!(
                "`{}__CertificatePassword` is set: Vicar reads unencrypted PEM files, not PFX \
                 (`openssl pkcs12 -in file.pfx -nodes -out file.pem` converts one)",
                self.name()
            ));
        }
        let read = |path: &str| {
            fs::read(path).map_err(|error| {
                let shown = crate::failure::shown_path(std::path::Path::new(path));
                format!("`{shown}` cannot be read: {error}")
            })
        };
        let (certificate, private) = (read(path)?, read(key_path)?);
        let named = |error: &str| format!("`{}__CertificateDiskPath`: {error}", self.name());
        let thumbprint = certificate_thumbprint(&certificate)
            .ok_or_else(|| named("there is no certificate in PEM form"))?;
        let key = SigningKey::from_pem(&private).map_err(|error| named(&error.to_string()))?;
        keys.insert(path, key);
        Ok(Credential::Certificate { key: path.to_owned(), thumbprint })
    }

    fn lacks(&self, member: &str) -> String {
        format!("`{}__{member}` is not set", self.name())
    }

    fn name(&self) -> String {
        self.section.replace(':', "__")
    }
}
