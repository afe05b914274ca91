//! Test keys and test tokens. **Unsafe by nature**: the private keys are published with the
//! source, so whoever trusts their public halves trusts everyone.

mod damage;
mod error;
mod keys;
mod members;
mod recipe;

pub use damage::Damage;
pub use error::MintError;
pub use keys::{KeyNumber, TestKey, key_id, key_set};
pub use members::Members;
pub use recipe::Recipe;
