//! Issuer metadata and key refresh as a state machine without I/O.
//!
//! What it is: the one place that knows when a key set is fetched, from where, how large it may
//! be, how long it is believed and what an unknown `kid` may cause. What it never does: open a
//! socket, read a clock or draw a random number. A host carries [`Request`]s out and hands
//! [`Response`]s back:
//!
//! ```
//! use vicar_keys::{Address, Delivery, Event, KeyKeeper, Limits, Output, Response, Source};
//!
//! let jwks = br#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a",
//!     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//! let mut keeper = KeyKeeper::new(Limits::default(), 7)?;
//! let address = Address::https("https://id.example/keys")?;
//! keeper.watch("example", Source::JwksUri(address), 1_000)?;
//!
//! while let Some(output) = keeper.poll(1_000) {
//!     match output {
//!         Output::Request(request) => {
//!             // the host fetches `request.address`, at most `request.max_bytes`
//!             let response = Response { status: 200, max_age: None, body: jwks.to_vec() };
//!             assert_eq!(keeper.respond(request.id, 1_001, Ok(response)), Delivery::Taken);
//!         }
//!         Output::Event(Event::KeysReplaced { issuer, document, .. }) => {
//!             // the host gives `document` to its gate
//!             assert_eq!((issuer.as_str(), &*document), ("example", &jwks[..]));
//!         }
//!         Output::Event(other) => panic!("{other:?}"),
//!     }
//! }
//! // and sleeps until then
//! assert!(keeper.next_wake().is_some_and(|wake| wake > 1_000));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The rules, with their defaults in [`Limits`]: refresh daily; never two requests for one issuer
//! at a time; a pause between fetches that grows with failures; an unknown `kid` may cause a fetch
//! once in 30 seconds and a few times an hour; a `kid` that a fresh set lacks is remembered and
//! refused for a while; the last good set is kept while the issuer fails, up to a hard age.

pub mod address;
pub mod document;
pub mod error;
pub mod keeper;
pub mod limits;
pub mod output;
pub mod source;

mod issuer;
mod schedule;
#[cfg(test)]
mod tests;
mod unknown;

pub use address::Address;
pub use error::{AddressError, FetchError, LimitsError, WatchError};
pub use keeper::{Delivery, KeyKeeper, KeyState, Lookup};
pub use limits::Limits;
pub use output::{Event, FetchFailure, Output, Request, RequestId, Response};
pub use source::Source;
