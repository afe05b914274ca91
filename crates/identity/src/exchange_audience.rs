//! The audience of tokens that are only good for obtaining other tokens.

/// The first-party resource "AAD Token Exchange Endpoint: Public" (`aud` of T1 and X2).
pub const PUBLIC_RESOURCE: &str = "fb60f99c-7a34-4190-8149-302f77469936";

/// Its names, as tokens of other issuers carry them for federation, by cloud.
pub const NAMES: [(&str, &str); 6] = [
    ("api://AzureADTokenExchange", "the public cloud"),
    ("api://AzureADTokenExchangeChina", "China"),
    ("api://AzureADTokenExchangeUSGov", "US Government"),
    ("api://AzureADTokenExchangeUSNat", "US National"),
    ("api://AzureADTokenExchangeUSSec", "US Secret"),
    ("api://AzureFMITokenExchange", "federated managed identities"),
];

/// What the names start with, in lower case.
const STEMS: [&str; 2] = ["azureadtokenexchange", "azurefmitokenexchange"];

/// Whether `audience` is the token exchange, in any letter case, with or without a closing slash,
/// of a cloud in [`NAMES`] or of one yet to come. Only ever used to refuse, so it is generous.
pub fn is_exchange_audience(audience: &str) -> bool {
    let audience = audience.trim().trim_end_matches('/').to_ascii_lowercase();
    let id = audience.strip_prefix("api://").unwrap_or(&audience);
    let named = |stem| id.strip_prefix(stem).is_some_and(is_cloud_suffix);
    id == PUBLIC_RESOURCE || STEMS.into_iter().any(named)
}

/// Nothing, letters (`USGov`), or a path (`/.default`, the form of scopes).
fn is_cloud_suffix(suffix: &str) -> bool {
    let cloud = suffix.split('/').next().unwrap_or_default();
    cloud.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::{NAMES, PUBLIC_RESOURCE, is_exchange_audience};

    #[test]
    fn every_cloud_in_any_writing() {
        for (name, _) in NAMES {
            assert!(is_exchange_audience(name), "{name}");
            assert!(is_exchange_audience(&name.to_lowercase()), "{name} in lower case");
            assert!(is_exchange_audience(&name.to_uppercase()), "{name} in upper case");
            assert!(is_exchange_audience(&format!("{name}/")), "{name} with a slash");
        }
        for audience in [
            PUBLIC_RESOURCE,
            "FB60F99C-7A34-4190-8149-302F77469936",
            "api://fb60f99c-7a34-4190-8149-302f77469936",
            "fb60f99c-7a34-4190-8149-302f77469936/",
            "api://AzureADTokenExchange/.default",
            "api://AzureADTokenExchangeSomewhere",
        ] {
            assert!(is_exchange_audience(audience), "{audience}");
        }
    }

    #[test]
    fn other_audiences_are_not_the_exchange() {
        for audience in [
            "",
            "api://",
            "api://AzureAD",
            "api://tools",
            "api://AzureADTokenExchange-mine",
            "https://graph.microsoft.com",
        ] {
            assert!(!is_exchange_audience(audience), "{audience}");
        }
    }
}
