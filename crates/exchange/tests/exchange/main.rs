//! The exchange through its public interface, against data files.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod arbitrary;
#[cfg(test)]
mod assertions;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod common;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod device;
#[cfg(test)]
mod masked;
#[cfg(test)]
mod outcomes;
#[cfg(test)]
mod passing;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod specs;
#[cfg(test)]
mod wire;
