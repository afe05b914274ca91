//! Ids that go into addresses and forms: GUIDs, and nothing that merely looks like one.

use std::fmt;

use serde::{Deserialize, Serialize};
use vicar_identity::guid;

use crate::SpecError;

/// A GUID in lower case, without braces. The only form in which an id can reach an address or an
/// `fmi_path` (domain cases 46 and 49).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct Guid(String);

impl Guid {
    /// Reads `text`; letter case is lowered.
    ///
    /// # Errors
    /// [`SpecError::NotAGuid`] for anything else.
    pub fn parse(text: &str) -> Result<Self, SpecError> {
        match guid::parse(text) {
            Some(guid) => Ok(Self(guid)),
            None => Err(SpecError::NotAGuid { seen: text.to_owned() }),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A random (version 4) GUID of these 16 random octets (RFC 9562 section 5.4).
    pub(crate) fn random(mut octets: [u8; 16]) -> Self {
        let [.., seventh, _, ninth, _, _, _, _, _, _, _] = &mut octets;
        *seventh = (*seventh & 0x0f) | 0x40;
        *ninth = (*ninth & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (index, octet) in octets.into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for nibble in [octet >> 4, octet & 0xf] {
                text.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        Self(text)
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl AsRef<str> for Guid {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Guid {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::Guid;

    #[test]
    fn a_random_guid_is_of_version_4() {
        let guid = Guid::random([0xff; 16]);
        assert_eq!(guid.as_str(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(Guid::parse(guid.as_str()), Ok(guid));
        let guid = Guid::random([0; 16]);
        assert_eq!(guid.as_str(), "00000000-0000-4000-8000-000000000000");
    }
}
