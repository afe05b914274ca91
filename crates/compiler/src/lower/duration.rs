//! Durations as people write them.

/// Seconds of `90s`, `5m`, `24h` or `7d`.
pub(super) fn seconds(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor: u32 = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return None,
    };
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u32>().ok()?.checked_mul(factor)
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn a_number_and_a_unit_are_a_duration() {
        for (text, want) in [
            ("0s", Some(0)),
            ("90s", Some(90)),
            ("5m", Some(300)),
            ("24h", Some(86_400)),
            ("7d", Some(604_800)),
            ("", None),
            ("s", None),
            ("60", None),
            ("-5m", None),
            ("+5m", None),
            ("1.5h", None),
            ("5 m", None),
            ("99999999999s", None),
            ("4294967295d", None),
            ("5ü", None),
        ] {
            assert_eq!(seconds(text), want, "{text}");
        }
    }
}
