//! This machine's clock beside another's.

use std::time::SystemTime;

use vicar_token::UnixSeconds;

use crate::{
    cli::time::duration,
    finding::{Finding, reason},
};

pub(super) const CLOCK: &str = "clock";

/// Compares with the `Date` of an answer (RFC 9110 section 6.6.1) whose request was sent and whose
/// answer came at these times of this machine's.
pub(super) fn check(date: Option<&str>, sent: UnixSeconds, came: UnixSeconds) -> Finding {
    let Some(theirs) = date.and_then(read) else {
        return Finding::not_checked(
            CLOCK,
            reason::CLOCK_UNKNOWN,
            "no server answered with a `Date`",
            "see why the authority cannot be reached",
        );
    };
    // The date is a whole second, of a time between the two.
    let (earliest, latest) = (sent.saturating_sub(1), came);
    let (skew, how) = match theirs {
        theirs if theirs < earliest => (earliest.saturating_sub(theirs), "ahead of"),
        theirs if theirs > latest => (theirs.saturating_sub(latest), "behind"),
        _ => return Finding::ok(CLOCK, "this machine's clock is the authority's"),
    };
    let seen = format!("this machine's clock is {} {how} the authority's", duration(skew));
    let remedy = "synchronise the node's clock (NTP)";
    if skew <= HARMLESS {
        return Finding::ok(CLOCK, seen);
    }
    if skew <= TOLERATED {
        let wanted = format!("at most {}", duration(HARMLESS));
        return Finding::warning(CLOCK, reason::CLOCK_DIFFERS, seen, wanted, remedy);
    }
    Finding::failed(
        CLOCK,
        reason::CLOCK_DIFFERS,
        seen,
        format!("at most {}: beyond it tokens are refused (AADSTS700024)", duration(TOLERATED)),
        remedy,
    )
}

fn read(date: &str) -> Option<UnixSeconds> {
    let time = httpdate::parse_http_date(date).ok()?;
    time.duration_since(SystemTime::UNIX_EPOCH).ok().map(|since| since.as_secs())
}

/// Seconds that nobody notices.
const HARMLESS: u64 = 60;

/// Seconds that Entra and Vicar let pass.
const TOLERATED: u64 = 300;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Outcome;

    #[test]
    fn a_clock_may_differ_by_a_minute_and_must_not_by_more_than_five() {
        // 2026-09-21T14:13:20Z
        let date = Some("Mon, 21 Sep 2026 14:13:20 GMT");
        let theirs = 1_790_000_000;
        for (sent, came, outcome, told) in [
            (theirs, theirs, Outcome::Ok, "is the authority's"),
            (theirs - 5, theirs + 5, Outcome::Ok, "is the authority's"),
            (theirs + 1, theirs + 1, Outcome::Ok, "is the authority's"),
            (theirs + 41, theirs + 41, Outcome::Ok, "40 s ahead of"),
            (theirs - 120, theirs - 120, Outcome::Warning, "2 min 0 s behind"),
            (theirs + 302, theirs + 302, Outcome::Failed, "5 min 1 s ahead of"),
            (theirs - 7200, theirs - 7200, Outcome::Failed, "2 h 0 min behind"),
        ] {
            let finding = check(date, sent, came);
            assert_eq!(finding.outcome, outcome, "{finding:?}");
            assert!(finding.seen.contains(told), "{finding:?}");
        }
        for none in [None, Some(""), Some("yesterday"), Some("1790000000")] {
            assert_eq!(check(none, 0, 0).outcome, Outcome::NotChecked);
        }
    }
}
