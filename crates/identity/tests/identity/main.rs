//! The identity crate from outside, on data files.

#[cfg(test)]
mod cases;
#[cfg(test)]
mod common;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod samples;
