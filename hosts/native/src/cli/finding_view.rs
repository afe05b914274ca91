//! Findings in words.

use super::verdict_view::bullet;
use crate::{
    finding::{Finding, Outcome, reason::NOT_APPLICABLE},
    terminal::{Palette, Tone, safe},
};

/// One finding after another, what is not ok with what was wanted and what would change it. Checks
/// that have no object are left out.
pub(super) fn draw(findings: &[Finding], palette: &Palette) -> String {
    let shown = |finding: &&Finding| finding.reason.as_deref() != Some(NOT_APPLICABLE);
    findings.iter().filter(shown).map(|finding| draw_one(finding, palette)).collect()
}

fn draw_one(finding: &Finding, palette: &Palette) -> String {
    let (mark, tone) = match finding.outcome {
        Outcome::Failed => ("✘", Tone::Bad),
        Outcome::NotChecked => ("-", Tone::Dim),
        Outcome::Ok => ("✔", Tone::Good),
        Outcome::Warning => ("!", Tone::Warn),
    };
    let reason = match &finding.reason {
        Some(reason) => format!(" [{reason}]"),
        None => String::new(),
    };
    let mut text = format!("  {} {}{reason}\n", palette.paint(tone, mark), finding.check);
    let mut under = |mark: &str, remark: &str| {
        for line in bullet(mark, &safe(remark), palette).lines() {
            text.push_str(&format!("  {line}\n"));
        }
    };
    under("·", &finding.seen);
    if let Some(wanted) = &finding.wanted {
        under("·", &format!("wanted: {wanted}"));
    }
    if let Some(remedy) = &finding.remedy {
        under("→", remedy);
    }
    text
}
