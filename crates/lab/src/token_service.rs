//! Entra's token endpoint as a pure function: form, directory, grants, keys, time and randomness
//! go in, an answer comes out.

mod access_token;
mod answer;
mod assertion;
mod blueprint_proof;
mod certificate_proof;
mod claims_parameter;
mod client;
mod client_credentials;
mod conditional_access;
mod device_code;
mod federated_proof;
mod graph_caller;
mod on_behalf_of;
mod refresh;
mod scope;
mod user_federated;
mod user_token;

use jsonwebtoken::jwk::JwkSet;
use serde_json::Value;

use crate::{
    authority::Authority,
    claims::Claims,
    directory::{Directory, IssuerKeys, Tenant},
    form::Form,
    grants::Grants,
    random::Random,
    refusal::{Refusal, code},
    signing::{HeaderForm, KeyRing},
};

pub use answer::{DeviceAnswer, TokenAnswer};
pub use device_code::{Approval, DeviceRequest};
pub use user_token::SignIn;

/// The token service, for one request.
pub struct TokenService<'a> {
    /// What there is.
    pub directory: &'a Directory,
    /// What it remembers.
    pub grants: &'a mut Grants,
    /// What it signs with.
    pub keys: &'a KeyRing,
    /// Who it says it is.
    pub authority: &'a Authority,
    /// Seconds since 1970.
    pub now: u64,
    /// Randomness.
    pub random: &'a mut dyn Random,
    /// A fault: claims that replace those of access tokens; `null` removes one.
    pub tampering: Option<&'a serde_json::Map<String, Value>>,
}

/// A request to the token endpoint.
#[derive(Clone, Copy, Debug)]
pub struct TokenRequest<'a> {
    /// The tenant of the path: an id, a domain, `common` or `organizations`.
    pub tenant: &'a str,
    /// The body. The query is no part of it: Entra does not read it.
    pub form: &'a Form,
    /// The client's IP address: `ipaddr`.
    pub address: Option<&'a str>,
    /// The keys of the issuer that [`TokenService::wanted_keys`] asked for; `None` when they
    /// could not be had.
    pub issuer_keys: Option<&'a JwkSet>,
}

/// Keys that the host is to fetch before it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WantedKeys {
    /// Of this issuer, through its discovery document.
    Issuer(String),
    /// At this address.
    Address(String),
}

