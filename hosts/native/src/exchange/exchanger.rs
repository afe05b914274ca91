//! The seam between a runner and the logic of the flows.

use vicar_exchange::{Event, Spec};
use vicar_token::UnixSeconds;

use super::{Refused, Step};

/// Whatever knows the flows: the native machine, or a guest that holds the same one.
pub trait Exchanger: Send + Sync + 'static {
    /// Begins an exchange. `seed` is new for each.
    ///
    /// # Errors
    /// [`Refused`] when the exchange cannot even begin (a guest that does not start).
    fn start(
        &self,
        spec: Spec,
        seed: [u8; 32],
        now: UnixSeconds,
    ) -> Result<(Box<dyn Exchange>, Step), Box<Refused>>;
}

/// One exchange under way.
pub trait Exchange: Send {
    /// Goes on with what the last errand brought.
    fn resume(&mut self, event: Event, now: UnixSeconds) -> Step;
}
