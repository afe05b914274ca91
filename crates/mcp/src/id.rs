//! JSON-RPC ids.

use serde_json::value::RawValue;

/// The id of a JSON-RPC request, as the JSON text that it came in: an answer repeats it to the
/// byte.
#[derive(Clone, Debug)]
pub struct Id(pub(crate) Box<RawValue>);

impl Id {
    /// Longest accepted id, in bytes of JSON.
    pub const LONGEST: usize = 256;

    /// The JSON text: a string, a number or `null`.
    pub fn as_json(&self) -> &str {
        self.0.get()
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.as_json() == other.as_json()
    }
}

impl Eq for Id {}
