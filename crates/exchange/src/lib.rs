//! The flows that trade one token for another, as state machines without I/O.
//!
//! What it is: everything an exchange has to know. Which hops a flow has, what each of them sends,
//! how an answer is read, which refusals are worth another try, and whether the token that came
//! back is the one asked for. What it never does: open a socket, read a file or a clock, hold a
//! private key, draw a random number, or decide whether an exchange is permitted (policy does,
//! before this).
//!
//! # The whole interface
//!
//! | Type | Its part |
//! |---|---|
//! | [`Spec`] | what is asked for: plain data, readable from JSON |
//! | [`Machine`] | one exchange: [`start`](Machine::start), then [`resume`](Machine::resume) |
//! | [`Step`] | what the host does next: send, read a file, sign, wait, prompt; or the end |
//! | [`Event`] | what the host brings back |
//! | [`HttpRequest`] | a request as data; [`masked`](HttpRequest::masked) for a dry run |
//! | [`Exchanged`] | a token that was checked: the only way to one |
//! | [`Problem`] | why there is none: a stable reason, a remedy, perhaps a challenge to pass on |
//! | [`Cache`], [`CacheKey`] | tokens by everything they depend on, one flight a key |
//!
//! A host with a cache looks under [`CacheKey::of`] first. On a miss it leads: it has T1 by
//! [`Spec::t1`] under that spec's own key, hands it in with [`Spec::hand_in`], runs the exchange
//! and lands the token.
//!
//! # A flow
//!
//! ```
//! use vicar_exchange::{Event, HttpResponse, Machine, Randomness, Spec, Step};
//!
//! let spec: Spec = serde_json::from_str(r#"{
//!     "flow": { "entra": {
//!         "authority": { "cloud": "public" },
//!         "tenant": "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901",
//!         "grant": { "autonomous": {
//!             "agent": {
//!                 "id": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b",
//!                 "blueprint": "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a",
//!                 "credential": { "service_account_token": { "file": "/var/run/t/token" } }
//!             },
//!             "target": {
//!                 "scopes": ["https://graph.microsoft.com/.default"],
//!                 "audiences": ["https://graph.microsoft.com"]
//!             }
//!         } }
//!     } }
//! }"#)?;
//! let now = 1_790_000_000;
//! # let jwt = |claims: &str| {
//! #     let part = vicar_token::base64url::encode;
//! #     format!("{}.{}.AAAA", part(br#"{"alg":"RS256","typ":"JWT"}"#), part(claims.as_bytes()))
//! # };
//! # let service_account = jwt(r#"{"iss":"https://oidc.example","sub":"system:serviceaccount:a:b",
//! #     "aud":["api://AzureADTokenExchange"],"exp":1790003600}"#);
//! # let t1 = "opaque-t1";
//! # let t2 = jwt(r#"{"aud":"https://graph.microsoft.com","exp":1790003899,"ver":"1.0",
//! #     "iss":"https://sts.windows.net/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/","idtyp":"app",
//! #     "appid":"a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b","roles":["Files.Read.All"],
//! #     "oid":"a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b","xms_act_fct":"9 3 11",
//! #     "sub":"a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b","xms_sub_fct":"11 3",
//! #     "tid":"7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901"}"#);
//! # let answer = |token: &str| HttpResponse::json(200, format!(
//! #     r#"{{"token_type":"Bearer","expires_in":3899,"access_token":"{token}"}}"#));
//!
//! // The blueprint's credential is a file, read anew each time.
//! let (mut machine, step) = Machine::start(spec, Randomness::new([7; 32]), now);
//! assert!(matches!(&step, Step::ReadAssertion { file } if file == "/var/run/t/token"));
//!
//! // First hop: T1 for the agent.
//! let step = machine.resume(Event::Assertion(Some(service_account.into())), now);
//! let Step::Send(request) = step else { panic!("{step:?}") };
//! assert!(request.url.starts_with("https://login.microsoftonline.com/7d3e1a52-"));
//! assert!(request.body().expose().ends_with("&fmi_path=a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b"));
//! assert!(request.masked().to_string().contains("client_assertion = ***"));
//!
//! // Second hop: the agent presents T1.
//! let step = machine.resume(Event::Response(Ok(answer(&t1))), now);
//! let Step::Send(request) = step else { panic!("{step:?}") };
//! assert!(request.body().expose().ends_with("&client_assertion=opaque-t1"));
//!
//! // The token that comes back is read again before anyone gets it.
//! let step = machine.resume(Event::Response(Ok(answer(&t2))), now);
//! let Step::Done(exchanged) = step else { panic!("{step:?}") };
//! assert_eq!(exchanged.expires_at(), now + 3899);
//! assert_eq!(exchanged.access_token().expose(), t2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A host's loop is the same for every flow, native or in a guest: carry out the step, bring the
//! event, until [`Step::Done`] or [`Step::Failed`].
//!
//! # Promises
//!
//! - Nothing is sent for what can be refused here: an id that is no GUID, two user parameters, a
//!   token for another audience, an expired or app-only one, one that an agent obtained.
//! - Addresses are built of a cloud's or a configured origin and a GUID, never of a token's claim.
//!   Redirects are refused.
//! - Which refusals are tried again depends on `error` and `suberror`; at most
//!   [`Limits::attempts`] times, within [`Limits::total_seconds`].
//! - A token that shows another actor, subject, audience, tenant or wider scopes than asked for is
//!   dropped.

pub mod cache;
pub mod claims;
pub mod cloud;
pub mod credential;
pub mod digest;
pub mod entra_error;
pub mod error;
pub mod flow;
pub mod outcome;
pub mod reason;
pub mod spec;
pub mod step;

mod answer;
mod assertion;
mod guid;
mod oauth;
mod principal_name;
mod randomness;
mod scopes;
mod secret;

pub use cache::{Cache, CacheKey};
pub use claims::Claims;
pub use cloud::Authority;
pub use credential::Credential;
pub use error::{
    AnswerError, AssertionError, Carriage, Challenge, CredentialError, OutcomeError, Problem,
    Refusal, SpecError,
};
pub use flow::Machine;
pub use guid::Guid;
pub use outcome::Exchanged;
pub use principal_name::PrincipalName;
pub use randomness::Randomness;
pub use scopes::Scopes;
pub use secret::Secret;
pub use spec::{Flow, Limits, Spec};
pub use step::{Event, HttpRequest, HttpResponse, Step};
