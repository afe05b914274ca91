//! `user_fic`: an agent identity signs its own user account in, with X2.

use crate::{
    directory::{Application, TOKEN_EXCHANGE, Tenant, User},
    form::Form,
    guid,
    refusal::{Refusal, code},
};

use super::{
    TokenAnswer, TokenRequest, TokenService,
    assertion::{Assertion, InTime},
    federated_proof::{wrong_audience, wrong_issuer, wrong_subject},
    scope::Requested,
    user_token::UserRequest,
};

impl TokenService<'_> {
    pub(super) fn user_federated(
        &mut self,
        request: &TokenRequest<'_>,
    ) -> Result<TokenAnswer, Refusal> {
        let form = request.form;
        let tenant = self.tenant(request)?;
        let client = self.client(request, &tenant)?;
        let agent = &client.application;
        if agent.blueprint().is_none() {
            return Err(Refusal::new(
                code::GRANT_UNSUPPORTED,
                format!("The application '{}' may not use the grant type 'user_fic'.", agent.id),
            ));
        }
        let token = form
            .get("user_federated_identity_credential")
            .ok_or_else(|| Refusal::missing("user_federated_identity_credential"))?;
        let scope = form.get("scope").ok_or_else(|| Refusal::missing("scope"))?;
        let requested = Requested::parse(scope)?;
        self.check_agent_token(&tenant, agent, &Assertion::parse(token)?)?;
        let user = self.named_user(&tenant, form)?;
        if user.agent.as_ref() != Some(&agent.id) {
            return Err(wrong_subject(&agent.id));
        }
        let session = self.session(false, Vec::new());
        self.user_answer(&UserRequest {
            tenant: &tenant,
            client: &client,
            user: &user,
            requested: &requested,
            session: &session,
            through: None,
            address: request.address,
            client_info: form.get("client_info") == Some("1"),
        })
    }

    fn named_user(&self, tenant: &Tenant, form: &Form) -> Result<User, Refusal> {
        match (form.get("username"), form.get("user_id")) {
            (Some(_), Some(_)) => {
                Err(Refusal::malformed("Both 'username' and 'user_id' are presented."))
            }
            (None, None) => Err(Refusal::missing("username")),
            (Some(upn), None) => match tenant.user_by_name(upn) {
                Some(user) => self.find_user(tenant, &user.id),
                None => self.find_user(tenant, upn),
            },
            (None, Some(id)) if guid::parse(id).is_some() => self.find_user(tenant, id),
            (None, Some(_)) => Err(Refusal::new(
                code::GENERIC,
                "There was an error issuing a token or an issue with our sign-in service.",
            )),
        }
    }

    /// Checks X2.
    fn check_agent_token(
        &self,
        tenant: &Tenant,
        agent: &Application,
        token: &Assertion<'_>,
    ) -> Result<(), Refusal> {
        let issuer = token.text("iss").unwrap_or_default();
        if self.tenant_of_issuer(issuer).is_none_or(|of| of.id != tenant.id) {
            return Err(wrong_issuer(issuer));
        }
        if !token.is_signed_by(self.keys) {
            return Err(Refusal::new(
                code::ASSERTION_INVALID,
                "Assertion failed signature validation. [Reason - The signature does not match.]",
            ));
        }
        let audiences = token.audiences();
        if audiences != [TOKEN_EXCHANGE] {
            return Err(wrong_audience(&audiences));
        }
        let subject = token.text("sub").unwrap_or_default();
        if token.text("azp") != Some(&agent.id) || subject != agent.id {
            return Err(wrong_subject(subject));
        }
        if token.in_time(self.now) == InTime::No {
            return Err(Refusal::new(
                code::ASSERTION_EXPIRED,
                format!("Assertion is not within its valid time range. {}", token.range(self.now)),
            ));
        }
        Ok(())
    }
}