impl TokenService<'_> {
    /// Answers a request to the token endpoint.
    ///
    /// # Errors
    /// [`Refusal`], as Entra refuses.
    pub fn token(&mut self, request: &TokenRequest<'_>) -> Result<TokenAnswer, Refusal> {
        let form = request.form;
        if let Some(name) = form.twice() {
            return Err(Refusal::malformed(&format!("The parameter '{name}' is there twice.")));
        }
        let grant = form.get("grant_type").ok_or_else(|| Refusal::missing("grant_type"))?;
        if form.get("resource").is_some() {
            return Err(resource_parameter(form));
        }
        let on_common = COMMON.contains(&request.tenant.to_ascii_lowercase().as_str());
        if on_common && !matches!(grant, REFRESH_TOKEN | DEVICE_CODE | LEGACY_DEVICE_CODE) {
            return Err(Refusal::new(
                code::NOT_ON_COMMON,
                format!(
                    "The grant type is not supported over the /common or /consumers endpoints. \
                     Please use the /organizations or tenant-specific endpoint. The grant was \
                     '{}'.",
                    shown(grant)
                ),
            ));
        }
        match grant {
            CLIENT_CREDENTIALS => self.client_credentials(request),
            JWT_BEARER => self.on_behalf_of(request),
            USER_FEDERATED => self.user_federated(request),
            REFRESH_TOKEN => self.refresh(request),
            DEVICE_CODE | LEGACY_DEVICE_CODE => self.redeem_device_code(request),
            other => Err(self.unsupported(request, other)),
        }
    }

    /// The foreign keys that this request needs, if any: a federated credential's.
    pub fn wanted_keys(&self, request: &TokenRequest<'_>) -> Option<WantedKeys> {
        let tenant = self.directory.tenant(request.tenant)?;
        let application = self.directory.application(tenant, request.form.get("client_id")?)?;
        let token = assertion::Assertion::parse(request.form.get("client_assertion")?).ok()?;
        let issuer = token.text("iss")?;
        if issuer == application.id || self.is_own_issuer(issuer) {
            return None;
        }
        let federated = federated_proof::candidates(application)
            .find(|federated| federated.issuer == issuer)?;
        match &federated.keys {
            IssuerKeys::Discovered => Some(WantedKeys::Issuer(issuer.to_owned())),
            IssuerKeys::At(url) => Some(WantedKeys::Address(url.clone())),
            IssuerKeys::Given(_) => None,
        }
    }

    fn unsupported(&self, request: &TokenRequest<'_>, grant: &str) -> Refusal {
        let agentic = self
            .directory
            .tenant(request.tenant)
            .and_then(|tenant| self.directory.application(tenant, request.form.get("client_id")?))
            .is_some_and(|client| client.is_blueprint() || client.blueprint().is_some());
        if grant == TOKEN_EXCHANGE && agentic {
            return Refusal::new(
                code::AGENTIC_APP_ONLY,
                "The agentic application is not permitted to request tokens with this grant.",
            );
        }
        Refusal::new(
            code::GRANT_UNSUPPORTED,
            format!("The app requested an unsupported grant type '{}'.", shown(grant)),
        )
    }

    /// The tenant of the path.
    fn tenant(&self, request: &TokenRequest<'_>) -> Result<Tenant, Refusal> {
        self.find_tenant(request.tenant)
    }

    fn find_tenant(&self, name: &str) -> Result<Tenant, Refusal> {
        self.directory.tenant(name).cloned().ok_or_else(|| {
            Refusal::new(
                code::TENANT_UNKNOWN,
                format!(
                    "Tenant '{}' not found. Check to make sure you have the correct tenant ID \
                     and are signing into the correct cloud.",
                    shown(name)
                ),
            )
        })
    }

    /// Whether `issuer` is one of the lab's tenants.
    fn is_own_issuer(&self, issuer: &str) -> bool {
        self.tenant_of_issuer(issuer).is_some()
    }

    fn tenant_of_issuer(&self, issuer: &str) -> Option<&Tenant> {
        self.directory.tenants.values().find(|tenant| {
            [1, 2].iter().any(|version| self.authority.issuer(*version, &tenant.id) == issuer)
        })
    }

    /// Signs an access token.
    fn mint(&mut self, mut claims: Claims, form: HeaderForm) -> Result<String, Refusal> {
        for (name, value) in self.tampering.into_iter().flatten() {
            claims.set(name, value.clone());
        }
        self.sign(&claims, form)
    }

    fn sign(&mut self, claims: &Claims, form: HeaderForm) -> Result<String, Refusal> {
        let nonce = self.random.opaque(32);
        self.keys
            .sign(claims, form, &nonce)
            .map_err(|error| Refusal::new(code::TRANSIENT, error.to_string()))
    }
}

fn resource_parameter(form: &Form) -> Refusal {
    if form.get("scope").is_some() {
        Refusal::new(
            code::RESOURCE_AND_SCOPE,
            "The resource parameter provided in the request doesn't match with the requested \
             scopes.",
        )
    } else {
        Refusal::new(code::RESOURCE_PARAMETER, "The 'resource' request parameter isn't supported.")
    }
}

/// A text from outside, as it may stand in a message.
fn shown(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(LONGEST_SHOWN).collect()
}

const LONGEST_SHOWN: usize = 300;
const COMMON: [&str; 3] = ["common", "organizations", "consumers"];
const CLIENT_CREDENTIALS: &str = "client_credentials";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const USER_FEDERATED: &str = "user_fic";
const REFRESH_TOKEN: &str = "refresh_token";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const LEGACY_DEVICE_CODE: &str = "device_code";
const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

#[cfg(test)]
mod tests;
