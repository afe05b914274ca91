//! `datetime("2026-11-23T18:55:00Z")`: milliseconds since the epoch, without leap seconds.

use std::fmt;

use super::{digits, duration};

/// Reads `YYYY-MM-DD`, or that with `THH:MM:SS`, an optional `.SSS`, and `Z` or `(+|-)hhmm`.
pub(crate) fn parse(text: &str) -> Result<i64, &'static str> {
    let (year, month, day, rest) = read_date(text).ok_or(MALFORMED_DATE)?;
    let midnight = days_since_epoch(year, month, day).ok_or("there is no such day")? * DAY;
    if rest.is_empty() {
        return Ok(midnight);
    }
    let (hour, minute, second, rest) = read_time(rest).ok_or(MALFORMED_TIME)?;
    let (milliseconds, rest) = match rest.strip_prefix('.') {
        Some(fraction) => digits(fraction, 3).ok_or(MALFORMED_END)?,
        None => (0, rest),
    };
    let offset = read_offset(rest)?;
    if hour > 23 || minute > 59 || second > 59 {
        return Err("there is no such time of day");
    }
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    Ok(midnight + seconds * 1000 + i64::from(milliseconds) - offset)
}

/// The midnight before `value`, in milliseconds; nothing if it is out of range.
pub(crate) fn date(value: i64) -> Option<i64> {
    value.checked_sub(time(value))
}

/// Milliseconds since the midnight before `value`.
pub(crate) fn time(value: i64) -> i64 {
    value.rem_euclid(DAY)
}

/// `datetime("…")`, or an offset from the epoch where the year has not four digits.
pub(crate) fn write_literal(value: i64, out: &mut fmt::Formatter<'_>) -> fmt::Result {
    if !(FIRST..=LAST).contains(&value) {
        out.write_str("datetime(\"1970-01-01\").offset(")?;
        duration::write_literal(value, out)?;
        return out.write_str(")");
    }
    let (year, month, day) = civil(value.div_euclid(DAY));
    let time = time(value);
    write!(out, "datetime(\"{year:04}-{month:02}-{day:02}")?;
    let (seconds, milliseconds) = (time / 1000, time % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if time != 0 {
        write!(out, "T{hour:02}:{minute:02}:{second:02}")?;
        if milliseconds != 0 {
            write!(out, ".{milliseconds:03}")?;
        }
        out.write_str("Z")?;
    }
    out.write_str("\")")
}

fn read_date(text: &str) -> Option<(u32, u32, u32, &str)> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    Some((year, month, day, rest))
}

fn read_time(text: &str) -> Option<(u32, u32, u32, &str)> {
    let (hour, rest) = digits(text.strip_prefix('T')?, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = digits(rest.strip_prefix(':')?, 2)?;
    Some((hour, minute, second, rest))
}

/// The offset from UTC at the end of the text, in milliseconds.
fn read_offset(text: &str) -> Result<i64, &'static str> {
    if text == "Z" {
        return Ok(0);
    }
    let (sign, hhmm) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(hhmm), _) => (1, hhmm),
        (_, Some(hhmm)) => (-1, hhmm),
        _ => return Err(MALFORMED_END),
    };
    let (hours, rest) = digits(hhmm, 2).ok_or(MALFORMED_END)?;
    let (minutes, rest) = digits(rest, 2).ok_or(MALFORMED_END)?;
    match rest {
        "" if hours > 23 || minutes > 59 => Err("an offset is less than 24 hours"),
        "" => Ok(sign * i64::from(hours * 60 + minutes) * 60_000),
        _ => Err(MALFORMED_END),
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar. Years count from 1 March, so that
/// the leap day is the last of its year, in eras of 400 years (146,097 days).
fn days_since_epoch(year: u32, month: u32, day: u32) -> Option<i64> {
    if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - DAYS_BEFORE_EPOCH)
}

/// The date of a day: the inverse of [`days_since_epoch`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + DAYS_BEFORE_EPOCH;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn days_in_month(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A day, in milliseconds.
const DAY: i64 = 86_400_000;
/// From 0000-03-01 to 1970-01-01.
const DAYS_BEFORE_EPOCH: i64 = 719_468;
/// 0000-01-01T00:00:00.000Z
const FIRST: i64 = -62_167_219_200_000;
/// 9999-12-31T23:59:59.999Z
const LAST: i64 = 253_402_300_799_999;
const MALFORMED_DATE: &str = "a datetime begins with `YYYY-MM-DD`";
const MALFORMED_TIME: &str = "after the date comes `THH:MM:SS`";
const MALFORMED_END: &str = "a time ends with `Z`, `.SSSZ`, `+hhmm` or `.SSS+hhmm`";
