//! What each hop sends. The order of the fields is that of Microsoft's documentation.

use vicar_token::UnixSeconds;

use super::{Asked, Machine, State, client::ClientAuthentication, hop::Hop};
use crate::{
    Claims, Flow, Guid, HttpRequest, Step, oauth,
    spec::{AgentUser, Entra, Grant, IdentityAssertion, TokenExchange},
    step::{Form, Method, Redirects},
};

impl Machine {
    /// The hop's request, now that the client's proof is there.
    pub(super) fn send(
        &mut self,
        hop: Hop,
        proof: &ClientAuthentication,
        now: UnixSeconds,
    ) -> Step {
        let form = match &self.spec.flow {
            Flow::Entra(entra) => self.entra_form(entra, hop, proof),
            Flow::IdentityAssertion(flow) => self.identity_assertion_form(flow, hop, proof),
            Flow::TokenExchange(flow) => token_exchange_form(flow, proof),
        };
        let mut headers = vec![
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
            ("accept", "application/json".to_owned()),
        ];
        if matches!(self.spec.flow, Flow::Entra(_)) {
            headers.push(("client-request-id", self.correlation_id.to_string()));
        }
        let request = HttpRequest {
            method: Method::Post,
            url: self.endpoint(hop),
            headers,
            form,
            redirects: Redirects::Refuse,
            max_bytes: self.spec.limits.max_answer_bytes,
            deadline: self.request_deadline(now),
        };
        self.state = State::Asked(hop, Asked::Token);
        Step::Send(request)
    }

    /// Where the hop is sent: also the audience of a certificate's assertion.
    pub(super) fn endpoint(&self, hop: Hop) -> String {
        match &self.spec.flow {
            Flow::Entra(Entra { authority, tenant, .. }) => match hop {
                Hop::DeviceAuthorization => authority.device_endpoint(tenant),
                _ => authority.token_endpoint(tenant),
            },
            Flow::IdentityAssertion(flow) => match hop {
                Hop::GrantIssue => flow.provider_endpoint.as_str().to_owned(),
                _ => flow.resource_endpoint.as_str().to_owned(),
            },
            Flow::TokenExchange(flow) => flow.token_endpoint.as_str().to_owned(),
        }
    }

    /// `client_id` of the hop.
    pub(super) fn client_id(&self, hop: Hop) -> String {
        match &self.spec.flow {
            Flow::Entra(entra) => entra_client(&entra.grant, hop).to_string(),
            Flow::IdentityAssertion(flow) => match hop {
                Hop::GrantIssue => flow.provider_client.id.clone(),
                _ => flow.resource_client.id.clone(),
            },
            Flow::TokenExchange(flow) => flow.client.id.clone(),
        }
    }

    fn entra_form(&self, entra: &Entra, hop: Hop, proof: &ClientAuthentication) -> Form {
        let exchange_scope = entra.authority.national_cloud().exchange_scope;
        let mut form = Form::default();
        form.open("client_id", entra_client(&entra.grant, hop).as_str());
        match hop {
            Hop::BlueprintExchange | Hop::AgentExchange => {
                form.open("scope", exchange_scope);
                form.open("grant_type", oauth::CLIENT_CREDENTIALS);
                prove(&mut form, proof);
                if let (Hop::BlueprintExchange, Some(agent)) = (hop, entra.grant.agent()) {
                    form.open("fmi_path", agent.id.as_str());
                }
                return form;
            }
            Hop::DevicePoll => {
                form.open("grant_type", oauth::DEVICE_CODE);
                if let Some(device) = &self.progress.device {
                    form.secret("device_code", &device.device_code);
                }
                return form;
            }
            Hop::DeviceAuthorization | Hop::GrantIssue | Hop::Last => {}
        }
        let Some(target) = entra.grant.target() else { return form };
        form.open("scope", target.scopes.to_field());
        if hop != Hop::DeviceAuthorization {
            form.open("grant_type", grant_type(&entra.grant));
            prove(&mut form, proof);
            self.subject_fields(&mut form, &entra.grant);
        }
        if let Some(claims) = Claims::merge(target.claims.as_ref(), &target.capabilities) {
            form.open("claims", claims.to_json());
        }
        form
    }

