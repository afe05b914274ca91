//! Facet claims: strings of integers in random order, of which only odd ones mean anything.
//!
//! `xms_act_fct`, `xms_sub_fct`, `xms_tnt_fct` and `xms_idrel` share the form. The parser is
//! strict, because a lenient reader and a strict one would see two different tokens: decimal
//! digits without sign or leading zero, exactly one ASCII space between two numbers, none around
//! them, `u32`. Anything else makes the whole claim malformed.

use std::collections::BTreeSet;

use vicar_token::quote::Quoted;

/// In `xms_act_fct` and `xms_sub_fct`: an agent identity.
pub const AGENT: u32 = 11;

/// In `xms_sub_fct`: an agent's user account.
pub const AGENT_USER: u32 = 13;

/// Most numbers in one claim; captured tokens have up to four.
pub const MOST: usize = 64;

/// What is known of each facet value, documented or only observed.
pub const TABLE: [Facet; 5] = [
    Facet { value: 3, meaning: "on every token seen, people's included", documented: false },
    Facet { value: 5, meaning: "seen on a public client", documented: false },
    Facet { value: 9, meaning: "seen on every service principal", documented: false },
    Facet { value: AGENT, meaning: "agent identity", documented: true },
    Facet { value: AGENT_USER, meaning: "agent's user account", documented: true },
];

/// A row of [`TABLE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facet {
    /// The number.
    pub value: u32,
    /// Its meaning in plain words.
    pub meaning: &'static str,
    /// Whether Microsoft documents it; Vicar never decides on another.
    pub documented: bool,
}

/// The odd numbers of a facet claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets(BTreeSet<u32>);

impl Facets {
    /// Reads the claim's text; even numbers are filler and are dropped.
    ///
    /// # Errors
    /// [`FacetError`] for the first thing that is not of the form above.
    pub fn parse(text: &str) -> Result<Self, FacetError> {
        if text.is_empty() {
            return Err(FacetError::Empty);
        }
        let mut odd = BTreeSet::new();
        for (index, piece) in text.split(' ').enumerate() {
            if index == MOST {
                return Err(FacetError::TooMany);
            }
            let value = number(piece)?;
            if value % 2 == 1 {
                odd.insert(value);
            }
        }
        Ok(Self(odd))
    }

    /// Whether the claim has this value.
    pub fn contains(&self, value: u32) -> bool {
        self.0.contains(&value)
    }

    /// The odd values, smallest first.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().copied()
    }
}

/// Why a facet claim is malformed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FacetError {
    /// The text is empty.
    #[error("it is empty")]
    Empty,
    /// A number with a leading zero.
    #[error("{} has a leading zero", Quoted(.0))]
    LeadingZero(String),
    /// A piece that is not made of decimal digits.
    #[error("{} is not a number of decimal digits", Quoted(.0))]
    NotANumber(String),
    /// The claim is not a text at all.
    #[error("it is {0} where a text is expected")]
    NotText(&'static str),
    /// Two spaces in a row, or one at either end.
    #[error("it has a space that separates nothing")]
    Space,
    /// A number beyond `u32`.
    #[error("{} is too large", Quoted(.0))]
    TooLarge(String),
    /// More than [`MOST`] numbers.
    #[error("it has more than {MOST} numbers")]
    TooMany,
}

fn number(piece: &str) -> Result<u32, FacetError> {
    match piece.as_bytes() {
        [] => Err(FacetError::Space),
        digits if !digits.iter().all(u8::is_ascii_digit) => {
            Err(FacetError::NotANumber(piece.to_owned()))
        }
        [b'0', _, ..] => Err(FacetError::LeadingZero(piece.to_owned())),
        _ => piece.parse().map_err(|_| FacetError::TooLarge(piece.to_owned())),
    }
}

#[cfg(test)]
mod tests;
