//! Grants: delegated permissions and app roles.

use serde_json::{Value, json};

use crate::{
    guid,
    settings::{ApplicationConsent, DelegatedConsent},
};

use super::{Graph, GraphAnswer, GraphRefusal, created, text};

impl Graph<'_> {
    /// `POST /oauth2PermissionGrants`.
    pub(super) fn grant(&mut self, body: &Value) -> Result<GraphAnswer, GraphRefusal> {
        self.caller.demand(&["DelegatedPermissionGrant.ReadWrite.All"])?;
        let tenant = self.tenant()?;
        let by_principal = |name: &str| {
            let id = text(body, name)?;
            self.directory.by_principal(tenant, id).ok_or_else(|| GraphRefusal::not_found(id))
        };
        let client = by_principal("clientId")?.id.clone();
        let resource = by_principal("resourceId")?;
        let scopes: Vec<String> =
            text(body, "scope")?.split_ascii_whitespace().map(str::to_owned).collect();
        if let Some(unknown) = scopes.iter().find(|scope| !resource.scopes.contains(scope)) {
            return Err(GraphRefusal::bad(format!("The scope '{unknown}' is not defined.")));
        }
        let person = match text(body, "consentType")? {
            "AllPrincipals" => None,
            "Principal" => {
                let id = text(body, "principalId")?;
                Some(tenant.user(id).ok_or_else(|| GraphRefusal::not_found(id))?.id.clone())
            }
            _ => return Err(GraphRefusal::bad("Invalid value for property 'consentType'.")),
        };
        let consent = DelegatedConsent { client, resource: resource.id.clone(), scopes, person };
        let tenant = self.tenant_mut()?;
        let known = tenant.delegated.iter().any(|it| {
            it.client == consent.client
                && it.resource == consent.resource
                && it.person == consent.person
        });
        if known {
            return Err(GraphRefusal::new(
                409,
                "Request_MultipleObjectsWithSameKeyValue",
                "Permission entry already exists.",
            ));
        }
        tenant.delegated.push(consent);
        let mut answer = body.clone();
        if let Some(members) = answer.as_object_mut() {
            members.insert("id".to_owned(), self.random.opaque(30).into());
        }
        Ok(created(answer))
    }

    /// `POST /servicePrincipals/{id}/appRoleAssignments`.
    pub(super) fn assign_role(
        &mut self,
        of: &str,
        body: &Value,
    ) -> Result<GraphAnswer, GraphRefusal> {
        self.caller.demand(&["AppRoleAssignment.ReadWrite.All"])?;
        let tenant = self.tenant()?;
        let find = |id: &str| {
            self.directory.by_principal(tenant, id).ok_or_else(|| GraphRefusal::not_found(id))
        };
        find(of)?;
        let principal = text(body, "principalId")?.to_owned();
        let client = find(&principal)?;
        let resource = find(text(body, "resourceId")?)?;
        let role_id = text(body, "appRoleId")?;
        let role = resource
            .app_roles
            .iter()
            .find(|role| app_role_id(&resource.id, role) == role_id)
            .ok_or_else(|| {
                GraphRefusal::bad("Permission being assigned was not found on application.")
            })?;
        let consent = ApplicationConsent {
            client: client.id.clone(),
            resource: resource.id.clone(),
            roles: vec![role.clone()],
        };
        let tenant = self.tenant_mut()?;
        if tenant.application.contains(&consent) {
            return Err(GraphRefusal::bad(
                "Permission being assigned already exists on the object.",
            ));
        }
        tenant.application.push(consent);
        let mut answer = body.clone();
        if let Some(members) = answer.as_object_mut() {
            members.insert("id".to_owned(), self.random.opaque(30).into());
            members.insert("principalType".to_owned(), json!("ServicePrincipal"));
        }
        Ok(created(answer))
    }
}

/// The id of an app role, which the lab makes from its value.
pub(super) fn app_role_id(application: &str, role: &str) -> String {
    guid::derived(&["app role", application, role])
}
