//! National clouds as data, and where a tenant's token endpoint is.

use serde::{Deserialize, Serialize};
use vicar_identity::exchange_audience;
use vicar_keys::Address;
use vicar_token::Cloud;

use crate::{Guid, SpecError};

/// What is particular to one cloud.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NationalCloud {
    /// Which one.
    pub cloud: Cloud,
    /// Its name in keys and audit lines.
    pub name: &'static str,
    /// Scheme and host of the token endpoints, without closing slash.
    pub origin: &'static str,
    /// What T1 and X2 are asked for.
    pub exchange_scope: &'static str,
    /// `aud` of a federated credential; matched by Entra letter for letter.
    pub exchange_audience: &'static str,
    /// App id of the token exchange (`aud` of T1 and X2), where one has been captured.
    pub exchange_resource: Option<&'static str>,
}

/// Every cloud. The exchange's app id has been captured in the public cloud only.
pub const NATIONAL_CLOUDS: [NationalCloud; 3] = [
    NationalCloud {
        cloud: Cloud::Public,
        name: "public",
        origin: "https://login.microsoftonline.com",
        exchange_scope: "api://AzureADTokenExchange/.default",
        exchange_audience: "api://AzureADTokenExchange",
        exchange_resource: Some(exchange_audience::PUBLIC_RESOURCE),
    },
    NationalCloud {
        cloud: Cloud::UsGovernment,
        name: "us_government",
        origin: "https://login.microsoftonline.us",
        exchange_scope: "api://AzureADTokenExchangeUSGov/.default",
        exchange_audience: "api://AzureADTokenExchangeUSGov",
        exchange_resource: None,
    },
    NationalCloud {
        cloud: Cloud::China,
        name: "china",
        origin: "https://login.partner.microsoftonline.cn",
        exchange_scope: "api://AzureADTokenExchangeChina/.default",
        exchange_audience: "api://AzureADTokenExchangeChina",
        exchange_resource: None,
    },
];

/// The row of a cloud.
pub const fn national_cloud(cloud: Cloud) -> &'static NationalCloud {
    let [public, us_government, china] = &NATIONAL_CLOUDS;
    match cloud {
        Cloud::China => china,
        Cloud::Public => public,
        Cloud::UsGovernment => us_government,
    }
}

/// Whose token endpoints are called: a national cloud's, or an emulator's that was named in
/// configuration. Never one that a token names in `iss`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(into = "Written", try_from = "Written")]
pub struct Authority {
    cloud: Cloud,
    custom: Option<String>,
}

/// As configuration writes it.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Written {
    cloud: Cloud,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
}

impl Authority {
    /// The cloud's own.
    pub const fn national(cloud: Cloud) -> Self {
        Self { cloud, custom: None }
    }

    /// Another origin that stands in for `cloud`, for an emulator: `https`, or `http` on
    /// loopback, without a path.
    ///
    /// # Errors
    /// [`SpecError::Authority`] and [`SpecError::AuthorityPath`].
    pub fn custom(cloud: Cloud, origin: &str) -> Result<Self, SpecError> {
        let address = Address::https_or_loopback(origin).map_err(SpecError::Authority)?;
        let bare = origin.strip_suffix('/').unwrap_or(origin);
        let host = bare.split_once("://").map_or(bare, |(_, host)| host);
        if host.contains(['/', '?']) {
            return Err(SpecError::AuthorityPath { seen: address.to_string() });
        }
        Ok(Self { cloud, custom: Some(bare.to_owned()) })
    }

    /// The cloud it is, or stands in for.
    pub const fn cloud(&self) -> Cloud {
        self.cloud
    }

    /// The cloud's row.
    pub const fn national_cloud(&self) -> &'static NationalCloud {
        national_cloud(self.cloud)
    }

    /// Scheme and host, without closing slash.
    pub fn origin(&self) -> &str {
        self.custom.as_deref().unwrap_or(self.national_cloud().origin)
    }

    /// Whether it stands in for the cloud.
    pub const fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// Where tokens are asked for. The tenant is an agent identity's home tenant in every hop.
    pub fn token_endpoint(&self, tenant: &Guid) -> String {
        format!("{}/{tenant}/oauth2/v2.0/token", self.origin())
    }

    /// Where a device code is asked for (RFC 8628 section 3.1).
    pub fn device_endpoint(&self, tenant: &Guid) -> String {
        format!("{}/{tenant}/oauth2/v2.0/devicecode", self.origin())
    }
}

impl From<Authority> for Written {
    fn from(authority: Authority) -> Self {
        Self { cloud: authority.cloud, origin: authority.custom }
    }
}

impl TryFrom<Written> for Authority {
    type Error = SpecError;

    fn try_from(written: Written) -> Result<Self, SpecError> {
        match written.origin {
            Some(origin) => Self::custom(written.cloud, &origin),
            None => Ok(Self::national(written.cloud)),
        }
    }
}

#[cfg(test)]
mod tests {
    use vicar_identity::exchange_audience::is_exchange_audience;
    use vicar_token::{Cloud, issuer::EntraIssuer};

    use super::{Authority, NATIONAL_CLOUDS, national_cloud};
    use crate::{Guid, SpecError};

    const TENANT: &str = "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901";

    #[test]
    fn every_row_is_its_own_clouds() {
        for row in &NATIONAL_CLOUDS {
            assert_eq!(national_cloud(row.cloud), row);
            assert_eq!(row.exchange_scope, format!("{}/.default", row.exchange_audience));
            assert!(is_exchange_audience(row.exchange_audience));
            // The token endpoint and the issuer of version 2.0 share their host.
            let issuer = format!("{}/{TENANT}/v2.0", row.origin);
            assert_eq!(EntraIssuer::parse(&issuer).unwrap().clouds, [row.cloud]);
        }
    }

    #[test]
    fn the_token_endpoint_is_built_of_origin_and_tenant() {
        let tenant = Guid::parse(TENANT).unwrap();
        let at = |authority: Authority| authority.token_endpoint(&tenant);
        assert_eq!(
            at(Authority::national(Cloud::UsGovernment)),
            format!("https://login.microsoftonline.us/{TENANT}/oauth2/v2.0/token")
        );
        let lab = Authority::custom(Cloud::Public, "http://127.0.0.1:8443/").unwrap();
        assert_eq!(at(lab), format!("http://127.0.0.1:8443/{TENANT}/oauth2/v2.0/token"));
    }

    #[test]
    fn a_custom_authority_is_https_or_loopback_and_has_no_path() {
        for origin in ["https://lab.example", "https://lab.example:8443/", "http://localhost:1"] {
            assert!(Authority::custom(Cloud::Public, origin).is_ok(), "{origin}");
        }
        for origin in [
            "http://lab.example",
            "ftp://lab.example",
            "lab.example",
            "https://user@lab.example",
            "https://lab.example#x",
            "",
        ] {
            let refused = Authority::custom(Cloud::Public, origin);
            assert!(matches!(refused, Err(SpecError::Authority(_))), "{origin}");
        }
        for origin in
            ["https://lab.example/common", "https://lab.example//", "https://lab.example?x"]
        {
            let refused = Authority::custom(Cloud::Public, origin);
            assert!(matches!(refused, Err(SpecError::AuthorityPath { .. })), "{origin}");
        }
    }
}
