//! Who asks, and how it proved that.

use crate::{
    directory::{Application, Credential, Tenant},
    form::Form,
    refusal::{Refusal, code},
};

use super::{
    CLIENT_CREDENTIALS, TokenRequest, TokenService, assertion::Assertion, claims_parameter,
    claims_parameter::ClaimsParameter, shown,
};

/// An authenticated client.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) application: Application,
    pub(super) proof: Proof,
    pub(super) claims: ClaimsParameter,
}

/// How a client proved itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// A public client: not at all.
    Public,
    Secret,
    Certificate,
    /// A token of another issuer.
    Federated,
    /// T1: an agent identity through its blueprint.
    Blueprint,
    /// The platform's: a managed identity.
    Platform,
}

impl Proof {
    /// `azpacr` and `appidacr`.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Public => "0",
            Self::Secret => "1",
            Self::Certificate | Self::Federated | Self::Blueprint | Self::Platform => "2",
        }
    }
}

impl TokenService<'_> {
    /// Finds and authenticates the client.
    pub(super) fn client(
        &self,
        request: &TokenRequest<'_>,
        tenant: &Tenant,
    ) -> Result<Client, Refusal> {
        let form = request.form;
        let application = self.find_client(tenant, form)?;
        let claims = claims_parameter::read(form)?;
        let proof = self.proof(request, tenant, &application)?;
        Ok(Client { application, proof, claims })
    }

    pub(super) fn find_client(&self, tenant: &Tenant, form: &Form) -> Result<Application, Refusal> {
        let id = form.get("client_id").ok_or_else(|| Refusal::missing("client_id"))?;
        let application = self.directory.application(tenant, id).ok_or_else(|| {
            Refusal::new(
                code::CLIENT_UNKNOWN,
                format!(
                    "Application with identifier '{}' was not found in the directory '{}'. This \
                     can happen if the application has not been installed by the administrator \
                     of the tenant or consented to by any user in the tenant. You may have sent \
                     your authentication request to the wrong tenant.",
                    shown(id),
                    tenant.name
                ),
            )
        })?;
        let parent_disabled = application
            .blueprint()
            .and_then(|blueprint| self.directory.applications.get(blueprint))
            .is_some_and(|blueprint| blueprint.disabled);
        if application.disabled || parent_disabled {
            return Err(Refusal::new(
                code::CLIENT_DISABLED,
                format!("Application '{}'({}) is disabled.", application.id, application.name),
            ));
        }
        Ok(application.clone())
    }

    fn proof(
        &self,
        request: &TokenRequest<'_>,
        tenant: &Tenant,
        application: &Application,
    ) -> Result<Proof, Refusal> {
        let form = request.form;
        let secret = form.get("client_secret");
        let assertion = form.get("client_assertion");
        if application.public {
            return if secret.is_some() || assertion.is_some() {
                Err(Refusal::new(
                    code::PUBLIC_CLIENT_WITH_CREDENTIAL,
                    "Client is public so neither 'client_assertion' nor 'client_secret' should be \
                     presented.",
                ))
            } else {
                Ok(Proof::Public)
            };
        }
        match (secret, assertion) {
            (None, None) => Err(absent(form)),
            (Some(_), Some(_)) => Err(Refusal::malformed(
                "Both 'client_secret' and 'client_assertion' are presented.",
            )),
            (Some(secret), None) => self.secret(application, secret),
            (None, Some(token)) => {
                match form.get("client_assertion_type") {
                    Some(ASSERTION_TYPE) => {}
                    Some(_) => {
                        return Err(Refusal::malformed(
                            "The value of 'client_assertion_type' is not supported.",
                        ));
                    }
                    None => return Err(Refusal::missing("client_assertion_type")),
                }
                let token = Assertion::parse(token)?;
                let issuer = token.text("iss").unwrap_or_default();
                if application.blueprint().is_some() {
                    self.blueprint_proof(tenant, application, &token)
                } else if issuer.eq_ignore_ascii_case(&application.id) {
                    self.certificate_proof(tenant, application, &token)
                } else {
                    self.federated_proof(request, application, &token)
                }
            }
        }
    }

    fn secret(&self, application: &Application, presented: &str) -> Result<Proof, Refusal> {
        let found = application.credentials.iter().find_map(|credential| match credential {
            Credential::Secret(secret) if secret.is(presented) => Some(secret),
            _ => None,
        });
        match found {
            None => Err(Refusal::new(
                code::SECRET_WRONG,
                format!(
                    "Invalid client secret provided. Ensure the secret being sent in the request \
                     is the client secret value, not the client secret ID, for a secret added to \
                     app '{}'.",
                    application.id
                ),
            )),
            Some(secret) if secret.expires.is_some_and(|end| end <= self.now) => Err(Refusal::new(
                code::SECRET_EXPIRED,
                format!(
                    "The provided client secret keys for app '{}' are expired. Create new \
                         keys for your app.",
                    application.id
                ),
            )),
            Some(_) => Ok(Proof::Secret),
        }
    }
}

fn absent(form: &Form) -> Refusal {
    if form.get("grant_type") == Some(CLIENT_CREDENTIALS) {
        Refusal::new(
            code::CREDENTIAL_MISSING,
            "'client_assertion', 'client_secret' or 'request' is required for the \
             'client_credentials' grant type.",
        )
    } else {
        Refusal::new(
            code::CREDENTIAL_ABSENT,
            "The request body must contain the following parameter: 'client_assertion' or \
             'client_secret'.",
        )
    }
}

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
