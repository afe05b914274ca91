//! Answers whose access token has a user as its subject.

use serde_json::json;
use vicar_token::base64url;

use crate::{
    claims::Claims,
    directory::{Application, GRAPH, Tenant, User},
    grants::{RefreshGrant, Session},
    refusal::{Refusal, code},
    signing::HeaderForm,
};

use super::{
    TokenAnswer, TokenService,
    access_token::{Audience, Subject, pairwise},
    claims_parameter::ClaimsParameter,
    client::{Client, Proof},
    scope::{Requested, invalid},
    shown,
};

/// A user's request, authenticated.
#[derive(Clone, Copy, Debug)]
pub(super) struct UserRequest<'a> {
    pub(super) tenant: &'a Tenant,
    pub(super) client: &'a Client,
    pub(super) user: &'a User,
    pub(super) requested: &'a Requested,
    pub(super) session: &'a Session,
    /// App id of the audience of the assertion, in on-behalf-of.
    pub(super) through: Option<&'a str>,
    pub(super) address: Option<&'a str>,
    /// The client wants `client_info`.
    pub(super) client_info: bool,
}

/// A sign-in that the lab plays, without a browser.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Tenant id or domain.
    pub tenant: String,
    /// App id of the client.
    pub client: String,
    /// Object id or principal name of the user.
    pub user: String,
    /// What the client asks for.
    pub scope: String,
    /// With multi-factor authentication.
    pub mfa: bool,
    /// Authentication contexts that are met.
    pub contexts: Vec<String>,
}

