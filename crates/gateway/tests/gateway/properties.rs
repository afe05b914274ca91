//! Requests of arbitrary bytes.
