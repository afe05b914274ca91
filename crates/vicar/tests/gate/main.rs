//! The gate from the outside, its signatures judged by a verifier that takes `genuine` for one.

mod answers;
mod cache;
mod fixture;
mod refusals;
mod vocabulary;
