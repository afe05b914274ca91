//! What may happen to a token on its way.

use super::MintError;

/// A change of the signed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// A dot before the header.
    LeadingDot,
    /// The signature is taken away, its dot stays (as for `alg` `none`).
    NoSignature,
    /// A padding character after the signature.
    Padding,
    /// The first character of the claims is replaced: the claims are no JSON any more.
    Payload,
    /// One bit of the signature is turned.
    Signature,
    /// The alphabet of plain base64 (`+`, `/`) in place of the URL-safe one, in the signature.
    StandardAlphabet,
    /// A dot after the signature.
    TrailingDot,
    /// A line feed after the signature.
    TrailingLineFeed,
    /// The last ten characters are cut off.
    Truncate,
    /// The signature and its dot are taken away.
    TwoParts,
}

impl Damage {
    /// All kinds.
    pub const ALL: [Self; 10] = [
        Self::LeadingDot,
        Self::NoSignature,
        Self::Padding,
        Self::Payload,
        Self::Signature,
        Self::StandardAlphabet,
        Self::TrailingDot,
        Self::TrailingLineFeed,
        Self::Truncate,
        Self::TwoParts,
    ];

    /// Its name in test files and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LeadingDot => "leading_dot",
            Self::NoSignature => "no_signature",
            Self::Padding => "padding",
            Self::Payload => "payload",
            Self::Signature => "signature",
            Self::StandardAlphabet => "standard_alphabet",
            Self::TrailingDot => "trailing_dot",
            Self::TrailingLineFeed => "trailing_line_feed",
            Self::Truncate => "truncate",
            Self::TwoParts => "two_parts",
        }
    }

    /// The damage of this name.
    ///
    /// # Errors
    /// [`MintError::Damage`] when there is none.
    pub fn from_name(name: &str) -> Result<Self, MintError> {
        Self::ALL
            .into_iter()
            .find(|damage| damage.name() == name)
            .ok_or_else(|| MintError::Damage(name.escape_debug().take(60).collect()))
    }

    /// The damaged text.
    pub fn apply(self, token: &str) -> String {
        let (message, signature) = token.rsplit_once('.').unwrap_or((token, ""));
        match self {
            Self::LeadingDot => format!(".{token}"),
            Self::NoSignature => format!("{message}."),
            Self::Padding => format!("{token}="),
            Self::Payload => {
                let (header, claims) = message.split_once('.').unwrap_or((message, ""));
                format!("{header}.{}.{signature}", turn_first(claims))
            }
            Self::Signature => format!("{message}.{}", turn_first(signature)),
            Self::StandardAlphabet => {
                // INVARIANT: at least one character changes, also where none of the two occurs.
                let plain: String = signature.chars().skip(1).map(to_standard).collect();
                format!("{message}.+{plain}")
            }
            Self::TrailingDot => format!("{token}."),
            Self::TrailingLineFeed => format!("{token}\n"),
            Self::Truncate => {
                let kept = token.chars().count().saturating_sub(10);
                token.chars().take(kept).collect()
            }
            Self::TwoParts => message.to_owned(),
        }
    }
}

/// Replaces the first character by its neighbour in the alphabet; the text stays base64url.
fn turn_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = match characters.next() {
        Some('A') | None => 'B',
        Some(_) => 'A',
    };
    std::iter::once(first).chain(characters).collect()
}

fn to_standard(character: char) -> char {
    match character {
        '-' => '+',
        '_' => '/',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_kind_does_what_it_says() {
        let token = "eyJh.eyJz.A-_bcdefghijkl";
        let cases = [
            ("leading_dot", ".eyJh.eyJz.A-_bcdefghijkl"),
            ("no_signature", "eyJh.eyJz."),
            ("padding", "eyJh.eyJz.A-_bcdefghijkl="),
            ("payload", "eyJh.AyJz.A-_bcdefghijkl"),
            ("signature", "eyJh.eyJz.B-_bcdefghijkl"),
            ("standard_alphabet", "eyJh.eyJz.++/bcdefghijkl"),
            ("trailing_dot", "eyJh.eyJz.A-_bcdefghijkl."),
            ("trailing_line_feed", "eyJh.eyJz.A-_bcdefghijkl\n"),
            ("truncate", "eyJh.eyJz.A-_b"),
            ("two_parts", "eyJh.eyJz"),
        ];
        assert_eq!(cases.map(|(name, _)| name), Damage::ALL.map(Damage::name));
        for (name, wanted) in cases {
            assert_eq!(Damage::from_name(name).unwrap().apply(token), wanted, "{name}");
        }
        assert_eq!(
            Damage::from_name("bites").unwrap_err().to_string(),
            "`bites` is not a kind of damage"
        );
    }

    proptest! {
        #[test]
        fn any_text_is_damaged_without_panic_and_changed(token in "\\PC{1,40}") {
            for damage in Damage::ALL {
                let _ = damage.apply(&token);
            }
            prop_assert_ne!(Damage::Signature.apply(&format!("a.b.{token}")), format!("a.b.{token}"));
        }
    }
}
