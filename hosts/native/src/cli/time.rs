//! Times on the command line and in words.

use chrono::{DateTime, SecondsFormat};

use crate::{
    failure::{Failure, code, excerpt},
    http::unix_now,
};

/// `--now`.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Clock {
    /// The time to decide at: seconds since 1970, or RFC 3339 as `2026-11-23T16:00:00Z`; the
    /// machine's clock if absent
    #[arg(long, value_name = "TIME", help_heading = "Evaluation")]
    now: Option<String>,
}

impl Clock {
    /// Whether a time was named.
    pub(super) const fn is_set(&self) -> bool {
        self.now.is_some()
    }

    /// Seconds since 1970.
    pub(super) fn now(&self) -> Result<u64, Failure> {
        let Some(text) = &self.now else { return Ok(unix_now()) };
        if let Ok(seconds) = text.parse() {
            return Ok(seconds);
        }
        let parsed = DateTime::parse_from_rfc3339(text).ok();
        parsed.and_then(|time| u64::try_from(time.timestamp()).ok()).ok_or_else(|| {
            let shown = excerpt(text);
            Failure::new(code::TIME_MALFORMED, format!("`{shown}` is not a time since 1970"))
                .hint("write seconds as `1790000000` or RFC 3339 as `2026-11-23T16:00:00Z`")
        })
    }
}

/// `1790000000` as `2026-09-21T14:13:20Z`.
pub(super) fn in_words(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0))
        .map_or_else(|| seconds.to_string(), |time| time.to_rfc3339_opts(SecondsFormat::Secs, true))
}

/// `3725` as `1 h 2 min`.
pub(super) fn duration(seconds: u64) -> String {
    let (days, hours) = (seconds / 86_400, seconds / 3_600 % 24);
    let (minutes, rest) = (seconds / 60 % 60, seconds % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{rest} s"),
        (0, 0, _) => format!("{minutes} min {rest} s"),
        (0, ..) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}

/// How `time` lies to `now`: `in 1 h 0 min`, `5 s ago`.
pub(super) fn relative(time: u64, now: u64) -> String {
    match time.checked_sub(now) {
        Some(0) => "now".to_owned(),
        Some(ahead) => format!("in {}", duration(ahead)),
        None => format!("{} ago", duration(now.saturating_sub(time))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_or_rfc_3339() {
        let at = |text: &str| Clock { now: Some(text.to_owned()) }.now();
        assert_eq!(at("1790000000"), Ok(1_790_000_000));
        assert_eq!(at("2026-09-21T14:13:20Z"), Ok(1_790_000_000));
        assert_eq!(at("2026-09-21T16:13:20+02:00"), Ok(1_790_000_000));
        for wrong in ["", "now", "-1", "1969-01-01T00:00:00Z", "2026-09-21", "1e9"] {
            assert_eq!(at(wrong).map_err(|failure| failure.reason), Err("time_malformed".into()));
        }
        assert_eq!(in_words(1_790_000_000), "2026-09-21T14:13:20Z");
        assert_eq!(in_words(u64::MAX), u64::MAX.to_string());
    }

    #[test]
    fn durations_name_the_two_largest_units() {
        let cases = [(0, "0 s"), (61, "1 min 1 s"), (3_725, "1 h 2 min"), (90_000, "1 d 1 h")];
        for (seconds, words) in cases {
            assert_eq!(duration(seconds), words);
        }
        assert_eq!((relative(10, 5), relative(5, 10)), ("in 5 s".into(), "5 s ago".into()));
    }
}
