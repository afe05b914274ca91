//! The JOSE header (RFC 7515 section 4) and what it may not contain.

use crate::Algorithm;
use crate::error::{AlgorithmRefusal, Malformed, Part, TokenError};
use crate::json::{Limits, Object};

/// The JOSE header members Vicar uses.
#[derive(Clone, Debug, Default, PartialEq)]
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

impl Header {
    /// Reads a header and refuses what no token may bring.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, TokenError> {
        let members = Object::parse(bytes, &Limits::TOKEN)
            .map_err(|problem| Malformed::Json { part: Part::Header, problem })?;
        let header = Self::read(members)?;
        header.admit()?;
        Ok(header)
    }

    /// The typed members, whatever their values mean.
    pub(crate) fn read(members: Object) -> Result<Self, Malformed> {
        let text = |name: &str| {
            members
                .string(name)
                .map(|value| value.map(str::to_owned))
                .map_err(Malformed::HeaderMember)
        };
        for name in TEXT_MEMBERS {
            text(name)?;
        }
        let algorithm = text("alg")?.ok_or(Malformed::NoAlgorithm)?;
        Ok(Self { algorithm, key_id: text("kid")?, token_type: text("typ")?, members })
    }

    /// Whether a token with this header may be looked at further.
    pub(crate) fn admit(&self) -> Result<Algorithm, TokenError> {
        let Some(algorithm) = Algorithm::from_name(&self.algorithm) else {
            return Err(TokenError::AlgorithmRefused {
                algorithm: self.algorithm.clone(),
                why: refusal(&self.algorithm),
            });
        };
        for (member, why) in REFUSED_MEMBERS {
            if self.members.contains(member) {
                return Err(TokenError::HeaderRefused { member, why });
            }
        }
        Ok(algorithm)
    }
}

fn refusal(algorithm: &str) -> AlgorithmRefusal {
    if algorithm.eq_ignore_ascii_case("none") {
        AlgorithmRefusal::Unsigned
    } else if algorithm.get(..2).is_some_and(|start| start.eq_ignore_ascii_case("HS")) {
        AlgorithmRefusal::Hmac
    } else {
        AlgorithmRefusal::Unknown
    }
}

/// Members that must be strings if they are there. The thumbprints `x5t` and `x5t#S256` only name
/// a key (Entra v1 sends `x5t`); they are checked for type and otherwise ignored.
const TEXT_MEMBERS: [&str; 4] = ["alg", "cty", "x5t", "x5t#S256"];

/// Members that no accepted token has. `x5c` is refused like `jwk`: both carry a key with which
/// the sender can have signed whatever it likes.
const REFUSED_MEMBERS: [(&str, &str); 6] = [
    ("b64", "the payload of a token is always base64url (RFC 7797 is not used by tokens)"),
    ("crit", "an extension that must be understood is not understood here"),
    ("jku", "keys come from the bundle's issuers, never from an address in the token"),
    ("jwk", "keys come from the bundle's issuers, never from the token itself"),
    ("x5c", "keys come from the bundle's issuers, never from the token itself"),
    ("x5u", "keys come from the bundle's issuers, never from an address in the token"),
];
