//! Blueprints: the application, its principal, its credentials, what it exposes.

use serde_json::{Value, json};

use crate::{
    directory::{Application, ApplicationKind, Credential, Federated, GRAPH, IssuerKeys, Secret},
    settings::{ApplicationConsent, OptionalClaim},
};

use super::{Graph, GraphAnswer, GraphRefusal, created, nothing, text, texts};

impl Graph<'_> {
    pub(super) fn create_blueprint(&mut self, body: &Value) -> Result<GraphAnswer, GraphRefusal> {
        self.caller
            .demand(&["AgentIdentityBlueprint.Create", "AgentIdentityBlueprint.ReadWrite.All"])?;
        let kind = body.get("@odata.type").and_then(Value::as_str).unwrap_or_default();
        let kind = kind.trim_start_matches('#').to_ascii_lowercase();
        if !kind.is_empty() && kind != "microsoft.graph.agentidentityblueprint" {
            return Err(GraphRefusal::bad("The lab makes only agent identity blueprints."));
        }
        if texts(body, "/sponsors@odata.bind").is_empty() {
            return Err(GraphRefusal::bad(
                "No sponsor specified. Please provide at least one sponsor.",
            ));
        }
        let name = text(body, "displayName")?.to_owned();
        let count = self
            .directory
            .applications
            .values()
            .filter(|it| it.is_blueprint() && it.home.as_ref() == Some(&self.caller.tenant))
            .count();
        if count >= MOST_BLUEPRINTS {
            return Err(limit("blueprints per tenant"));
        }
        let id = self.random.guid();
        let blueprint = Application {
            id: id.clone(),
            name: name.clone(),
            kind: ApplicationKind::Blueprint,
            home: Some(self.caller.tenant.clone()),
            disabled: false,
            public: false,
            microsoft: false,
            token_version: 2,
            header_nonce: false,
            continuous_access: false,
            assignment_required: false,
            identifier_uris: Vec::new(),
            scopes: Vec::new(),
            app_roles: Vec::new(),
            optional_claims: Vec::new(),
            pre_authorised: Vec::new(),
            credentials: Vec::new(),
            inheritable: Vec::new(),
        };
        self.directory.applications.insert(id.clone(), blueprint);
        Ok(created(json!({
            "@odata.type": "#microsoft.graph.agentIdentityBlueprint",
            "id": id, "appId": id, "displayName": name,
        })))
    }

    pub(super) fn create_blueprint_principal(
        &mut self,
        body: &Value,
    ) -> Result<GraphAnswer, GraphRefusal> {
        self.caller.demand(&[
            "AgentIdentityBlueprintPrincipal.Create",
            "AgentIdentityBlueprint.ReadWrite.All",
        ])?;
        let id = text(body, "appId")?.to_ascii_lowercase();
        let home = Some(&self.caller.tenant);
        let known = self.directory.applications.get(&id);
        let Some(name) = known
            .filter(|it| it.is_blueprint() && it.home.as_ref() == home)
            .map(|it| it.name.clone())
        else {
            return Err(GraphRefusal::not_found(&id));
        };
        let principal = self.random.guid();
        let tenant = self.tenant_mut()?;
        if tenant.principals.contains_key(&id) {
            return Err(GraphRefusal::new(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "The service principal cannot be created because the service principal name is \
                 already in use.",
            ));
        }
        tenant.principals.insert(id.clone(), principal.clone());
        tenant.application.push(ApplicationConsent {
            client: id.clone(),
            resource: GRAPH.to_owned(),
            roles: vec![
                "AgentIdentity.CreateAsManager".to_owned(),
                "AgentIdUser.ReadWrite.IdentityParentedBy".to_owned(),
            ],
        });
        Ok(created(json!({
            "@odata.type": "#microsoft.graph.agentIdentityBlueprintPrincipal",
            "id": principal, "appId": id, "displayName": name,
        })))
    }

    pub(super) fn add_password(
        &mut self,
        id: &str,
        body: &Value,
    ) -> Result<GraphAnswer, GraphRefusal> {
        let id = self.credential_target(id)?;
        let secret = format!("{}~{}", self.random.readable(3), self.random.opaque(27));
        let key_id = self.random.guid();
        let expires = self.now.saturating_add(HALF_YEAR);
        if let Some(application) = self.directory.applications.get_mut(&id) {
            let credential = Credential::Secret(Secret::new(&secret, Some(expires)));
            application.credentials.push(credential);
        }
        let name = body.pointer("/passwordCredential/displayName").cloned();
        Ok(GraphAnswer {
            status: 200,
            body: json!({
                "keyId": key_id,
                "displayName": name,
                "secretText": secret,
                "hint": secret.chars().take(3).collect::<String>(),
                "endDateTime": crate::refusal::timestamp(expires).replace(' ', "T"),
            }),
        })
    }

    pub(super) fn add_federated(
        &mut self,
        id: &str,
        body: &Value,
    ) -> Result<GraphAnswer, GraphRefusal> {
        let id = self.credential_target(id)?;
        let name = text(body, "name")?.to_owned();
        let good = (3..=120).contains(&name.len())
            && name.chars().all(|it| it.is_ascii_alphanumeric() || "-_".contains(it));
        if !good {
            return Err(GraphRefusal::bad(
                "The name of a federated identity credential has 3 to 120 URL-friendly characters.",
            ));
        }
        let (issuer, subject) =
            (text(body, "issuer")?.to_owned(), text(body, "subject")?.to_owned());
        let audiences = texts(body, "/audiences");
        let [audience] = audiences.as_slice() else {
            return Err(GraphRefusal::bad(
                "A federated identity credential has exactly one audience.",
            ));
        };
        let key_id = self.random.guid();
        let Some(application) = self.directory.applications.get_mut(&id) else {
            return Err(GraphRefusal::not_found(&id));
        };
        let federated: Vec<&Federated> = application
            .credentials
            .iter()
            .filter_map(|credential| match credential {
                Credential::Federated(federated) => Some(federated),
                _ => None,
            })
            .collect();
        if federated.len() >= MOST_FEDERATED {
            return Err(limit("federated identity credentials per application"));
        }
        if federated.iter().any(|it| it.issuer == issuer && it.subject == subject) {
            return Err(GraphRefusal::new(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "FederatedIdentityCredential with the same issuer and subject already exists.",
            ));
        }
        application.credentials.push(Credential::Federated(Federated {
            issuer: issuer.clone(),
            subject: subject.clone(),
            audience: audience.clone(),
            keys: IssuerKeys::Discovered,
        }));
        Ok(created(json!({
            "id": key_id, "name": name, "issuer": issuer, "subject": subject,
            "audiences": audiences,
        })))
    }

    pub(super) fn change_application(
        &mut self,
        id: &str,
        body: &Value,
    ) -> Result<GraphAnswer, GraphRefusal> {
        self.caller.demand(&["AgentIdentityBlueprint.ReadWrite.All"])?;
        let id = self.created_id(id)?;
        let taken = texts(body, "/identifierUris").into_iter().find(|uri| {
            self.directory
                .applications
                .values()
                .any(|other| other.id != id && other.identifier_uris.contains(uri))
        });
        if taken.is_some() {
            return Err(GraphRefusal::bad(
                "Another object with the same value for property identifierUris already exists.",
            ));
        }
        let Some(application) = self.directory.applications.get_mut(&id) else {
            return Err(GraphRefusal::not_found(&id));
        };
        if body.get("identifierUris").is_some() {
            application.identifier_uris = texts(body, "/identifierUris");
        }
        if let Some(scopes) = body.pointer("/api/oauth2PermissionScopes").and_then(Value::as_array)
        {
            application.scopes = scopes
                .iter()
                .filter(|scope| scope.get("isEnabled") != Some(&Value::Bool(false)))
                .filter_map(|scope| scope.get("value").and_then(Value::as_str))
                .map(str::to_owned)
                .collect();
        }
        if let Some(version) = body.pointer("/api/requestedAccessTokenVersion") {
            application.token_version = if version.as_u64() == Some(2) { 2 } else { 1 };
        }
        if let Some(claims) = body.pointer("/optionalClaims/accessToken").and_then(Value::as_array)
        {
            application.optional_claims = claims
                .iter()
                .filter_map(|claim| {
                    Some(OptionalClaim {
                        name: claim.get("name")?.as_str()?.to_owned(),
                        additional_properties: texts(claim, "/additionalProperties"),
                    })
                })
                .collect();
        }
        Ok(nothing())
    }

    /// The blueprint that gets a credential.
    fn credential_target(&self, id: &str) -> Result<String, GraphRefusal> {
        self.caller.demand(&[
            "AgentIdentityBlueprint.AddRemoveCreds.All",
            "AgentIdentityBlueprint.ReadWrite.All",
        ])?;
        let id = self.created_id(id)?;
        match self.directory.applications.get(&id) {
            Some(application) if application.blueprint().is_some() => Err(GraphRefusal::new(
                400,
                "AgentIdentity_CredentialsNotSupported",
                "Agent identities cannot have credentials of their own.",
            )),
            _ => Ok(id),
        }
    }

    /// An application of the tenant, even one without a service principal yet.
    fn created_id(&self, id: &str) -> Result<String, GraphRefusal> {
        let home = Some(&self.caller.tenant);
        match self.directory.applications.get(id) {
            Some(application) if application.home.as_ref() == home => Ok(id.to_owned()),
            _ => self.application_id(id),
        }
    }
}

/// Too many.
pub(super) fn limit(what: &str) -> GraphRefusal {
    GraphRefusal::new(
        400,
        "AgentIdentity_LimitExceeded",
        format!("The limit of {what} is exceeded."),
    )
}

const HALF_YEAR: u64 = 180 * 86_400;
const MOST_BLUEPRINTS: usize = 250;
const MOST_FEDERATED: usize = 20;
