//! On-behalf-of: a middle tier or an agent trades a user's token for one of its own.

use crate::{
    directory::{Application, Tenant},
    refusal::{Refusal, code},
};

use super::{
    TokenAnswer, TokenRequest, TokenService,
    assertion::{Assertion, InTime},
    client::Proof,
    scope::Requested,
    user_token::UserRequest,
};

impl TokenService<'_> {
    pub(super) fn on_behalf_of(
        &mut self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenAnswer, Refusal> {
        let form = request.form;
        let tenant = self.tenant(request)?;
        let client = self.client(request, &tenant)?;
        let application = &client.application;
        if application.is_blueprint() {
            return Err(Refusal::new(
                code::BLUEPRINT_ON_BEHALF_OF,
                format!(
                    "The agent identity blueprint '{}' is not permitted to make on-behalf-of \
                     calls. Use an agent identity as the client.",
                    application.id
                ),
            ));
        }
        if client.proof == Proof::Public {
            return Err(may_not(application));
        }
        let token = form.get("assertion").ok_or_else(|| Refusal::missing("assertion"))?;
        match form.get("requested_token_use") {
            Some("on_behalf_of") => {}
            Some(_) => {
                return Err(Refusal::malformed("The value of 'requested_token_use' is not valid."));
            }
            None => return Err(Refusal::missing("requested_token_use")),
        }
        let scope = form.get("scope").ok_or_else(|| Refusal::missing("scope"))?;
        let requested = Requested::parse(scope)?;
        let token = Assertion::parse(token).map_err(|_| invalid("The token is malformed."))?;
        let reader = self.check_assertion(&tenant, application, &token)?;
        let user = self.find_user(&tenant, token.text("oid").unwrap_or_default())?;
        let session = token.text("uti").and_then(|uti| self.grants.sessions.get(uti)).cloned();
        self.user_answer(&UserRequest {
            tenant: &tenant,
            client: &client,
            user: &user,
            requested: &requested,
            session: &session.unwrap_or_default(),
            through: Some(&reader),
            address: request.address,
            client_info: form.get("client_info") == Some("1"),
        })
    }

    /// Checks Tc. Returns the app id of its audience: the client itself, or an agent's blueprint.
    fn check_assertion(
        &self,
        tenant: &Tenant,
        client: &Application,
        token: &Assertion<'_>,
    ) -> Result<String, Refusal> {
        let of_tenant = self
            .tenant_of_issuer(token.text("iss").unwrap_or_default())
            .is_some_and(|issuer| issuer.id == tenant.id);
        if !of_tenant {
            return Err(invalid("The issuer of the token is not the tenant of the request."));
        }
        if !token.is_signed_by(self.keys) {
            return Err(invalid("The signature does not match."));
        }
        let actor = token.text("azp").or(token.text("appid"));
        if actor.is_none() {
            return Err(Refusal::new(
                code::ID_TOKEN_AS_ASSERTION,
                "Input id_token can't be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' \
                 grant.",
            ));
        }
        let reader = client
            .blueprint()
            .and_then(|blueprint| self.directory.applications.get(blueprint))
            .unwrap_or(client);
        let audience = token.text("aud").unwrap_or_default();
        if !reader.is_audience(audience) {
            return Err(Refusal::new(
                code::ASSERTION_AUDIENCE,
                format!(
                    "Assertion audience does not match the Client app presenting the assertion. \
                     The audience in the assertion was '{}' and the expected audience is '{}' or \
                     one of the Application Uris of this application with App ID '{}'({}). The \
                     downstream client must request a token for the expected audience (the \
                     application that made the OBO request) and this application should use that \
                     token as the assertion.",
                    super::shown(audience),
                    reader.id,
                    reader.id,
                    reader.name
                ),
            ));
        }
        if token.text("scp").is_none() {
            return Err(may_not(client));
        }
        if token.in_time(self.now) == InTime::No {
            return Err(Refusal::new(
                code::ASSERTION_EXPIRED,
                format!(
                    "Assertion is not within its valid time range. Ensure that the access token \
                     is not expired before using it for user assertion, or request a new token. {}",
                    token.range(self.now)
                ),
            ));
        }
        Ok(reader.id.clone())
    }
}

fn may_not(client: &Application) -> Refusal {
    Refusal::new(
        code::ON_BEHALF_OF_FORBIDDEN,
        format!(
            "Application '{}' is not allowed to make application on-behalf-of calls.",
            client.id
        ),
    )
}

fn invalid(why: &str) -> Refusal {
    Refusal::new(
        code::ASSERTION_INVALID,
        format!("Assertion failed signature validation. [Reason - {why}]"),
    )
}
