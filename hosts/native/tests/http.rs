//! The carrier against a server that answers as it is told.

#[cfg(test)]
#[path = "http/carrier.rs"]
mod carrier;
