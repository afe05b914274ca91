//! An Entra emulator in one process: tenants, blueprints, agents, people, and the token service
//! between them, for the demo and for tests.
//!
//! Two halves. The pure one ([`TokenService`]) answers a form from a directory, keys, a time and
//! randomness that are all arguments. The other ([`Lab`]) lends it sockets, TLS and a clock.
//!
//! **Never trust it**: whoever can reach it can sign in as anybody.

pub mod authority;
pub mod claims;
pub mod directory;
pub mod form;
pub mod grants;
pub mod lab;
pub mod random;
pub mod refusal;
pub mod settings;
pub mod signing;
pub mod token_service;

mod facets;
mod graph;
mod guid;

pub use authority::Authority;
pub use directory::Directory;
pub use form::Form;
pub use grants::Grants;
pub use lab::{
    Clock, Fault, FaultKind, Lab, LabError, Options, RequestRecord, RunningLab, SystemClock,
};
pub use random::{Random, SeededRandom, SystemRandom};
pub use refusal::Refusal;
pub use settings::{CONTOSO, Settings, SettingsError};
pub use signing::{KeyRing, SigningKey};
pub use token_service::{SignIn, TokenAnswer, TokenRequest, TokenService, WantedKeys};
