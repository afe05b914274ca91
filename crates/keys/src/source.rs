//! Where an issuer's keys come from.

use vicar_token::IssuerRule;

use crate::Address;

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The key set itself (JSON text): nothing is ever fetched.
    Inline(Vec<u8>),
    /// The address of a key set.
    JwksUri(Address),
    /// The address of issuer metadata (RFC 8414, OpenID Connect Discovery) that names the key
    /// set. The key set must be on the same host as the metadata.
    Metadata {
        /// The metadata's address.
        address: Address,
        /// Accepted values of its `issuer`, compared byte for byte. For Entra's shared metadata
        /// this is the template `https://login.microsoftonline.com/{tenantid}/v2.0`.
        issuers: Vec<String>,
    },
}

impl Source {
    /// The `issuer` values that metadata may state for tokens under `rule`: what the rule accepts
    /// as `iss`, and Entra's templates of it (shared metadata names no tenant). None for a SPIFFE
    /// trust domain, whose key sets are named by their own address.
    pub fn metadata_issuers(rule: &IssuerRule) -> Vec<String> {
        match rule {
            IssuerRule::EntraTenants { cloud, tenants, v1, v2 } => {
                let tenants =
                    || std::iter::once("{tenantid}").chain(tenants.iter().map(String::as_str));
                let v1 = tenants().filter(|_| *v1).map(|tenant| cloud.v1_issuer(tenant));
                let v2 = tenants().filter(|_| *v2).map(|tenant| cloud.v2_issuer(tenant));
                v1.chain(v2).collect()
            }
            IssuerRule::Exact(issuer) => vec![issuer.clone()],
            IssuerRule::SpiffeTrustDomain(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use vicar_token::Cloud;

    use super::*;

    #[test]
    fn entra_metadata_may_name_a_tenant_or_the_template() {
        let rule = IssuerRule::EntraTenants {
            cloud: Cloud::Public,
            tenants: vec!["7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901".to_owned()],
            v1: false,
            v2: true,
        };
        assert_eq!(
            Source::metadata_issuers(&rule),
            [
                "https://login.microsoftonline.com/{tenantid}/v2.0",
                "https://login.microsoftonline.com/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/v2.0",
            ]
        );
        let exact = IssuerRule::Exact("https://id.example".to_owned());
        assert_eq!(Source::metadata_issuers(&exact), ["https://id.example"]);
    }
}