impl TokenService<'_> {
    /// Signs a user in at a client, as the authorization code flow would.
    ///
    /// # Errors
    /// [`Refusal`], as the token endpoint would refuse the code.
    pub fn sign_in(&mut self, sign_in: &SignIn) -> Result<TokenAnswer, Refusal> {
        let tenant = self.find_tenant(&sign_in.tenant)?;
        let form = [("client_id", sign_in.client.as_str())].into_iter().collect();
        let application = self.find_client(&tenant, &form)?;
        let proof = if application.public { Proof::Public } else { Proof::Secret };
        let client = Client { application, proof, claims: ClaimsParameter::default() };
        let user = self.find_user(&tenant, &sign_in.user)?;
        let session = self.session(sign_in.mfa, sign_in.contexts.clone());
        self.user_answer(&UserRequest {
            tenant: &tenant,
            client: &client,
            user: &user,
            requested: &Requested::parse(&sign_in.scope)?,
            session: &session,
            through: None,
            address: None,
            client_info: true,
        })
    }

    /// A new sign-in.
    pub(super) fn session(&mut self, mfa: bool, contexts: Vec<String>) -> Session {
        Session { id: self.random.guid(), mfa, contexts, started: self.now }
    }

    /// The user with this object id or principal name, who may sign in.
    pub(super) fn find_user(&self, tenant: &Tenant, name: &str) -> Result<User, Refusal> {
        let user = tenant.user(name).or_else(|| tenant.user_by_name(name)).ok_or_else(|| {
            Refusal::new(
                code::USER_UNKNOWN,
                format!(
                    "The user account '{}' does not exist in the '{}' directory. To sign into \
                     this application, the account must be added to the directory.",
                    shown(name),
                    tenant.name
                ),
            )
        })?;
        if user.disabled {
            return Err(Refusal::new(code::USER_DISABLED, "The user account is disabled."));
        }
        Ok(user.clone())
    }

    /// Conditional Access, consent, tokens.
    pub(super) fn user_answer(
        &mut self,
        request: &UserRequest<'_>,
    ) -> Result<TokenAnswer, Refusal> {
        let UserRequest { tenant, client, user, requested, session, .. } = *request;
        let resource = self.resource(tenant, requested)?;
        if resource.assignment_required && !user.app_roles.contains_key(&resource.id) {
            return Err(Refusal::new(
                code::USER_NOT_ASSIGNED,
                format!(
                    "Your administrator has configured the application {} ('{}') to block users \
                     unless they are specifically granted ('assigned') access to the application.",
                    resource.name, resource.id
                ),
            ));
        }
        self.check_user_access(tenant, user, &resource, session, &client.claims)?;
        let granted = self.granted(request, &resource)?;
        let mut scopes = granted.clone();
        if resource.id == GRAPH {
            scopes.extend(requested.openid.iter().filter(|it| *it != "offline_access").cloned());
        }
        let subject = Subject {
            user,
            scopes: &scopes,
            session,
            through: request.through,
            address: request.address,
        };
        let audience = Audience { resource: &resource, requested: requested.audience() };
        let (token, lifetime) = self.delegated_token(tenant, client, &audience, &subject)?;
        let mut answer = TokenAnswer::app(token, lifetime);
        answer.scope = Some(written(requested, &granted));
        if requested.has("offline_access") {
            answer.refresh_token = Some(self.refresh_token(request));
        }
        if requested.has("openid") {
            answer.id_token = Some(self.id_token(request)?);
        }
        if request.client_info {
            let info = json!({"uid": user.id, "utid": tenant.id}).to_string();
            answer.client_info = Some(base64url::encode(info.as_bytes()));
        }
        Ok(answer)
    }

    /// The scopes of the resource that the client gets.
    fn granted(
        &self,
        request: &UserRequest<'_>,
        resource: &Application,
    ) -> Result<Vec<String>, Refusal> {
        let UserRequest { tenant, client, user, requested, .. } = *request;
        if let Some(unknown) = requested.names.iter().find(|it| !resource.scopes.contains(it)) {
            return Err(invalid(&requested.written(unknown)));
        }
        let consented =
            self.directory.delegated_scopes(tenant, &client.application, resource, &user.id);
        let all = requested.names.iter().all(|name| consented.contains(name));
        if !all || (requested.default && consented.is_empty()) {
            let application = &client.application;
            return Err(Refusal::new(
                code::CONSENT_MISSING,
                format!(
                    "The user or administrator has not consented to use the application with ID \
                     '{}' named '{}'. Send an interactive authorization request for this user and \
                     resource.",
                    application.id, application.name
                ),
            ));
        }
        Ok(if requested.default { consented } else { requested.names.clone() })
    }

    fn refresh_token(&mut self, request: &UserRequest<'_>) -> String {
        let token = format!("1.{}.AgAB{}", self.random.opaque(48), self.random.opaque(120));
        self.grants.refresh.insert(
            token.clone(),
            RefreshGrant {
                tenant: request.tenant.id.clone(),
                client: request.client.application.id.clone(),
                user: request.user.id.clone(),
                session: request.session.clone(),
                scope: request.requested.text.clone(),
                used: self.now,
            },
        );
        token
    }

    fn id_token(&mut self, request: &UserRequest<'_>) -> Result<String, Refusal> {
        let UserRequest { tenant, client, user, .. } = *request;
        let mut claims = Claims::default();
        claims.set("aud", client.application.id.as_str());
        claims.set("iss", self.authority.issuer(2, &tenant.id));
        claims.set("iat", self.now);
        claims.set("nbf", self.now);
        claims.set("exp", self.now.saturating_add(tenant.lifetimes.id_token));
        claims.set("name", user.name.as_str());
        claims.set("oid", user.id.as_str());
        claims.set("preferred_username", user.upn.as_str());
        claims.set("rh", format!("1.{}.", self.random.opaque(48)));
        claims.set("sid", request.session.id.as_str());
        claims.set("sub", pairwise(tenant, user, &client.application.id));
        claims.set("tid", tenant.id.as_str());
        claims.set("uti", self.unique_id());
        claims.set("ver", "2.0");
        self.sign(&claims, HeaderForm::V2)
    }
}

/// The `scope` of the answer.
fn written(requested: &Requested, granted: &[String]) -> String {
    let mut words: Vec<String> = granted.iter().map(|name| requested.written(name)).collect();
    if requested.default {
        words.push(requested.written(".default"));
    }
    let openid = requested.openid.iter().filter(|it| *it != "offline_access");
    words.extend(openid.cloned());
    words.join(" ")
}
