//! Values as Cedar writes them.

use std::{
    fmt::{self, Write},
    net::IpAddr,
};

use super::{IpNetwork, Record, Set, Value};
use crate::{EntityUid, extension};

/// A value as Cedar source, cut off after a number of characters: what an explanation shows.
///
/// ```
/// use vicar_policy::{Value, value::Bounded};
///
/// let long = Value::from("a long text that nobody wants to read");
/// assert_eq!(Bounded::new(&long, 12).to_string(), "\"a long text…");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Bounded<'a, T> {
    of: &'a T,
    characters: usize,
}

impl<'a, T> Bounded<'a, T> {
    /// At most so many `characters` of `of`, then an ellipsis.
    pub fn new(of: &'a T, characters: usize) -> Self {
        Self { of, characters }
    }
}

impl<T: fmt::Display> fmt::Display for Bounded<'_, T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut window = Window { formatter, left: self.characters, cut: false };
        match write!(window, "{}", self.of) {
            Err(_) if window.cut => Ok(()),
            outcome => outcome,
        }
    }
}

/// Passes on a number of characters, then fails, so that the rest is not even rendered.
struct Window<'a, 'f> {
    formatter: &'a mut fmt::Formatter<'f>,
    left: usize,
    cut: bool,
}

impl Write for Window<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.left == 0 {
                self.cut = true;
                self.formatter.write_char('…')?;
                return Err(fmt::Error);
            }
            self.left -= 1;
            self.formatter.write_char(character)?;
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(formatter),
            Self::Datetime(value) => extension::datetime::write_literal(*value, formatter),
            Self::Decimal(value) => extension::decimal::write_literal(*value, formatter),
            Self::Duration(value) => extension::duration::write_literal(*value, formatter),
            Self::Entity(value) => value.fmt(formatter),
            Self::Ip(value) => value.fmt(formatter),
            Self::Long(value) => value.fmt(formatter),
            Self::Record(value) => value.fmt(formatter),
            Self::Set(value) => value.fmt(formatter),
            Self::String(value) => write_string(value, formatter),
        }
    }
}

impl fmt::Display for EntityUid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.entity_type)?;
        formatter.write_str("::")?;
        write_string(&self.id, formatter)
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ip(\"")?;
        match self.address {
            // The usual text of a mapped address is one that Cedar refuses.
            IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
                let [.., high, low] = address.segments();
                write!(formatter, "::ffff:{high:x}:{low:x}")?;
            }
            address => write!(formatter, "{address}")?,
        }
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        if self.prefix != whole {
            write!(formatter, "/{}", self.prefix)?;
        }
        formatter.write_str("\")")
    }
}

impl fmt::Display for Set {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_char('[')?;
        for (index, element) in self.elements().iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            element.fmt(formatter)?;
        }
        formatter.write_char(']')
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_char('{')?;
        for (index, (name, value)) in self.attributes().iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            write_name(name, formatter)?;
            formatter.write_str(": ")?;
            value.fmt(formatter)?;
        }
        formatter.write_char('}')
    }
}

/// An attribute's name: bare where Cedar allows it, else as a string.
pub(crate) fn write_name(name: &str, out: &mut impl Write) -> fmt::Result {
    if is_identifier(name) { out.write_str(name) } else { write_string(name, out) }
}

/// Whether Cedar takes `name` for an identifier (its reserved words aside, which attribute
/// names may be).
pub(crate) fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

/// A Cedar string literal. Control and invisible characters are escaped, so that a claim cannot
/// rewrite the terminal or the sentence it is shown in.
pub(crate) fn write_string(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    for character in text.chars() {
        match character {
            '\'' => out.write_char('\'')?,
            character => write!(out, "{}", character.escape_debug())?,
        }
    }
    out.write_char('"')
}
