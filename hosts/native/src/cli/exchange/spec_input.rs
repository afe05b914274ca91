//! What to exchange: a spec, or flags for the common flows.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use vicar_exchange::{Guid, Secret};

use super::flow_input::{AuthorityArguments, object};
use crate::{
    exchange::{SigningKey, SigningKeys, certificate_thumbprint},
    failure::{Failure, code, shown_path},
    http::Carrier,
    input::{DOCUMENT_LIMIT, Source, TOKEN_LIMIT, certificate_authorities},
};

/// A spec or flags.
#[derive(Clone, Debug, Args)]
pub(super) struct SpecArguments {
    /// What is asked for, whole, as JSON: a file, or `-`; it may hold every flow there is
    #[arg(long, value_name = "FILE", conflicts_with_all = ["Flags", "AuthorityArguments"])]
    spec: Option<String>,
    #[command(flatten)]
    flags: Flags,
    #[command(flatten)]
    authority: AuthorityArguments,
}

/// The common flows by flags.
#[derive(Clone, Debug, Args)]
struct Flags {
    /// Which flow
    #[arg(value_name = "FLOW", required_unless_present = "spec")]
    flow: Option<FlowName>,
    /// App id of the agent
    #[arg(long, value_name = "GUID", help_heading = "Parties")]
    agent: Option<String>,
    /// App id of the agent's blueprint
    #[arg(long, value_name = "GUID", help_heading = "Parties")]
    blueprint: Option<String>,
    /// The ordinary client of `client-credentials` and `token-exchange`
    #[arg(long, value_name = "ID", help_heading = "Parties")]
    client: Option<String>,
    /// The agent's user account, by object id or user principal name
    #[arg(long, value_name = "ID", help_heading = "Parties")]
    agent_user: Option<String>,
    /// The user's token: Tc of `on-behalf-of`, the subject token of `token-exchange`; `@FILE`, `-`
    #[arg(long, visible_alias = "subject-token", value_name = "TOKEN", help_heading = "Parties")]
    user_token: Option<String>,
    /// The actor token of `token-exchange`; `@FILE`, `-`
    #[arg(long, value_name = "TOKEN", requires = "actor", help_heading = "Parties")]
    actor_token: Option<String>,
    /// `act.sub` that the token of `token-exchange` has to show
    #[arg(long, value_name = "SUBJECT", help_heading = "Parties")]
    actor: Option<String>,
    /// The projected service-account token, read anew each time
    #[arg(long, value_name = "FILE", group = "credential", help_heading = "Credential")]
    service_account_token: Option<String>,
    /// The certificate (PEM), with `--private-key FILE`
    #[arg(
        long,
        value_name = "FILE",
        group = "credential",
        requires = "private_key",
        help_heading = "Credential"
    )]
    certificate: Option<PathBuf>,
    /// This machine's managed identity, or the user-assigned one of this client id
    #[arg(
        long,
        value_name = "GUID",
        num_args = 0..=1,
        require_equals = true,
        group = "credential",
        help_heading = "Credential"
    )]
    managed_identity: Option<Option<String>>,
    /// UNSAFE: a client secret, from a file or `-`
    #[arg(long, value_name = "FILE", group = "credential", help_heading = "Credential")]
    secret_file: Option<String>,
    /// A scope; `<resource>/.default` where no user is behind the flow
    #[arg(long, value_name = "SCOPE", help_heading = "Target")]
    scope: Vec<String>,
    /// An `aud` that the token may have; the scopes' resource if absent
    #[arg(long, value_name = "AUD", help_heading = "Target")]
    audience: Vec<String>,
    /// A resource's claims challenge to answer: JSON, or base64 of it
    #[arg(long, value_name = "CLAIMS", help_heading = "Target")]
    claims: Option<String>,
    /// Take a token that cannot be read, so that nobody checks whose it is
    #[arg(long, help_heading = "Target")]
    accept_opaque: bool,
    /// The token endpoint of `token-exchange`
    #[arg(long, value_name = "URL", help_heading = "Target")]
    token_endpoint: Option<String>,
    /// The target's address in `token-exchange`
    #[arg(long, value_name = "URL", help_heading = "Target")]
    resource: Option<String>,
}

/// The flows that flags can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum FlowName {
    /// T1, X2, then a token of the agent's own user account
    AgentUser,
    /// T1, then a token of the agent as itself
    Autonomous,
    /// A token of an ordinary application as itself
    ClientCredentials,
    /// T1, then a token of the agent for the user of `--user-token`
    OnBehalfOf,
    /// T1 alone: the blueprint's exchange token for the agent
    T1,
    /// RFC 8693, for issuers that speak it
    TokenExchange,
}

