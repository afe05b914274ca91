//! The claims of access tokens.

use serde_json::json;
use vicar_token::base64url;

use aws_lc_rs::digest::{SHA256, digest};

use crate::{
    claims::Claims,
    directory::{Application, ApplicationKind, Tenant, User},
    facets::{self, Bearer},
    grants::Session,
    refusal::Refusal,
    signing::HeaderForm,
};

use super::{TokenService, client::Client};

/// Whom a token is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Audience<'a> {
    pub(super) resource: &'a Application,
    /// What the client called it.
    pub(super) requested: &'a str,
}

/// What is special about a token of the exchange resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    /// T1.
    Blueprint { subject: String },
    /// X2.
    Agent,
    /// Of an app that proved itself with a federated credential.
    Federated,
    /// Of any other app.
    Plain,
}

/// A user as the subject of a token.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) user: &'a User,
    pub(super) scopes: &'a [String],
    pub(super) session: &'a Session,
    /// App id of the audience of the assertion, in on-behalf-of.
    pub(super) through: Option<&'a str>,
    pub(super) address: Option<&'a str>,
}

impl TokenService<'_> {
    /// An app-only access token and its lifetime in seconds.
    pub(super) fn app_token(
        &mut self,
        tenant: &Tenant,
        client: &Client,
        audience: &Audience<'_>,
        roles: &[String],
        marker: Option<Marker>,
    ) -> Result<(String, u64), Refusal> {
        let application = &client.application;
        let resource = audience.resource;
        let lifetime = match (&application.kind, &marker) {
            (ApplicationKind::ManagedIdentity { .. }, _) => tenant.lifetimes.managed_identity,
            (_, Some(_)) => tenant.lifetimes.exchange,
            _ => self.lifetime(tenant, client, resource),
        };
        let (mut claims, _) = self.common(tenant, client, audience, lifetime);
        let principal = tenant.principal(&application.id);
        claims.set("oid", principal);
        claims.set("sub", principal);
        if resource.token_version == 1 {
            claims.set("idp", self.authority.issuer(1, &tenant.id));
        }
        if resource.wants("idtyp") {
            claims.set("idtyp", "app");
        }
        if !roles.is_empty() {
            claims.set("roles", roles);
        }
        if let ApplicationKind::ManagedIdentity { resource_id } = &application.kind {
            claims.set("xms_mirid", resource_id.as_str());
        }
        let bearer = self.actor(application);
        let subject = if bearer == Bearer::Agent { bearer } else { Bearer::ServicePrincipal };
        self.facets(&mut claims, client, resource, subject, SERVICE_PRINCIPAL);
        if resource.microsoft && marker.is_none() {
            self.of_microsoft(&mut claims, tenant, application);
            claims.set("wids", json!([APP_ONLY_ROLE]));
        }
        match marker {
            Some(Marker::Blueprint { subject }) => {
                claims.set("sub", subject);
                claims.set("xms_ficinfo", "CAAQABgAIAAoAjAA");
            }
            Some(Marker::Agent) => claims.set("xms_ficinfo", "CAAQABgAIAAoAzAAOAE"),
            Some(Marker::Federated) => claims.set("xms_ficinfo", "CAAQABgAIAAoATAA"),
            Some(Marker::Plain) | None => {}
        }
        Ok((self.mint(claims, header(resource))?, lifetime))
    }

    /// An access token with a user as its subject, and its lifetime in seconds.
    pub(super) fn delegated_token(
        &mut self,
        tenant: &Tenant,
        client: &Client,
        audience: &Audience<'_>,
        subject: &Subject<'_>,
    ) -> Result<(String, u64), Refusal> {
        let application = &client.application;
        let resource = audience.resource;
        let user = subject.user;
        let lifetime = self.lifetime(tenant, client, resource);
        let (mut claims, uti) = self.common(tenant, client, audience, lifetime);
        // Graph tells users apart by client; an API of one's own is the audience of its `sub`.
        let reader = if resource.microsoft { application } else { resource };
        claims.set("oid", user.id.as_str());
        claims.set("sub", pairwise(tenant, user, &reader.id));
        claims.set("name", user.name.as_str());
        claims.set("scp", subject.scopes.join(" "));
        if let Some(roles) = user.app_roles.get(&resource.id) {
            claims.set("roles", roles.as_slice());
        }
        self.sign_in_claims(&mut claims, resource, subject);
        if resource.wants_with("idtyp", "include_user_token") {
            claims.set("idtyp", "user");
        }
        if resource.wants("acct") {
            claims.set("acct", u8::from(user.guest_of.is_some()));
        }
        if resource.optional_claims.iter().any(|it| it.name == "groups") && !user.groups.is_empty()
        {
            claims.set("groups", user.groups.as_slice());
        }
        let bearer = if user.agent.is_some() { Bearer::AgentUser } else { Bearer::Other };
        let relationship = if user.guest_of.is_some() { GUEST } else { MEMBER };
        self.facets(&mut claims, client, resource, bearer, relationship);
        if resource.microsoft {
            self.of_microsoft(&mut claims, tenant, application);
            let mut roles = user.directory_roles.clone();
            roles.push(USER_ROLE.to_owned());
            claims.set("wids", roles);
            if let Some(through) = subject.through {
                claims.set("xms_st", json!({"sub": pairwise(tenant, user, through)}));
            }
        }
        self.grants.sessions.insert(uti, subject.session.clone());
        Ok((self.mint(claims, header(resource))?, lifetime))
    }

    fn lifetime(&mut self, tenant: &Tenant, client: &Client, resource: &Application) -> u64 {
        let lifetimes = &tenant.lifetimes;
        if client.claims.handles_challenges() && resource.continuous_access {
            lifetimes.continuous_access
        } else {
            self.random.between(lifetimes.access_shortest, lifetimes.access_longest)
        }
    }

    /// What every access token has; and its `uti`.
    fn common(
        &mut self,
        tenant: &Tenant,
        client: &Client,
        audience: &Audience<'_>,
        lifetime: u64,
    ) -> (Claims, String) {
        let resource = audience.resource;
        let version = resource.token_version;
        let uti = self.unique_id();
        let mut claims = Claims::default();
        let by_guid = version == 2
            || resource.optional_claims.iter().any(|it| {
                it.name == "aud" && it.additional_properties.iter().any(|it| it == "use_guid")
            });
        let name = if by_guid { &resource.id } else { audience.requested };
        claims.set("aud", name);
        claims.set("iss", self.authority.issuer(version, &tenant.id));
        claims.set("iat", self.now);
        claims.set("nbf", self.now);
        claims.set("exp", self.now.saturating_add(lifetime));
        claims.set("aio", format!("{}=", self.random.opaque(23)));
        let (id, proof) = if version == 1 { ("appid", "appidacr") } else { ("azp", "azpacr") };
        claims.set(id, client.application.id.as_str());
        claims.set(proof, client.proof.code());
        claims.set("rh", format!("1.{}.", self.random.opaque(48)));
        claims.set("tid", tenant.id.as_str());
        claims.set("uti", uti.as_str());
        claims.set("ver", if version == 1 { "1.0" } else { "2.0" });
        if version == 2 || resource.microsoft {
            claims.set("xms_ftd", self.random.opaque(40));
        }
        if resource.wants("xms_cc") && !client.claims.capabilities.is_empty() {
            claims.set("xms_cc", client.claims.capabilities.as_slice());
        }
        (claims, uti)
    }

    fn sign_in_claims(&self, claims: &mut Claims, resource: &Application, subject: &Subject<'_>) {
        let (user, session) = (subject.user, subject.session);
        let mut contexts = session.contexts.clone();
        if resource.microsoft {
            contexts.insert(0, "p1".to_owned());
            if user.agent.is_some() {
                contexts.push("urn:user:registersecurityinfo".to_owned());
            }
        }
        if !contexts.is_empty() {
            claims.set("acrs", contexts);
        }
        if let Some(home) = &user.guest_of {
            claims.set("idp", self.authority.issuer(1, home));
        }
        if resource.token_version == 2 {
            claims.set("preferred_username", user.upn.as_str());
            return;
        }
        claims.set("unique_name", user.upn.as_str());
        claims.set("upn", user.upn.as_str());
        if user.agent.is_some() {
            claims.set("acr", "0");
            return;
        }
        claims.set("acr", "1");
        claims.set("amr", if session.mfa { json!(["pwd", "mfa"]) } else { json!(["pwd"]) });
        claims.set("ipaddr", subject.address.unwrap_or("127.0.0.1"));
        claims.set("platf", "5");
        claims.set("sid", session.id.as_str());
    }

    /// The facet claims that the resource asks for.
    fn facets(
        &mut self,
        claims: &mut Claims,
        client: &Client,
        resource: &Application,
        subject: Bearer,
        relationship: u64,
    ) {
        let actor = self.actor(&client.application);
        let values = [
            ("xms_act_fct", facets::claim(actor, self.random)),
            ("xms_idrel", facets::relationship(relationship, self.random)),
            ("xms_sub_fct", facets::claim(subject, self.random)),
            ("xms_tnt_fct", facets::claim(Bearer::Tenant, self.random)),
        ];
        let exchange = resource.id == crate::directory::TOKEN_EXCHANGE;
        for (name, value) in values {
            if resource.wants(name) && !(exchange && name == "xms_tnt_fct") {
                claims.set(name, value);
            }
        }
        if let Some(blueprint) = client.application.blueprint()
            && resource.wants("xms_par_app_azp")
        {
            claims.set("xms_par_app_azp", blueprint);
        }
    }

    /// What tokens for Microsoft's own resources have besides.
    fn of_microsoft(&mut self, claims: &mut Claims, tenant: &Tenant, client: &Application) {
        claims.set("app_displayname", client.name.as_str());
        claims.set("tenant_region_scope", tenant.region.as_str());
        claims.set("xms_rd", self.random.opaque(30));
        claims.set("xms_tcdt", tenant.created);
    }

    fn actor(&self, application: &Application) -> Bearer {
        match &application.kind {
            ApplicationKind::Agent { .. } => Bearer::Agent,
            _ if application.public && application.microsoft => Bearer::MicrosoftClient,
            _ if application.public => Bearer::Other,
            _ => Bearer::ServicePrincipal,
        }
    }

    /// A `uti`: 22 characters, of which the last two are always the same.
    pub(super) fn unique_id(&mut self) -> String {
        format!("{}AA", self.random.opaque(15))
    }
}

/// A user's subject for one application, which joins nothing across applications.
pub(super) fn pairwise(tenant: &Tenant, user: &User, application: &str) -> String {
    let parts = ["pairwise", &tenant.id, &user.id, application].join("\n");
    base64url::encode(digest(&SHA256, parts.as_bytes()).as_ref())
}

fn header(resource: &Application) -> HeaderForm {
    match (resource.header_nonce, resource.token_version) {
        (true, _) => HeaderForm::Nonce,
        (false, 1) => HeaderForm::V1,
        (false, _) => HeaderForm::V2,
    }
}

/// `xms_idrel` of a member, a guest, a service principal.
const MEMBER: u64 = 1;
const GUEST: u64 = 5;
const SERVICE_PRINCIPAL: u64 = 7;
/// The directory role templates that captured tokens show.
const APP_ONLY_ROLE: &str = "0997a1d0-0d1d-4acb-b408-d5ca73121e90";
const USER_ROLE: &str = "b79fbf4d-3ef9-4689-8143-76b194e85509";
