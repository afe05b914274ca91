//! Facts for metrics: few values each, none chosen by the caller.

use std::sync::Arc;

use vicar::Admitted;
use vicar_token::Reason;

/// What became of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Permitted.
    Allowed,
    /// Denied and stopped.
    Denied,
    /// Denied, and passed because the route only observes.
    Shadowed,
    /// Passed without a decision, by rule.
    Skipped,
}

impl Outcome {
    /// Its name in metrics, for example `allowed`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Denied => "denied",
            Self::Shadowed => "shadowed",
            Self::Skipped => "skipped",
        }
    }
}

/// Facts about one decided request.
#[derive(Clone, Debug)]
pub struct Observed {
    /// What became of it.
    pub outcome: Outcome,
    /// The stable reason.
    pub reason: &'static Reason,
    /// Who verified the token's signature, as the host named it; nothing when nobody did.
    pub verifier: Option<&'static str>,
    /// Whether the verified token was found in the cache.
    pub cached: bool,
    pub(crate) admitted: Option<Arc<Admitted>>,
}

impl Observed {
    /// The bundle's name of the token's issuer, when the token was good.
    pub fn issuer(&self) -> Option<&str> {
        Some(&self.admitted.as_deref()?.identity().issuer_name)
    }

    /// How the actor acts, when the token was good.
    pub fn mode(&self) -> Option<&'static str> {
        Some(self.admitted.as_deref()?.identity().mode.name())
    }
}
