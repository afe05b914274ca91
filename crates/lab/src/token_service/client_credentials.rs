//! App-only tokens: T1, X2, an agent's own token, an ordinary app's, a blueprint's for Graph.

use crate::{
    directory::{Application, GRAPH, TOKEN_EXCHANGE, Tenant},
    refusal::{Refusal, code},
};

use super::{
    TokenAnswer, TokenRequest, TokenService,
    access_token::{Audience, Marker},
    client::{Client, Proof},
    scope::Requested,
    shown,
};

impl TokenService<'_> {
    pub(super) fn client_credentials(
        &mut self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenAnswer, Refusal> {
        let tenant = self.tenant(request)?;
        let client = self.client(request, &tenant)?;
        if client.proof == Proof::Public {
            return Err(Refusal::new(
                code::CREDENTIAL_MISSING,
                "'client_assertion', 'client_secret' or 'request' is required for the \
                 'client_credentials' grant type.",
            ));
        }
        let scope = request.form.get("scope").ok_or_else(|| Refusal::missing("scope"))?;
        let requested = Requested::parse(scope)?;
        if !requested.default || !requested.openid.is_empty() {
            return Err(Refusal::new(
                code::SCOPE_NOT_DEFAULT,
                format!(
                    "The provided value for scope {} is not valid. Client credential flows must \
                     have a scope value with /.default suffixed to the resource identifier \
                     (application ID URI).",
                    shown(scope)
                ),
            ));
        }
        let resource = self.resource(&tenant, &requested)?;
        if resource.id == TOKEN_EXCHANGE {
            return self.exchange_token(request, &tenant, &client, &resource);
        }
        if client.application.is_blueprint() && resource.id != GRAPH {
            return Err(Refusal::new(
                code::AGENTIC_APP_ONLY,
                format!(
                    "The agentic application '{}' is not permitted to request app-only tokens for \
                     resource '{}'.",
                    client.application.id, resource.id
                ),
            ));
        }
        let roles = self.directory.application_roles(&tenant, &client.application, &resource);
        if resource.assignment_required && roles.is_empty() {
            return Err(not_assigned(&client.application, &resource));
        }
        self.check_app_access(&tenant, &client.application, &resource)?;
        let audience = Audience { resource: &resource, requested: requested.audience() };
        let (token, lifetime) = self.app_token(&tenant, &client, &audience, &roles, None)?;
        Ok(TokenAnswer::app(token, lifetime))
    }

    /// A token of a managed identity, as the platform hands it out.
    ///
    /// # Errors
    /// [`Refusal`] when there is no such identity or resource.
    pub fn managed_identity(
        &mut self,
        tenant: &str,
        identity: &str,
        resource: &str,
    ) -> Result<TokenAnswer, Refusal> {
        let tenant = self.find_tenant(tenant)?;
        let form = [("client_id", identity)].into_iter().collect();
        let application = self.find_client(&tenant, &form)?;
        let requested = Requested::parse(&format!("{resource}/.default"))?;
        let resource = self.resource(&tenant, &requested)?;
        let client = Client {
            application,
            proof: Proof::Platform,
            claims: super::claims_parameter::ClaimsParameter::default(),
        };
        let roles = self.directory.application_roles(&tenant, &client.application, &resource);
        let audience = Audience { resource: &resource, requested: requested.audience() };
        let (token, lifetime) = self.app_token(&tenant, &client, &audience, &roles, None)?;
        Ok(TokenAnswer::app(token, lifetime))
    }

    fn exchange_token(
        &mut self,
        request: &TokenRequest<'_>,
        tenant: &Tenant,
        client: &Client,
        resource: &Application,
    ) -> Result<TokenAnswer, Refusal> {
        let application = &client.application;
        let marker = if application.is_blueprint() {
            let path = request.form.get("fmi_path").ok_or_else(|| {
                Refusal::new(
                    code::FMI_PATH_MISSING,
                    format!(
                        "The agentic application '{}' must name the agent identity in 'fmi_path' \
                         to request a token exchange token.",
                        application.id
                    ),
                )
            })?;
            let subject = fmi_path(path)
                .and_then(|path| self.exchange_subject(tenant, &application.id, path))
                .ok_or_else(|| Refusal::malformed("The value of 'fmi_path' is not valid."))?;
            Marker::Blueprint { subject }
        } else if client.proof == Proof::Blueprint {
            Marker::Agent
        } else if client.proof == Proof::Federated {
            Marker::Federated
        } else {
            Marker::Plain
        };
        let audience = Audience { resource, requested: &resource.id };
        let (token, lifetime) = self.app_token(tenant, client, &audience, &[], Some(marker))?;
        Ok(TokenAnswer::app(token, lifetime))
    }
}

/// A federated-identity path: segments of letters, digits, `-`, `_`, `.`, none of them empty or
/// only dots.
fn fmi_path(path: &str) -> Option<&str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let good = path.len() <= 600
        && path.split('/').all(|segment| {
            !segment.is_empty()
                && !segment.chars().all(|character| character == '.')
                && segment.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it))
        });
    good.then_some(path)
}

fn not_assigned(client: &Application, resource: &Application) -> Refusal {
    Refusal::new(
        code::NOT_ASSIGNED,
        format!(
            "Application '{}'({}) is not assigned to a role for the application '{}'({}).",
            client.id, client.name, resource.id, resource.name
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::fmi_path;

    #[test]
    fn a_path_is_not_a_way_out() {
        assert_eq!(fmi_path("a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b").map(str::len), Some(36));
        assert_eq!(fmi_path("/n/plugin/e/1"), Some("n/plugin/e/1"));
        for path in ["", "/", "a//b", "../a", "a/..", "a b", "a&b=c", "a\u{e9}"] {
            assert_eq!(fmi_path(path), None, "{path}");
        }
    }
}
