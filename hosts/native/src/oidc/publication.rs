//! The two documents to host.

use super::{CONFIGURATION_PATH, Discovery, DocumentError, Issuer, PublicKeys, difference};

/// Where the key set stands below the issuer, unless the cluster says otherwise: the API server's
/// own path.
pub const DEFAULT_KEYS_PATH: &str = "openid/v1/jwks";

/// What to host for a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    issuer: Issuer,
    keys: PublicKeys,
    keys_path: String,
    elsewhere: Option<String>,
}

/// A document to host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentFile {
    /// Its path below the issuer, and below the folder.
    pub path: String,
    /// Its address.
    pub address: String,
    /// Its content.
    pub text: String,
}

impl Publication {
    /// Of what the cluster says of itself.
    ///
    /// # Errors
    /// [`DocumentError`] when the cluster's tokens are another issuer's, or a key is not one to
    /// publish.
    pub fn of(issuer: Issuer, configuration: &[u8], key_set: &[u8]) -> Result<Self, DocumentError> {
        let discovery = Discovery::parse(configuration)?;
        if discovery.issuer != issuer.as_str() {
            return Err(DocumentError::IssuerDiffers {
                nearly: difference(&discovery.issuer, issuer.as_str()),
                seen: discovery.issuer,
                wanted: issuer.as_str().to_owned(),
            });
        }
        let keys = PublicKeys::parse(key_set)?;
        let path = issuer.path_of(&discovery.jwks_uri).filter(|path| *path != CONFIGURATION_PATH);
        let (keys_path, elsewhere) = match path {
            Some(path) => (path.to_owned(), None),
            None => (DEFAULT_KEYS_PATH.to_owned(), Some(discovery.jwks_uri)),
        };
        Ok(Self { issuer, keys, keys_path, elsewhere })
    }

    /// Whose documents they are.
    pub const fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    /// The cluster's keys.
    pub const fn keys(&self) -> &PublicKeys {
        &self.keys
    }

    /// The cluster's own `jwks_uri`, where it is not below the issuer (most often the API server's
    /// address) and was replaced.
    pub fn replaced_keys_address(&self) -> Option<&str> {
        self.elsewhere.as_deref()
    }

    /// The documents. The key set comes first: whoever reads the other finds it.
    pub fn files(&self) -> [DocumentFile; 2] {
        let jwks_uri = self.issuer.address_of(&self.keys_path);
        let discovery =
            Discovery { issuer: self.issuer.as_str().to_owned(), jwks_uri: jwks_uri.clone() };
        [
            DocumentFile {
                path: self.keys_path.clone(),
                address: jwks_uri,
                text: self.keys.write(),
            },
            DocumentFile {
                path: CONFIGURATION_PATH.to_owned(),
                address: self.issuer.address_of(CONFIGURATION_PATH),
                text: discovery.write(&self.keys.algorithms()),
            },
        ]
    }
}

#[cfg(test)]
mod tests;