/// What this machine lends to an exchange.
#[derive(Clone, Debug, Args)]
pub(in crate::cli) struct HostArguments {
    /// Trust these certificate authorities (PEM) instead of the system's
    #[arg(long, visible_alias = "ca-file", value_name = "FILE", help_heading = "Authority")]
    ca: Option<PathBuf>,
    /// The RSA key (PEM) of `--certificate`; for a spec, the key of this name
    #[arg(long, value_name = "[NAME=]FILE", help_heading = "Credential")]
    private_key: Vec<String>,
}

impl SpecArguments {
    /// The spec as JSON.
    pub(super) fn spec(&self) -> Result<Secret, Failure> {
        match &self.spec {
            Some(path) => Source::from_path(path).text(DOCUMENT_LIMIT).map(Secret::new),
            None => Ok(Secret::new(json!({ "flow": self.flow()? }).to_string())),
        }
    }

    fn flow(&self) -> Result<Value, Failure> {
        let flags = &self.flags;
        let grant = match flags.flow.ok_or_else(|| missing("FLOW"))? {
            FlowName::AgentUser => json!({"agent_user": {
                "agent": flags.agent()?, "user": flags.user()?, "target": flags.target()?,
            }}),
            FlowName::Autonomous => json!({"autonomous": {
                "agent": flags.agent()?, "target": flags.target()?,
            }}),
            FlowName::ClientCredentials => json!({"client_credentials": {
                "client": flags.client()?, "target": flags.target()?,
            }}),
            FlowName::OnBehalfOf => json!({"on_behalf_of": {
                "agent": flags.agent()?, "user_assertion": flags.user_token()?,
                "target": flags.target()?,
            }}),
            FlowName::T1 => json!({"blueprint_exchange": { "agent": flags.agent()? }}),
            FlowName::TokenExchange => return flags.token_exchange(),
        };
        let tenant = needed("--tenant", self.authority.tenant.as_ref())?;
        Ok(json!({"entra": {
            "authority": self.authority.to_json(), "tenant": tenant, "grant": grant,
        }}))
    }
}

impl Flags {
    fn agent(&self) -> Result<Value, Failure> {
        Ok(json!({
            "id": needed("--agent", self.agent.as_ref())?,
            "blueprint": needed("--blueprint", self.blueprint.as_ref())?,
            "credential": self.credential()?.ok_or_else(|| {
                missing("--service-account-token").hint(CREDENTIALS)
            })?,
        }))
    }

    fn client(&self) -> Result<Value, Failure> {
        Ok(json!({
            "id": needed("--client", self.client.as_ref())?,
            "credential": self.credential()?.unwrap_or_else(|| json!("public")),
        }))
    }

    fn credential(&self) -> Result<Option<Value>, Failure> {
        if let Some(file) = &self.service_account_token {
            return Ok(Some(json!({"service_account_token": {"file": file}})));
        }
        if let Some(path) = &self.certificate {
            let pem = Source::File(path.clone()).bytes(DOCUMENT_LIMIT)?;
            let thumbprint = certificate_thumbprint(&pem).ok_or_else(|| {
                let shown = shown_path(path);
                Failure::new(
                    code::CERTIFICATES_UNUSABLE,
                    format!("there is no certificate in `{shown}`"),
                )
                .hint("the file must hold a certificate in PEM form")
            })?;
            return Ok(Some(json!({"certificate": {
                "key": OWN_KEY, "thumbprint": thumbprint.to_base64url(),
            }})));
        }
        if let Some(identity) = &self.managed_identity {
            let identity = object([("client_id", json!(identity))]);
            return Ok(Some(json!({"managed_identity": identity})));
        }
        let Some(path) = &self.secret_file else { return Ok(None) };
        let text = Source::from_path(path).text(TOKEN_LIMIT)?;
        let secret = text.trim_end_matches(['\r', '\n']);
        if secret.is_empty() {
            return Err(Failure::new(code::INPUT_EMPTY, "there is no secret in the input"));
        }
        Ok(Some(json!({"unsafe_secret": {"secret": secret}})))
    }

    fn user(&self) -> Result<Value, Failure> {
        let user = needed("--agent-user", self.agent_user.as_ref())?;
        Ok(match user.contains('@') {
            true => json!({"principal_name": user}),
            false => json!({"object_id": user}),
        })
    }

    fn user_token(&self) -> Result<String, Failure> {
        Source::from_argument(needed("--user-token", self.user_token.as_ref())?).token()
    }

