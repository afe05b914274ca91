//! `duration("1d2h3m4s5ms")`: a signed 64-bit number of milliseconds.

use std::fmt;

/// Reads quantities with units in the order `d h m s ms`, each at most once and at least one,
/// after an optional `-`.
pub(crate) fn parse(text: &str) -> Result<i64, &'static str> {
    let (sign, mut rest) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    if rest.is_empty() {
        return Err(MALFORMED);
    }
    let mut total: i128 = 0;
    let mut units = UNITS.iter();
    while !rest.is_empty() {
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = rest.split_at_checked(length).ok_or(MALFORMED)?;
        if digits.is_empty() {
            return Err(MALFORMED);
        }
        let length = after.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (name, after) = after.split_at_checked(length).ok_or(MALFORMED)?;
        // The iterator only moves on, so a unit out of order or given twice is not found.
        let (_, milliseconds) = units.find(|(unit, _)| *unit == name).ok_or(MALFORMED)?;
        // Leading zeros aside, nothing above 19 digits fits.
        let quantity: u64 = digits.parse().map_err(|_| OUT_OF_RANGE)?;
        total += i128::from(quantity) * milliseconds;
        rest = after;
    }
    i64::try_from(sign * total).map_err(|_| OUT_OF_RANGE)
}

/// `duration("1d2h")`.
pub(crate) fn write_literal(value: i64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    out.write_str("duration(\"")?;
    write_text(value, out)?;
    out.write_str("\")")
}

/// The shortest text [`parse`] reads back as `value`.
pub(crate) fn write_text(value: i64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if value == 0 {
        return out.write_str("0ms");
    }
    if value < 0 {
        out.write_str("-")?;
    }
    let mut rest = i128::from(value).abs();
    for (unit, milliseconds) in UNITS {
        if rest >= milliseconds {
            write!(out, "{}{unit}", rest / milliseconds)?;
            rest %= milliseconds;
        }
    }
    Ok(())
}

const UNITS: [(&str, i128); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
const MALFORMED: &str =
    "a duration is quantities with units in the order d, h, m, s, ms, such as `1d2h30m`";
const OUT_OF_RANGE: &str = "a duration fits 64 bits in milliseconds";
