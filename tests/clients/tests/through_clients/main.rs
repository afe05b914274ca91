//! Clients nobody here wrote: Microsoft's `msal` and `@azure/msal-node` against the lab, the
//! `openai` client and the MCP SDK through `vicar serve` to upstreams that check the token.
//!
//! The scripts under `scripts/` are what an application would be. `tools/clients.sh` installs what
//! they import; without it these tests fail.

#[cfg(test)]
mod mcp_server;
#[cfg(test)]
mod microsoft;
#[cfg(test)]
mod model;
#[cfg(test)]
mod script;
#[cfg(test)]
mod sidecar;
#[cfg(test)]
mod through_sidecar;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod upstream;
#[cfg(test)]
mod world;
