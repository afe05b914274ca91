//! The `vicar` command from outside: what goes in, what comes out, how it ends.

#[cfg(test)]
#[path = "cli/answers.rs"]
mod answers;
#[cfg(test)]
#[path = "cli/bundles.rs"]
mod bundles;
#[cfg(test)]
#[path = "cli/doctor.rs"]
mod doctor;
#[cfg(test)]
#[path = "cli/exchange.rs"]
mod exchange;
#[cfg(test)]
#[path = "cli/keys.rs"]
mod keys;
#[cfg(test)]
#[path = "cli/lab.rs"]
mod lab;
#[cfg(test)]
#[path = "cli/misuse.rs"]
mod misuse;
#[cfg(test)]
#[path = "cli/oidc.rs"]
mod oidc;
#[cfg(test)]
#[path = "cli/schemas.rs"]
mod schemas;
#[cfg(test)]
#[path = "cli/site.rs"]
mod site;
#[cfg(test)]
#[path = "cli/support.rs"]
mod support;
#[cfg(test)]
#[path = "cli/tokens.rs"]
mod tokens;
