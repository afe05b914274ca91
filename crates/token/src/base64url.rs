//! base64url without padding (RFC 7515 section 2), strictly.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Why text is not base64url. The position is a byte offset within the part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Base64Error {
    /// A character outside the alphabet.
    #[error("character `{}` at position {position} is not in its alphabet", .character.escape_default())]
    Character {
        /// The character.
        character: char,
        /// Where.
        position: usize,
    },
    /// No octet string encodes to this many characters.
    #[error("{length} characters are not a possible base64url length")]
    Length {
        /// How many characters there are.
        length: usize,
    },
    /// `=` at the end.
    #[error("it is padded with `=`, which a JWS never is")]
    Padding,
    /// The last character carries bits that belong to no octet, so that several texts would
    /// stand for the same bytes.
    #[error("its last character has bits set that belong to no octet")]
    TrailingBits,
}

/// Decodes `text`.
///
/// # Errors
/// [`Base64Error`], naming the first fault.
pub fn decode(text: &str) -> Result<Vec<u8>, Base64Error> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| diagnose(text))
}

/// Encodes `bytes`.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn diagnose(text: &str) -> Base64Error {
    let unpadded = text.trim_end_matches('=');
    let strange = unpadded
        .char_indices()
        .find(|(_, character)| !(character.is_ascii_alphanumeric() || "-_".contains(*character)));
    match strange {
        Some((position, character)) => Base64Error::Character { character, position },
        None if unpadded.len() < text.len() => Base64Error::Padding,
        None if text.len() % 4 == 1 => Base64Error::Length { length: text.len() },
        None => Base64Error::TrailingBits,
    }
}

#[cfg(test)]
mod tests {
    use super::{Base64Error, decode, encode};

    #[test]
    fn faults_are_named() {
        assert_eq!(decode("Zg=="), Err(Base64Error::Padding));
        assert_eq!(decode("Zh"), Err(Base64Error::TrailingBits));
        assert_eq!(decode("Zm9vY"), Err(Base64Error::Length { length: 5 }));
        let plus = Base64Error::Character { character: '+', position: 1 };
        assert_eq!(decode("Z+8v"), Err(plus));
        let space = Base64Error::Character { character: ' ', position: 2 };
        assert_eq!(decode("Zm 9v"), Err(space));
    }

    #[test]
    fn every_last_character_but_the_canonical_one_is_refused() {
        const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let accepted = |stem: &str| {
            ALPHABET.chars().filter(|last| decode(&format!("{stem}{last}")).is_ok()).count()
        };
        assert_eq!(accepted("Z"), 4, "one octet: four spare bits");
        assert_eq!(accepted("Zm"), 16, "two octets: two spare bits");
        assert_eq!(accepted("Zm9"), 64, "three octets: none");
    }

    proptest::proptest! {
        #[test]
        fn what_decodes_encodes_to_the_same_text(text in "[A-Za-z0-9_-]{0,64}") {
            if let Ok(bytes) = decode(&text) {
                proptest::prop_assert_eq!(encode(&bytes), text);
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,64}") {
            if let Err(error) = decode(&text) {
                proptest::prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
