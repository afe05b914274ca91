//! `DownstreamApis`: the APIs that tokens are for.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::{
    Method, Url,
    header::{HeaderName, HeaderValue},
};
use vicar_exchange::{Claims, Guid, Scopes};

use super::{Problems, Variables, own};

/// One API.
#[derive(Clone, Debug)]
pub struct DownstreamApi {
    /// Its name as written.
    pub name: String,
    /// `BaseUrl`; needed for `/DownstreamApi` only.
    pub base_url: Option<Url>,
    /// `Scopes`.
    pub scopes: Scopes,
    /// `RelativePath`.
    pub relative_path: Option<String>,
    /// `HttpMethod`.
    pub method: Option<Method>,
    /// `RequestAppToken`.
    pub request_app_token: bool,
    /// `ContentType`.
    pub content_type: Option<String>,
    /// `AcceptHeader`.
    pub accept: Option<String>,
    /// `ExtraHeaderParameters` and `ExtraQueryParameters`.
    pub extra: Extra,
    /// `AcquireTokenOptions:Tenant`.
    pub tenant: Option<Guid>,
    /// `AcquireTokenOptions:Claims`.
    pub claims: Option<Claims>,
    /// Vicar's `AllowedAgents`: app ids that may be acted as towards this API; else the general
    /// list.
    pub allowed_agents: Option<BTreeSet<Guid>>,
    /// Vicar's `AllowedScopes`: what callers may ask for beside `Scopes`.
    pub allowed_scopes: Scopes,
    /// Vicar's `Audiences`: accepted `aud` of the API's tokens beside what the scopes say.
    pub audiences: Vec<String>,
    /// Vicar's `AllowLocalAddresses`: loopback and link-local.
    pub local_addresses: bool,
    /// Vicar's `AllowHttp`.
    pub plain_http: bool,
    /// Vicar's `AllowWiderScopes`: the token may grant more than was asked for by name.
    pub wider_scopes: bool,
    /// Vicar's `AllowOpaqueTokens`: a token that cannot be read may be returned.
    pub opaque: bool,
}

/// Headers and query parameters that are added to a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extra {
    /// Headers.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
}

/// Headers that neither configuration nor callers set: the connection's own, and those that say
/// who calls.
const OWN_HEADERS: [&str; 14] = [
    "authorization",
    "connection",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "metadata",
    "proxy-authorization",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Extra {
    /// Adds a header.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn header(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "not a header's name")?;
        if OWN_HEADERS.contains(&name.as_str()) || name.as_str().starts_with("proxy-") {
            return Err("a header that Vicar sets itself");
        }
        let value = HeaderValue::from_str(value).map_err(|_| "not a header's value")?;
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value));
        Ok(())
    }

    /// With those of `other`, which replace those of the same name.
    #[must_use]
    pub fn overridden(mut self, other: &Self) -> Self {
        self.headers.retain(|(name, _)| other.headers.iter().all(|(known, _)| known != name));
        self.headers.extend_from_slice(&other.headers);
        for (name, value) in &other.query {
            self.query(name, value);
        }
        self
    }

    /// Adds a query parameter.
    pub fn query(&mut self, name: &str, value: &str) {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), value.to_owned()));
    }
}

/// Settings of `AcquireTokenOptions` that have no effect here; with a value they refuse the start,
/// since an application relies on them.
const UNSUPPORTED: [&str; 4] = [
    "FmiPath",
    "LongRunningWebApiSessionKey",
    "PopPublicKey",
    "ManagedIdentity:UserAssignedClientId",
];

pub(super) fn read(
    variables: &Variables,
    warnings: &mut Vec<String>,
    problems: &mut Problems,
) -> BTreeMap<String, DownstreamApi> {
    let names: Vec<String> = variables.children("DownstreamApis").map(str::to_owned).collect();
    let mut apis = BTreeMap::new();
    for name in names {
        let section = Section {
            variables,
            key: format!("DownstreamApis:{name}"),
            own: format!("Vicar:DownstreamApis:{name}"),
        };
        let written = variables.written("DownstreamApis", &name);
        let api = section.read(written, problems);
        if api.scopes.is_empty() {
            warnings.push(format!("the API `{}` has no scopes of its own", api.name));
        }
        apis.insert(name, api);
    }
    apis
}

struct Section<'a> {
    variables: &'a Variables,
    key: String,
    own: String,
}

