//! The names and addresses that go into tokens and documents.

/// Who the lab says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Where it answers, without a slash at the end: `https://localhost:8443`.
    pub origin: String,
    /// Host of v2 issuers.
    pub host: String,
    /// Host of v1 issuers.
    pub sts_host: String,
    /// The cloud's code in T1's subject.
    pub cloud: String,
    /// Whether issuers are under [`origin`](Self::origin) in place of Microsoft's hosts.
    pub own_issuers: bool,
}

impl Authority {
    /// Microsoft's public cloud, answered for at `origin`.
    pub fn public_cloud(origin: impl Into<String>) -> Self {
        Self {
            origin: origin.into(),
            host: "login.microsoftonline.com".to_owned(),
            sts_host: "sts.windows.net".to_owned(),
            cloud: "pub".to_owned(),
            own_issuers: false,
        }
    }

    /// The issuer of a tenant's tokens. `tenant` may be the placeholder `{tenantid}`.
    pub fn issuer(&self, version: u8, tenant: &str) -> String {
        match (self.own_issuers, version) {
            (false, 1) => format!("https://{}/{tenant}/", self.sts_host),
            (false, _) => format!("https://{}/{tenant}/v2.0", self.host),
            (true, 1) => format!("{}/{tenant}/", self.origin),
            (true, _) => format!("{}/{tenant}/v2.0", self.origin),
        }
    }
}
