//! Stable reason codes.

/// Why a call was refused (or allowed): a code that never changes its meaning, listed in
/// `docs/reasons.md`.
#[derive(Debug, PartialEq, Eq)]
pub struct Reason {
    /// `snake_case`, unique over the whole project, for example `token_expired`.
    pub code: &'static str,
    /// The HTTP status a gateway answers with: 401 when another token could help, 403 when not.
    pub status: u16,
    /// One line for the table in `docs/reasons.md`.
    pub summary: &'static str,
}
