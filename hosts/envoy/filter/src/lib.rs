//! The Envoy filter's logic: everything but the proxy-wasm ABI.
//!
//! What it is: [`Filter`], which takes the proxy's callbacks for every context of a virtual
//! machine and acts through [`ProxyHost`], a narrow trait of what a proxy offers. What it never
//! does: link a proxy-wasm symbol, so that it is tested natively and can be built into another
//! kind of Envoy module.
//!
//! A request passes when, and only when, `vicar-gateway` allowed it and everything that belongs to
//! the allow was done: each callback answers [`Action::Pause`] until then, a host call that fails
//! stops the request, and no wait is without a deadline.

pub mod configuration;
pub mod filter;
pub mod host;
pub mod pairs;
pub mod reason;
pub mod verifier;

mod contexts;
mod head;
mod keys;
mod metrics;
mod protobuf;
mod reply;
mod root;
mod route;
mod service;
mod stream;
mod vouched;

pub use configuration::{Configuration, ConfigurationError};
pub use filter::{Action, Filter};
pub use host::ProxyHost;