    fn target(&self) -> Result<Value, Failure> {
        if self.scope.is_empty() {
            return Err(missing("--scope"));
        }
        Ok(object([
            ("scopes", json!(self.scope)),
            ("audiences", json!(self.audiences())),
            ("opaque", json!(self.accept_opaque.then_some("accept"))),
            ("claims", json!(self.claims)),
        ]))
    }

    fn audiences(&self) -> Vec<String> {
        match self.audience.is_empty() {
            true => audiences_of(&self.scope),
            false => self.audience.clone(),
        }
    }

    fn token_exchange(&self) -> Result<Value, Failure> {
        let first = self.audience.first().ok_or_else(|| missing("--audience"))?;
        let actor_token = self.actor_token.as_deref().map(Source::from_argument);
        let outcome = object([
            ("audiences", json!(self.audience)),
            ("actor", json!(self.actor)),
            ("opaque", json!(self.accept_opaque.then_some("accept"))),
        ]);
        Ok(json!({"token_exchange": object([
            ("token_endpoint", json!(needed("--token-endpoint", self.token_endpoint.as_ref())?)),
            ("client", self.client()?),
            ("subject_token", json!(self.user_token()?)),
            ("actor_token", json!(actor_token.map(|source| source.token()).transpose()?)),
            ("audience", json!(self.resource.is_none().then_some(first))),
            ("resource", json!(self.resource)),
            ("scopes", json!(self.scope)),
            ("outcome", outcome),
        ])}))
    }
}

impl HostArguments {
    pub(super) fn carrier(&self) -> Result<Carrier, Failure> {
        let authority = certificate_authorities(self.ca.as_deref())?;
        Carrier::new(authority.as_deref())
    }

    pub(super) fn keys(&self) -> Result<SigningKeys, Failure> {
        let mut keys = SigningKeys::default();
        for given in &self.private_key {
            let (name, path) = match given.split_once('=') {
                Some((name, path)) if !name.contains('/') => (name, path),
                _ => (OWN_KEY, given.as_str()),
            };
            let pem = zeroize::Zeroizing::new(Source::from_path(path).bytes(DOCUMENT_LIMIT)?);
            let key = SigningKey::from_pem(&pem).map_err(|error| {
                let shown = shown_path(path.as_ref());
                Failure::new(code::PRIVATE_KEY_UNUSABLE, format!("`{shown}`: {error}"))
                    .hint("the file must hold an RSA key in PEM form, without a passphrase")
            })?;
            keys.insert(name, key);
        }
        Ok(keys)
    }
}

/// The `aud` values of tokens for these scopes' resource: the resource itself, and for an app id
/// its other form.
pub(in crate::cli) fn audiences_of(scopes: &[String]) -> Vec<String> {
    let mut audiences: Vec<String> = Vec::new();
    let mut add = |audience: String| {
        if !audience.is_empty() && !audiences.contains(&audience) {
            audiences.push(audience);
        }
    };
    for (resource, _) in scopes.iter().filter_map(|scope| scope.rsplit_once('/')) {
        add(resource.to_owned());
        match resource.strip_prefix("api://") {
            Some(id) if Guid::parse(id).is_ok() => add(id.to_owned()),
            None if Guid::parse(resource).is_ok() => add(format!("api://{resource}")),
            _ => {}
        }
    }
    audiences
}

fn needed<'a>(flag: &str, value: Option<&'a String>) -> Result<&'a String, Failure> {
    value.ok_or_else(|| missing(flag))
}

fn missing(flag: &str) -> Failure {
    Failure::new(code::USAGE_MALFORMED, format!("`{flag}` is missing; this flow needs it"))
}

/// The name of `--certificate`'s key in the spec.
const OWN_KEY: &str = "certificate";

const CREDENTIALS: &str =
    "or `--certificate` with `--private-key`, `--managed-identity`, `--secret-file` (unsafe)";

#[cfg(test)]
mod tests {
    use super::audiences_of;

    #[test]
    fn audiences_are_the_resources_and_nothing_else() {
        let of = |scopes: &[&str]| {
            audiences_of(&scopes.iter().map(|scope| (*scope).to_owned()).collect::<Vec<_>>())
        };
        let id = "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d";
        assert_eq!(
            of(&[&format!("api://{id}/tools.read"), &format!("api://{id}/tools.call"), "openid"]),
            [format!("api://{id}"), id.to_owned()]
        );
        assert_eq!(of(&[&format!("{id}/.default")]), [id.to_owned(), format!("api://{id}")]);
        assert_eq!(of(&["https://graph.microsoft.com/.default"]), ["https://graph.microsoft.com"]);
        assert!(of(&["openid", "User.Read"]).is_empty());
    }
}
