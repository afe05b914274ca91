//! `Sidecar`, and what Vicar adds.

use std::collections::BTreeSet;

use vicar_exchange::Guid;

use super::{Problems, Variables};

/// `Sidecar:AllowOverrides`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AllowOverrides {
    /// `GET /AuthorizationHeader/{api}`; default true.
    pub authorization_header: bool,
    /// `GET /AuthorizationHeaderUnauthenticated/{api}`; default false.
    pub authorization_header_unauthenticated: bool,
    /// `/DownstreamApi/{api}`; default true.
    pub downstream_api: bool,
    /// `/DownstreamApiUnauthenticated/{api}`; default false.
    pub downstream_api_unauthenticated: bool,
}

/// `Sidecar` and `Vicar`.
#[derive(Clone, Debug)]
pub struct Own {
    /// `Sidecar:AllowOverrides`.
    pub allow_overrides: AllowOverrides,
    /// `Sidecar:AllowOutboundRedirects`: within the same origin only.
    pub outbound_redirects: bool,
    /// `Vicar:AllowedAgents`: app ids that may be acted as, for APIs without a list of their own.
    pub allowed_agents: BTreeSet<Guid>,
    /// `Vicar:AllowedTenants`: tenants that a caller may name.
    pub allowed_tenants: BTreeSet<Guid>,
    /// `Vicar:AllowedHosts` and `AllowedHosts`: values of `Host` beside loopback's.
    pub allowed_hosts: BTreeSet<String>,
    /// `Vicar:ManagedIdentityEmulator`.
    pub managed_identity_emulator: Option<String>,
    /// `Vicar:MaxRequestBytes`: longest body to an API; 10 MiB.
    pub max_request_bytes: u64,
    /// `Vicar:MaxResponseBytes`: longest body of an API's answer; 10 MiB.
    pub max_response_bytes: u64,
    /// `Vicar:DownstreamSeconds`: for a whole call of an API; 100.
    pub downstream_seconds: u64,
    /// `Vicar:DrainSeconds`: for requests under way at the end; 20.
    pub drain_seconds: u64,
}

impl Own {
    pub(super) fn read(variables: &Variables, problems: &mut Problems) -> Self {
        let overrides = "Sidecar:AllowOverrides";
        let allow = |name: &str, default: bool, problems: &mut Problems| {
            variables.flag(&format!("{overrides}:{name}"), default, problems)
        };
        let allow_overrides = AllowOverrides {
            authorization_header: allow("GetAuthorizationHeader", true, problems),
            authorization_header_unauthenticated: allow(
                "GetAuthorizationHeaderUnauthenticated",
                false,
                problems,
            ),
            downstream_api: allow("CallDownstreamApi", true, problems),
            downstream_api_unauthenticated: allow(
                "CallDownstreamApiUnauthenticated",
                false,
                problems,
            ),
        };
        let dotnet_hosts = variables.get("AllowedHosts").unwrap_or_default();
        let allowed_hosts = dotnet_hosts
            .split(';')
            .filter(|host| !host.is_empty() && *host != "*")
            .chain(variables.list("Vicar:AllowedHosts"))
            .map(str::to_ascii_lowercase)
            .collect();
        Self {
            allow_overrides,
            outbound_redirects: variables.flag("Sidecar:AllowOutboundRedirects", false, problems),
            allowed_agents: guids(variables, "Vicar:AllowedAgents", problems),
            allowed_tenants: guids(variables, "Vicar:AllowedTenants", problems),
            allowed_hosts,
            managed_identity_emulator: variables
                .get("Vicar:ManagedIdentityEmulator")
                .map(str::to_owned),
            max_request_bytes: number(variables, "Vicar:MaxRequestBytes", 10 << 20, problems),
            max_response_bytes: number(variables, "Vicar:MaxResponseBytes", 10 << 20, problems),
            downstream_seconds: number(variables, "Vicar:DownstreamSeconds", 100, problems),
            drain_seconds: number(variables, "Vicar:DrainSeconds", 20, problems),
        }
    }
}

/// A list of app or tenant ids.
pub(super) fn guids(variables: &Variables, key: &str, problems: &mut Problems) -> BTreeSet<Guid> {
    let mut guids = BTreeSet::new();
    for value in variables.list(key) {
        match Guid::parse(value) {
            Ok(guid) => {
                guids.insert(guid);
            }
            Err(_) => problems.value(&variables.name(key), value, "GUIDs"),
        }
    }
    guids
}

fn number(variables: &Variables, key: &str, default: u64, problems: &mut Problems) -> u64 {
    let Some(value) = variables.get(key) else { return default };
    value.parse().ok().filter(|number| *number > 0).unwrap_or_else(|| {
        problems.value(&variables.name(key), value, "a whole number above 0");
        default
    })
}
