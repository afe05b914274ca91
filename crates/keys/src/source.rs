//! Where an issuer's keys come from.

use crate::Address;

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The key set itself (JSON text): nothing is ever fetched.
    Inline(Vec<u8>),
    /// The address of a key set.
    JwksUri(Address),
    /// The address of issuer metadata (RFC 8414, OpenID Connect Discovery) that names the key
    /// set. The key set must be on the same host as the metadata.
    Metadata {
        /// The metadata's address.
        address: Address,
        /// Accepted values of its `issuer`, compared byte for byte. For Entra's shared metadata
        /// this is the template `https://login.microsoftonline.com/{tenantid}/v2.0`.
        issuers: Vec<String>,
    },
}
