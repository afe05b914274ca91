//! The digest that names a bundle.

use std::fmt;

use sha2::{Digest as _, Sha256};

/// SHA-256 over the canonical contents of a bundle, written `sha256:<64 hex digits>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// Reads `sha256:<64 lower-case hex digits>`; nothing else is a digest.
    pub fn parse(text: &str) -> Option<Self> {
        let hex = text.strip_prefix(PREFIX)?.as_bytes();
        if hex.len() != 64 {
            return None;
        }
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            for digit in pair {
                let value = match digit {
                    b'0'..=b'9' => digit - b'0',
                    b'a'..=b'f' => digit - b'a' + 10,
                    _ => return None,
                };
                *byte = *byte << 4 | value;
            }
        }
        Some(Self(bytes))
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(PREFIX)?;
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

const PREFIX: &str = "sha256:";

#[cfg(test)]
mod tests {
    use super::*;

    /// The first example of FIPS 180-2, appendix B.
    const OF_ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn text_and_bytes_agree() {
        assert_eq!(Digest::of(b"abc").to_string(), OF_ABC);
        assert_eq!(Digest::parse(OF_ABC), Some(Digest::of(b"abc")));
    }

    #[test]
    fn only_one_spelling_is_a_digest() {
        for text in [
            "",
            "sha256:",
            &OF_ABC.to_uppercase(),
            &OF_ABC.replace("sha256:", "sha256:SHA"),
            &OF_ABC.replace("ba78", "BA78"),
            &format!("{OF_ABC}0"),
            &OF_ABC.replace("ba78", "g a7"),
        ] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
