//! `vicar serve` over real HTTP on loopback, with the lab as Entra over real HTTPS.

#[cfg(test)]
mod compatibility;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod downstream;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod life;
#[cfg(test)]
mod policy;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod telemetry;
#[cfg(test)]
mod world;
