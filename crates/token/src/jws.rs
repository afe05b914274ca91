//! The compact serialisation (RFC 7515 section 7.1), parsed strictly and not yet verified.

use crate::Object;

/// The JOSE header members Vicar uses.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// `alg` as written.
    pub algorithm: String,
    /// `kid`.
    pub key_id: Option<String>,
    /// `typ` as written.
    pub token_type: Option<String>,
    /// All members, for inspection.
    pub members: Object,
}

/// A token that was parsed but not verified: good for inspection and for choosing the issuer,
/// never for a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct Unverified<'a> {
    /// The JOSE header.
    pub header: Header,
    /// The claims.
    pub claims: Object,
    /// The bytes that are signed: `BASE64URL(header) "." BASE64URL(payload)`.
    pub signing_input: &'a str,
    /// The decoded signature.
    pub signature: Vec<u8>,
}
