//! What a client proves itself with.

mod certificate;
mod managed_identity;

use serde::{Deserialize, Serialize, Serializer};
use vicar_keys::Address;
use vicar_token::base64url;

use crate::{Guid, Secret, SpecError, digest::Digest};

pub(crate) use certificate::client_assertion_input;
pub(crate) use managed_identity::identity_request;

/// The credential of a blueprint, or of another confidential client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Credential {
    /// A certificate: the machine writes a client assertion (PS256, `x5t#S256`) and has the host
    /// sign it.
    Certificate {
        /// The host's name of the private key.
        key: String,
        /// Of the certificate.
        thumbprint: Thumbprint,
    },
    /// The managed identity of the machine, federated to the blueprint: asked of the instance
    /// metadata service.
    ManagedIdentity {
        /// Client id of a user-assigned identity.
        #[serde(default)]
        client_id: Option<Guid>,
        /// Another origin than the metadata service's, on loopback: for an emulator.
        #[serde(default)]
        emulator: Option<Endpoint>,
    },
    /// No credential: a public client (RFC 6749 section 2.1). Refused for Entra's agents.
    Public,
    /// A projected service-account token (or any other federated assertion in a file). The
    /// kubelet replaces it, so the host reads it anew for every use.
    ServiceAccountToken {
        /// The host's path of the file.
        file: String,
    },
    /// A client secret. **Unsafe**: it can be copied, does not say who uses it, and many tenants
    /// forbid it; for development only.
    UnsafeSecret {
        /// The secret.
        #[serde(serialize_with = "Secret::whole")]
        secret: Secret,
    },
}

impl Credential {
    /// What tells this credential from others in a cache key.
    pub fn id(&self) -> Digest {
        let text = |option: Option<&str>| option.unwrap_or_default().to_owned();
        let parts = match self {
            Self::Certificate { key, thumbprint } => {
                ["certificate".to_owned(), key.clone(), thumbprint.to_base64url()]
            }
            Self::ManagedIdentity { client_id, emulator } => [
                "managed_identity".to_owned(),
                text(client_id.as_ref().map(Guid::as_str)),
                text(emulator.as_ref().map(Endpoint::as_str)),
            ],
            Self::Public => ["public".to_owned(), String::new(), String::new()],
            Self::ServiceAccountToken { file } => {
                ["service_account_token".to_owned(), file.clone(), String::new()]
            }
            Self::UnsafeSecret { secret } => {
                ["secret".to_owned(), secret.digest().to_string(), String::new()]
            }
        };
        Digest::of_parts(parts.iter().map(String::as_bytes))
    }
}

/// The SHA-256 thumbprint of a certificate (RFC 7515 section 4.1.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Thumbprint(Digest);

impl Thumbprint {
    /// Of a certificate in DER.
    pub fn of_certificate(der: &[u8]) -> Self {
        Self(Digest::of(der))
    }

    /// Reads base64url of 32 octets, the `x5t#S256` form.
    ///
    /// # Errors
    /// [`SpecError::Thumbprint`].
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        let octets = base64url::decode(text).ok().and_then(|octets| octets.try_into().ok());
        match octets {
            Some(octets) => Ok(Self(Digest::from_bytes(octets))),
            None => Err(SpecError::Thumbprint { seen: text.to_owned() }),
        }
    }

    /// The `x5t#S256` form.
    pub fn to_base64url(&self) -> String {
        self.0.to_string()
    }
}

impl Serialize for Thumbprint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_base64url())
    }
}

impl TryFrom<String> for Thumbprint {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        Self::parse(&text)
    }
}

/// An address named in configuration: `https`, or `http` on loopback.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Endpoint(Address);

impl Endpoint {
    /// Reads an address.
    ///
    /// # Errors
    /// [`SpecError::Authority`].
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        Address::https_or_loopback(text).map(Self).map_err(SpecError::Authority)
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl TryFrom<String> for Endpoint {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        Self::parse(&text)
    }
}
