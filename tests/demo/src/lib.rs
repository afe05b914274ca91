//! `make demo`: the usual gateway rule and Vicar, side by side on the same tokens.
//!
//! What it is: real token shapes of Microsoft Entra, signed by a test issuer, put in front of
//! both; then the same tokens as requests to a real Envoy with the filter; then the whole way of
//! a token, from sign-in to call. What it never does:
//! leave this machine, or narrate an answer that it did not get.

pub mod gateway;
pub mod rows;
pub mod show;
pub mod story;
pub mod table;
pub mod usual_rule;
pub mod vicar_side;
