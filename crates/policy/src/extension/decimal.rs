//! `decimal("12.34")`: a signed 64-bit number of ten-thousandths.

use std::fmt;

/// Reads `-?digits.digits` with one to four digits behind the point.
pub(crate) fn parse(text: &str) -> Result<i64, &'static str> {
    let (whole, fraction) = text.split_once('.').ok_or(MALFORMED)?;
    let (is_negative, digits) =
        whole.strip_prefix('-').map_or((false, whole), |digits| (true, digits));
    if !is_digits(digits) || !is_digits(fraction) {
        return Err(MALFORMED);
    }
    let places = u32::try_from(fraction.len()).unwrap_or(u32::MAX);
    let missing_places = PLACES.checked_sub(places).ok_or("more than 4 digits after the point")?;
    let whole: i128 = digits.parse().map_err(|_| OUT_OF_RANGE)?;
    let fraction: i128 = fraction.parse().map_err(|_| OUT_OF_RANGE)?;
    let units =
        whole.checked_mul(UNIT).ok_or(OUT_OF_RANGE)? + fraction * 10_i128.pow(missing_places);
    i64::try_from(if is_negative { -units } else { units }).map_err(|_| OUT_OF_RANGE)
}

/// `decimal("12.34")`, without trailing zeros but always with one digit behind the point.
pub(crate) fn write_literal(value: i64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    let units = i128::from(value).abs();
    let sign = if value < 0 { "-" } else { "" };
    let fraction = format!("{:04}", units % UNIT);
    let shortest = fraction.trim_end_matches('0');
    let fraction = if shortest.is_empty() { "0" } else { shortest };
    write!(out, "decimal(\"{sign}{}.{fraction}\")", units / UNIT)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

const PLACES: u32 = 4;
const UNIT: i128 = 10_000;
const MALFORMED: &str = "a decimal is digits, a point and digits, such as `12.34`";
const OUT_OF_RANGE: &str = "a decimal lies between -922337203685477.5808 and 922337203685477.5807";
