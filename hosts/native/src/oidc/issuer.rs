//! Issuers whose documents are fetched over the internet.

use std::net::IpAddr;

use vicar_keys::Address;

use super::IssuerError;

/// Where discovery documents stand, below the issuer.
pub const CONFIGURATION_PATH: &str = ".well-known/openid-configuration";

/// An issuer with an address that documents can stand below.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    host: String,
}

/// Who can fetch an issuer's documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nobody outside the cluster: the name is the cluster's own.
    Cluster,
    /// Anybody, as far as the name tells.
    Internet,
    /// Machines nearby.
    Nearby,
}

impl Issuer {
    /// Reads an issuer: https, no query, no odd segments. A closing slash is part of it.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn parse(text: &str) -> Result<Self, IssuerError> {
        let length = text.chars().count();
        if length > LONGEST {
            return Err(IssuerError::TooLong { length, limit: LONGEST });
        }
        let address = Address::https(text).map_err(IssuerError::Address)?;
        let form = |why| IssuerError::Form { seen: text.to_owned(), why };
        if text.contains('?') {
            return Err(form("has a query"));
        }
        let rest = text.split_once("://").map_or("", |(_, rest)| rest);
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        if !path.is_empty() && !is_plain_path(path.strip_suffix('/').unwrap_or(path)) {
            return Err(form("has a path with empty, dot or percent-encoded segments"));
        }
        let origin = address.origin().strip_prefix("https://").unwrap_or_default();
        let host = origin.rsplit_once(':').map_or(origin, |(host, _)| host);
        Ok(Self { text: text.to_owned(), host: host.to_owned() })
    }

    /// As written, which is how `iss` has to be.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of a document below the issuer. The issuer's closing slash is not doubled
    /// (OpenID Connect Discovery 1.0 section 4).
    pub fn address_of(&self, path: &str) -> String {
        format!("{}/{path}", self.base())
    }

    /// The path of a document whose address is below the issuer's, if it is one that can be a
    /// file's.
    pub fn path_of<'a>(&self, address: &'a str) -> Option<&'a str> {
        let path = address.strip_prefix(self.base())?.strip_prefix('/')?;
        is_plain_path(path).then_some(path)
    }

    /// Who can fetch the documents, by the host's name. Whether they are there is another question.
    pub fn reach(&self) -> Reach {
        let bare = self.host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = bare.parse::<IpAddr>() {
            return if is_nearby(address) { Reach::Nearby } else { Reach::Internet };
        }
        let is_below = |domain: &str| {
            bare == domain || bare.strip_suffix(domain).is_some_and(|before| before.ends_with('.'))
        };
        if CLUSTER_DOMAINS.into_iter().any(is_below) {
            return Reach::Cluster;
        }
        let nearby = !bare.contains('.') || NEARBY_DOMAINS.into_iter().any(is_below);
        if nearby { Reach::Nearby } else { Reach::Internet }
    }

    fn base(&self) -> &str {
        self.text.strip_suffix('/').unwrap_or(&self.text)
    }
}

/// Segments of plain characters: one reading for servers, caches and file systems.
fn is_plain_path(path: &str) -> bool {
    path.split('/').all(|segment| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        !segment.is_empty() && segment != "." && segment != ".." && segment.bytes().all(plain)
    })
}

fn is_nearby(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            address.is_loopback() || address.is_private() || address.is_link_local()
        }
        IpAddr::V6(address) => {
            address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
        }
    }
}

/// The longest issuer that a federated credential takes, in characters.
const LONGEST: usize = 600;

/// Kubernetes' own names; `kubernetes.default.svc` is the default issuer's.
const CLUSTER_DOMAINS: [&str; 2] = ["cluster.local", "svc"];

/// RFC 6761, RFC 6762, and the domain set apart for private use.
const NEARBY_DOMAINS: [&str; 3] = ["internal", "local", "localhost"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuer_is_https_with_a_plain_path() {
        for good in [
            "https://oidc.contoso.example",
            "https://oidc.contoso.example/",
            "https://oidc.contoso.example/cluster-1",
            "https://oidc.contoso.example:8443/a/b/",
        ] {
            assert!(Issuer::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "oidc.contoso.example",
            "http://oidc.contoso.example",
            "https://oidc.contoso.example//",
            "https://oidc.contoso.example/a//b",
            "https://oidc.contoso.example/../a",
            "https://oidc.contoso.example/%2e%2e",
            "https://oidc.contoso.example?x",
            "https://oidc.contoso.example/#x",
            "https://user@oidc.contoso.example",
            " https://oidc.contoso.example",
        ] {
            assert!(Issuer::parse(bad).is_err(), "{bad}");
        }
        let long = format!("https://oidc.contoso.example/{}", "x".repeat(600));
        assert!(matches!(Issuer::parse(&long), Err(IssuerError::TooLong { limit: 600, .. })));
    }

    #[test]
    fn documents_stand_below_the_issuer_with_one_slash() {
        for issuer in ["https://oidc.contoso.example/c1", "https://oidc.contoso.example/c1/"] {
            let issuer = Issuer::parse(issuer).unwrap();
            let address = issuer.address_of(CONFIGURATION_PATH);
            assert_eq!(address, "https://oidc.contoso.example/c1/.well-known/openid-configuration");
            assert_eq!(issuer.path_of(&address), Some(CONFIGURATION_PATH));
        }
        let issuer = Issuer::parse("https://oidc.contoso.example").unwrap();
        for elsewhere in [
            "https://10.0.0.1:6443/openid/v1/jwks",
            "https://oidc.contoso.example.evil.example/keys",
            "https://oidc.contoso.example",
            "https://oidc.contoso.example/",
            "https://oidc.contoso.example/../keys",
            "https://oidc.contoso.example/keys?x=1",
        ] {
            assert_eq!(issuer.path_of(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn names_tell_who_can_reach_them() {
        for (issuer, reach) in [
            ("https://oidc.contoso.example/c1", Reach::Internet),
            ("https://203.0.113.7", Reach::Internet),
            ("https://kubernetes.default.svc.cluster.local", Reach::Cluster),
            ("https://kubernetes.default.svc", Reach::Cluster),
            ("https://KUBERNETES.default.SVC", Reach::Cluster),
            ("https://localhost:8443", Reach::Nearby),
            ("https://10.0.0.1:6443", Reach::Nearby),
            ("https://[::1]:6443", Reach::Nearby),
            ("https://build-server", Reach::Nearby),
            ("https://oidc.corp.internal", Reach::Nearby),
            ("https://mysvc.example", Reach::Internet),
        ] {
            assert_eq!(Issuer::parse(issuer).unwrap().reach(), reach, "{issuer}");
        }
    }
}
