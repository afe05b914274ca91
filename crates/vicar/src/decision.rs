//! The bare decision: what a gateway needs on its hot path.

use std::sync::Arc;

use vicar_token::Reason;

use crate::{Admitted, Refusal};

/// Allow or deny, with the reason and what led to it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Whether the call may pass. In shadow mode a call passes all the same; see
    /// [`Decision::passes`].
    pub allowed: bool,
    /// The stable reason.
    pub reason: &'static Reason,
    /// The HTTP status that goes with it: 200, 401, 403 or 503.
    pub status: u16,
    /// The token's identity, when it got that far.
    pub admitted: Option<Arc<Admitted>>,
    /// What refused the call before any policy was asked.
    pub refusal: Option<Refusal>,
    /// Whether the bundle only observes.
    pub shadow: bool,
}

impl Decision {
    /// Whether the host lets the call through.
    pub const fn passes(&self) -> bool {
        self.allowed || self.shadow
    }
}
