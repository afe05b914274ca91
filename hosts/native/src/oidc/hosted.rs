//! Key sets that others can read.

use vicar_token::{
    Jwks, Object,
    json::{Json, Limits},
};

use super::DocumentError;

/// A published key set, with what should not be in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostedKeys {
    /// The set; its `skipped` keys are those that check no signature.
    pub set: Jwks,
    /// `kid`s of private and symmetric keys (empty where there is none).
    pub exposed: Vec<String>,
}

impl HostedKeys {
    /// Reads a set.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] when it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let malformed = |why: String| DocumentError::Malformed { document: "key set", why };
        let set = Jwks::parse(bytes).map_err(|error| malformed(error.to_string()))?;
        let document =
            Object::parse(bytes, &Limits::KEY_SET).map_err(|error| malformed(error.to_string()))?;
        let keys = document.get("keys").and_then(Json::as_array).unwrap_or_default();
        let exposed = keys
            .iter()
            .filter_map(Json::as_object)
            .filter(|key| PRIVATE_MEMBERS.iter().any(|member| key.contains(member)))
            .map(|key| key.get("kid").and_then(Json::as_str).unwrap_or_default().to_owned())
            .collect();
        Ok(Self { set, exposed })
    }
}

/// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1: what only the signer may have.
const PRIVATE_MEMBERS: [&str; 8] = ["d", "dp", "dq", "k", "oth", "p", "q", "qi"];
