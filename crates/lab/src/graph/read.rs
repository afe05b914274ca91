//! What the set-up calls read back.

use serde_json::{Value, json};

use crate::{
    directory::{Application, ApplicationKind, Tenant, User},
    form::Form,
    guid,
};

use super::{Graph, GraphAnswer, GraphRefusal, consents::app_role_id, ok};

impl Graph<'_> {
    pub(super) fn read_application(&self, id: &str) -> Result<GraphAnswer, GraphRefusal> {
        let id = self.application_id(id)?;
        let application =
            self.directory.applications.get(&id).ok_or_else(|| GraphRefusal::not_found(&id))?;
        Ok(ok(json!({
            "id": application.id,
            "appId": application.id,
            "displayName": application.name,
            "identifierUris": application.identifier_uris,
            "api": {
                "requestedAccessTokenVersion": application.token_version,
                "oauth2PermissionScopes": scopes(application),
            },
            "optionalClaims": {
                "accessToken": application.optional_claims.iter().map(|claim| json!({
                    "name": claim.name, "essential": false, "source": null,
                    "additionalProperties": claim.additional_properties,
                })).collect::<Vec<_>>(),
            },
        })))
    }

    /// `GET /servicePrincipals?$filter=appId eq '…'`.
    pub(super) fn find_principal(&self, query: &Form) -> Result<GraphAnswer, GraphRefusal> {
        let tenant = self.tenant()?;
        let wanted = query
            .get("$filter")
            .and_then(|filter| filter.strip_prefix("appId eq '")?.strip_suffix('\''))
            .ok_or_else(|| GraphRefusal::bad("The lab knows only the filter appId eq '…'."))?;
        let found: Vec<Value> = self
            .directory
            .application(tenant, wanted)
            .map(|application| principal(tenant, application))
            .into_iter()
            .collect();
        Ok(ok(json!({ "value": found })))
    }

    pub(super) fn read_principal(&self, id: &str) -> Result<GraphAnswer, GraphRefusal> {
        let tenant = self.tenant()?;
        self.directory
            .by_principal(tenant, id)
            .map(|application| ok(principal(tenant, application)))
            .ok_or_else(|| GraphRefusal::not_found(id))
    }

    pub(super) fn read_me(&self) -> Result<GraphAnswer, GraphRefusal> {
        let Some(id) = &self.caller.user else {
            return Err(GraphRefusal::bad(
                "/me request is only valid with delegated authentication flow.",
            ));
        };
        self.caller.demand(&["User.Read", "User.ReadWrite.All"])?;
        self.read_user(id)
    }

    pub(super) fn read_user(&self, id: &str) -> Result<GraphAnswer, GraphRefusal> {
        let tenant = self.tenant()?;
        tenant
            .user(id)
            .or_else(|| tenant.user_by_name(id))
            .map(|user| ok(shown(user)))
            .ok_or_else(|| GraphRefusal::not_found(id))
    }

    pub(super) fn read_organization(&self) -> Result<GraphAnswer, GraphRefusal> {
        let tenant = self.tenant()?;
        Ok(ok(json!({"value": [{"id": tenant.id, "displayName": tenant.name}]})))
    }
}

fn shown(user: &User) -> Value {
    let mut value = json!({
        "id": user.id, "displayName": user.name, "userPrincipalName": user.upn,
        "accountEnabled": !user.disabled,
    });
    if let (Some(agent), Some(members)) = (&user.agent, value.as_object_mut()) {
        members.insert("@odata.type".to_owned(), json!("#microsoft.graph.agentUser"));
        members.insert("identityParentId".to_owned(), json!(agent));
    }
    value
}

fn principal(tenant: &Tenant, application: &Application) -> Value {
    let kind = match &application.kind {
        ApplicationKind::Agent { .. } => "#microsoft.graph.agentIdentity",
        ApplicationKind::Blueprint => "#microsoft.graph.agentIdentityBlueprintPrincipal",
        ApplicationKind::Plain | ApplicationKind::ManagedIdentity { .. } => {
            "#microsoft.graph.servicePrincipal"
        }
    };
    json!({
        "@odata.type": kind,
        "id": tenant.principal(&application.id),
        "appId": application.id,
        "displayName": application.name,
        "accountEnabled": !application.disabled,
        "agentIdentityBlueprintId": application.blueprint(),
        "appRoles": application.app_roles.iter().map(|role| json!({
            "id": app_role_id(&application.id, role), "value": role, "isEnabled": true,
            "allowedMemberTypes": ["Application"],
        })).collect::<Vec<_>>(),
        "oauth2PermissionScopes": scopes(application),
    })
}

fn scopes(application: &Application) -> Vec<Value> {
    application
        .scopes
        .iter()
        .map(|scope| {
            let id = guid::derived(&["scope", &application.id, scope]);
            json!({"id": id, "value": scope, "isEnabled": true, "type": "User"})
        })
        .collect()
}