impl Section<'_> {
    fn get(&self, member: &str) -> Option<&str> {
        self.variables.get(&format!("{}:{member}", self.key))
    }

    fn name(&self, member: &str) -> String {
        self.variables.name(&format!("{}:{member}", self.key))
    }

    fn read(&self, name: String, problems: &mut Problems) -> DownstreamApi {
        let own_flag = |member: &str, problems: &mut Problems| {
            self.variables.flag(&format!("{}:{member}", self.own), false, problems)
        };
        let local_addresses = own_flag("AllowLocalAddresses", problems);
        let plain_http = own_flag("AllowHttp", problems);
        let (wider_scopes, opaque) =
            (own_flag("AllowWiderScopes", problems), own_flag("AllowOpaqueTokens", problems));
        let allowed_key = format!("{}:AllowedAgents", self.own);
        let named = !self.variables.list(&allowed_key).is_empty();
        let allowed_agents = named.then(|| own::guids(self.variables, &allowed_key, problems));
        let audiences =
            self.variables.list(&format!("{}:Audiences", self.own)).into_iter().map(str::to_owned);
        for member in UNSUPPORTED {
            let member = format!("AcquireTokenOptions:{member}");
            if self.get(&member).is_some() {
                problems.add(&self.name(&member), "set", "nothing: Vicar has no such option");
            }
        }
        for member in ["CorrelationId", "ForceRefresh"] {
            let _ = self.get(&format!("AcquireTokenOptions:{member}"));
        }
        DownstreamApi {
            name,
            base_url: self.base_url(local_addresses, plain_http, problems),
            scopes: self.scopes(&self.key, "Scopes", problems),
            relative_path: self.get("RelativePath").map(str::to_owned),
            method: self.method(problems),
            request_app_token: self.variables.flag(
                &format!("{}:RequestAppToken", self.key),
                false,
                problems,
            ),
            content_type: self.get("ContentType").map(str::to_owned),
            accept: self.get("AcceptHeader").map(str::to_owned),
            extra: self.extra(problems),
            tenant: self.get("AcquireTokenOptions:Tenant").and_then(|value| {
                let guid = Guid::parse(value).ok();
                if guid.is_none() {
                    problems.value(&self.name("AcquireTokenOptions:Tenant"), value, "a GUID");
                }
                guid
            }),
            claims: self.get("AcquireTokenOptions:Claims").and_then(|value| {
                let claims = Claims::parse(value);
                if let Err(error) = &claims {
                    let name = self.name("AcquireTokenOptions:Claims");
                    problems.add(&name, "not a claims request", error.to_string());
                }
                claims.ok()
            }),
            allowed_agents,
            allowed_scopes: self.scopes(&self.own, "AllowedScopes", problems),
            audiences: audiences.collect(),
            local_addresses,
            plain_http,
            wider_scopes,
            opaque,
        }
    }

    fn scopes(&self, section: &str, member: &str, problems: &mut Problems) -> Scopes {
        let key = format!("{section}:{member}");
        Scopes::parse(&self.variables.list(&key)).unwrap_or_else(|error| {
            problems.add(&self.variables.name(&key), "not a list of scopes", error.to_string());
            Scopes::default()
        })
    }

    fn base_url(&self, local: bool, plain: bool, problems: &mut Problems) -> Option<Url> {
        let value = self.get("BaseUrl")?;
        let wanted = "an https address without user, query and fragment (`http` with \
                      `Vicar__DownstreamApis__{name}__AllowHttp` or `…AllowLocalAddresses`)";
        let url = Url::parse(value).ok().filter(|url| {
            let scheme = url.scheme() == "https" || (url.scheme() == "http" && (plain || local));
            scheme
                && url.host_str().is_some()
                && url.username().is_empty()
                && url.password().is_none()
                && url.query().is_none()
                && url.fragment().is_none()
        });
        if url.is_none() {
            problems.value(&self.name("BaseUrl"), value, wanted);
        }
        url
    }

    fn method(&self, problems: &mut Problems) -> Option<Method> {
        let value = self.get("HttpMethod")?;
        let method = method(value);
        if method.is_none() {
            problems.value(
                &self.name("HttpMethod"),
                value,
                "GET, POST, PUT, PATCH, DELETE or HEAD",
            );
        }
        method
    }

    fn extra(&self, problems: &mut Problems) -> Extra {
        let mut extra = Extra::default();
        let headers = format!("{}:ExtraHeaderParameters", self.key);
        for child in self.variables.children(&headers) {
            let key = format!("{headers}:{child}");
            let value = self.variables.get(&key).unwrap_or_default();
            if let Err(why) = extra.header(child, value) {
                problems.add(&self.variables.name(&key), why, "another header");
            }
        }
        let query = format!("{}:ExtraQueryParameters", self.key);
        for child in self.variables.children(&query) {
            let key = format!("{query}:{child}");
            let written = self.variables.written(&query, child);
            extra.query(&written, self.variables.get(&key).unwrap_or_default());
        }
        extra
    }
}

/// A method that can be sent on.
pub(crate) fn method(text: &str) -> Option<Method> {
    let text = text.to_ascii_uppercase();
    ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
        .contains(&text.as_str())
        .then(|| Method::from_bytes(text.as_bytes()).ok())?
}
