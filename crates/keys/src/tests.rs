//! The machine under a simulated clock: days in milliseconds.

mod arbitrary;
mod learn;
mod metadata;
mod schedule;
mod simulation;
mod unknown_key;
