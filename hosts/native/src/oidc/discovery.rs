//! Discovery documents.

use vicar_token::{
    Algorithm, Json, Object,
    json::{Limits, WrongType},
};

use super::DocumentError;

/// What of a discovery document matters for checking tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// `issuer`.
    pub issuer: String,
    /// `jwks_uri`.
    pub jwks_uri: String,
}

impl Discovery {
    /// Reads a document.
    ///
    /// # Errors
    /// [`DocumentError`] when it is not JSON or lacks one of the two members.
    pub fn parse(bytes: &[u8]) -> Result<Self, DocumentError> {
        let malformed = |why: String| DocumentError::Malformed { document: DOCUMENT, why };
        let members =
            Object::parse(bytes, &Limits::KEY_SET).map_err(|error| malformed(error.to_string()))?;
        let text = |member: &'static str| {
            let found = members.string(member);
            found
                .map_err(|error: WrongType| malformed(error.to_string()))?
                .map(str::to_owned)
                .ok_or(DocumentError::MemberMissing { document: DOCUMENT, member })
        };
        Ok(Self { issuer: text("issuer")?, jwks_uri: text("jwks_uri")? })
    }

    /// The smallest document for an issuer of tokens that nobody signs in for: what OpenID Connect
    /// Discovery 1.0 section 3 requires, less the endpoints that there are not, as the API server
    /// writes it itself.
    pub(super) fn write(&self, algorithms: &[Algorithm]) -> String {
        let list = |item: &str| std::iter::once(Json::from(item)).collect::<Json>();
        let algorithms: Json =
            algorithms.iter().map(|algorithm| Json::from(algorithm.name())).collect();
        let members = [
            ("issuer", Json::from(self.issuer.as_str())),
            ("jwks_uri", Json::from(self.jwks_uri.as_str())),
            ("response_types_supported", list("id_token")),
            ("subject_types_supported", list("public")),
            ("id_token_signing_alg_values_supported", algorithms),
        ];
        format!("{}\n", Json::from(members.into_iter().collect::<Object>()))
    }
}

const DOCUMENT: &str = "discovery document";
