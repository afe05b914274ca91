//! One HTTP request's way through a gateway: which token, which operation, which answer.
//!
//! What it is: all the rules between the bytes of a request and [`vicar::Gate`], as a state machine
//! that every gateway host drives: the Envoy filter, ext_authz, ext_proc. What it never does: open
//! a socket, read a clock, or know an HTTP, gRPC or proxy-wasm type.
//!
//! A host keeps one [`Gateway`] per worker and one [`Request`] per HTTP request. It hands over the
//! head by [`Gateway::begin`], then does what the [`Step`] says: feed the body, wait for keys, let
//! the request pass, or answer it. A request passes upstream when, and only when, a host has been
//! given [`Step::Allow`]; [`Request::passes`] says so at any time.

pub mod allow;
pub mod answer;
mod audit;
mod authorization;
mod by_rule;
mod conclude;
mod content;
mod facts;
pub mod gateway;
pub mod head;
mod llm;
pub mod observed;
mod problem;
pub mod reason;
mod refusals;
pub mod request;
pub mod settings;
pub mod state;
pub mod step;
pub mod strip;

pub use allow::Allow;
pub use answer::{Answer, Deny};
pub use gateway::{Gateway, VerifierNames};
pub use head::{Field, FieldList, Head, Vouched};
pub use observed::{Observed, Outcome};
pub use request::Request;
pub use settings::{RouteSettings, Settings, SettingsError};
pub use state::{State, StateKey};
pub use step::{NeedKeys, ResponseStep, Step};
pub use strip::Strip;