    /// On whose behalf.
    fn subject_fields(&self, form: &mut Form, grant: &Grant) {
        match grant {
            Grant::AgentUser { user, .. } => {
                if let Some(x2) = &self.progress.x2 {
                    form.secret("user_federated_identity_credential", &x2.token);
                }
                match user {
                    AgentUser::ObjectId(id) => form.open("user_id", id.as_str()),
                    AgentUser::PrincipalName(name) => form.open("username", name.as_str()),
                }
            }
            Grant::OnBehalfOf { user_assertion, .. }
            | Grant::PlainOnBehalfOf { user_assertion, .. } => {
                form.secret("assertion", user_assertion);
                form.open("requested_token_use", "on_behalf_of");
            }
            Grant::RefreshOnBehalfOf { refresh_token, .. } => {
                form.secret("refresh_token", refresh_token);
            }
            Grant::Autonomous { .. }
            | Grant::BlueprintExchange { .. }
            | Grant::ClientCredentials { .. }
            | Grant::DeviceCode { .. } => {}
        }
    }

    fn identity_assertion_form(
        &self,
        flow: &IdentityAssertion,
        hop: Hop,
        proof: &ClientAuthentication,
    ) -> Form {
        let mut form = Form::default();
        if hop == Hop::GrantIssue {
            form.open("client_id", flow.provider_client.id.as_str());
            scope(&mut form, &flow.scopes);
            form.open("grant_type", oauth::TOKEN_EXCHANGE);
            prove(&mut form, proof);
            form.open("requested_token_type", oauth::ID_JAG_TYPE);
            form.open("audience", flow.resource_issuer.as_str());
            option(&mut form, "resource", flow.resource.as_deref());
            form.secret("subject_token", &flow.subject_token);
            form.open("subject_token_type", flow.subject_token_type.as_str());
        } else {
            form.open("client_id", flow.resource_client.id.as_str());
            scope(&mut form, &flow.scopes);
            form.open("grant_type", oauth::JWT_BEARER);
            prove(&mut form, proof);
            if let Some(grant) = &self.progress.grant {
                form.secret("assertion", grant);
            }
        }
        form
    }
}

fn token_exchange_form(flow: &TokenExchange, proof: &ClientAuthentication) -> Form {
    let mut form = Form::default();
    form.open("client_id", flow.client.id.as_str());
    scope(&mut form, &flow.scopes);
    form.open("grant_type", oauth::TOKEN_EXCHANGE);
    prove(&mut form, proof);
    option(&mut form, "audience", flow.audience.as_deref());
    option(&mut form, "resource", flow.resource.as_deref());
    form.open("requested_token_type", oauth::ACCESS_TOKEN_TYPE);
    form.secret("subject_token", &flow.subject_token);
    form.open("subject_token_type", flow.subject_token_type.as_str());
    if let Some(actor_token) = &flow.actor_token {
        form.secret("actor_token", actor_token);
        form.open("actor_token_type", flow.actor_token_type.as_str());
    }
    form
}

fn prove(form: &mut Form, proof: &ClientAuthentication) {
    match proof {
        ClientAuthentication::Assertion(assertion) => {
            form.open("client_assertion_type", oauth::JWT_BEARER_ASSERTION);
            form.secret("client_assertion", assertion);
        }
        ClientAuthentication::Nothing => {}
        ClientAuthentication::Secret(secret) => form.secret("client_secret", secret),
    }
}

fn scope(form: &mut Form, scopes: &crate::Scopes) {
    if !scopes.is_empty() {
        form.open("scope", scopes.to_field());
    }
}

fn option(form: &mut Form, name: &'static str, value: Option<&str>) {
    if let Some(value) = value {
        form.open(name, value);
    }
}

/// The blueprint for T1, afterwards the agent.
pub(super) const fn entra_client(grant: &Grant, hop: Hop) -> &Guid {
    match grant {
        Grant::ClientCredentials { client, .. } | Grant::PlainOnBehalfOf { client, .. } => {
            &client.id
        }
        Grant::DeviceCode { client, .. } => client,
        Grant::AgentUser { agent, .. }
        | Grant::Autonomous { agent, .. }
        | Grant::BlueprintExchange { agent }
        | Grant::OnBehalfOf { agent, .. }
        | Grant::RefreshOnBehalfOf { agent, .. } => match hop {
            Hop::BlueprintExchange => &agent.blueprint,
            _ => &agent.id,
        },
    }
}

const fn grant_type(grant: &Grant) -> &'static str {
    match grant {
        Grant::AgentUser { .. } => oauth::USER_FIC,
        Grant::Autonomous { .. }
        | Grant::BlueprintExchange { .. }
        | Grant::ClientCredentials { .. } => oauth::CLIENT_CREDENTIALS,
        Grant::DeviceCode { .. } => oauth::DEVICE_CODE,
        Grant::OnBehalfOf { .. } | Grant::PlainOnBehalfOf { .. } => oauth::JWT_BEARER,
        Grant::RefreshOnBehalfOf { .. } => oauth::REFRESH_TOKEN,
    }
}
