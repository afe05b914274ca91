//! Agent identities and their user accounts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::directory::{Application, ApplicationKind, User};

use super::{Graph, GraphAnswer, GraphRefusal, applications::limit, created, text, texts};

impl Graph<'_> {
    pub(super) fn create_agent(&mut self, body: &Value) -> Result<GraphAnswer, GraphRefusal> {
        let by_agent = self
            .directory
            .applications
            .get(&self.caller.client)
            .is_some_and(|client| client.blueprint().is_some());
        if by_agent {
            return Err(GraphRefusal::new(
                403,
                "Error_AgentIdentitiesCreatingAgentIdentitiesNotAllowed",
                "Agent identities cannot create agent identities.",
            ));
        }
        self.caller.demand(&["AgentIdentity.CreateAsManager", "AgentIdentity.ReadWrite.All"])?;
        let name = text(body, "displayName")?.to_owned();
        let blueprint = text(body, "agentIdentityBlueprintId")?.to_ascii_lowercase();
        let tenant = self.tenant()?;
        let known = self.directory.application(tenant, &blueprint);
        if !known.is_some_and(Application::is_blueprint) {
            return Err(GraphRefusal::not_found(&blueprint));
        }
        if self.caller.user.is_none() && self.caller.client != blueprint {
            return Err(GraphRefusal::new(
                403,
                "Authorization_RequestDenied",
                "A blueprint creates agent identities of its own only.",
            ));
        }
        if texts(body, "/sponsors@odata.bind").is_empty() {
            return Err(GraphRefusal::bad(
                "No sponsor specified. Please provide at least one sponsor.",
            ));
        }
        let kind = ApplicationKind::Agent { blueprint: blueprint.clone() };
        let count = self.directory.applications.values().filter(|it| it.kind == kind).count();
        if count >= MOST_AGENTS {
            return Err(limit("agent identities per blueprint"));
        }
        let id = self.random.guid();
        let agent = Application {
            id: id.clone(),
            name: name.clone(),
            kind,
            home: Some(self.caller.tenant.clone()),
            disabled: false,
            public: false,
            microsoft: false,
            token_version: 1,
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
        self.directory.applications.insert(id.clone(), agent);
        self.tenant_mut()?.principals.insert(id.clone(), id.clone());
        Ok(created(json!({
            "@odata.type": "#microsoft.graph.agentIdentity",
            "id": id, "appId": id, "displayName": name, "agentIdentityBlueprintId": blueprint,
            "servicePrincipalType": "ServiceIdentity", "accountEnabled": true,
        })))
    }

    pub(super) fn create_agent_user(&mut self, body: &Value) -> Result<GraphAnswer, GraphRefusal> {
        self.caller.demand(&["AgentIdUser.ReadWrite.IdentityParentedBy", "User.ReadWrite.All"])?;
        let kind = text(body, "@odata.type")?.trim_start_matches('#').to_ascii_lowercase();
        if kind != "microsoft.graph.agentuser" {
            return Err(GraphRefusal::bad("The lab makes only agents' user accounts."));
        }
        let (name, upn) =
            (text(body, "displayName")?.to_owned(), text(body, "userPrincipalName")?.to_owned());
        let agent = text(body, "identityParentId")?.to_ascii_lowercase();
        let tenant = self.tenant()?;
        let blueprint = self
            .directory
            .application(tenant, &agent)
            .and_then(Application::blueprint)
            .ok_or_else(|| GraphRefusal::not_found(&agent))?;
        if self.caller.user.is_none() && self.caller.client != blueprint {
            return Err(GraphRefusal::new(
                403,
                "Authorization_RequestDenied",
                "A blueprint creates user accounts for agent identities of its own only.",
            ));
        }
        if tenant.users.values().any(|user| user.agent.as_ref() == Some(&agent)) {
            return Err(GraphRefusal::bad("The agent identity has a user account already."));
        }
        if tenant.user_by_name(&upn).is_some() {
            return Err(GraphRefusal::bad(
                "Another object with the same value for property userPrincipalName already \
                 exists.",
            ));
        }
        let id = self.random.guid();
        let user = User {
            id: id.clone(),
            name: name.clone(),
            upn: upn.clone(),
            agent: Some(agent.clone()),
            disabled: body.get("accountEnabled") == Some(&Value::Bool(false)),
            revoked: 0,
            guest_of: None,
            groups: Vec::new(),
            directory_roles: Vec::new(),
            app_roles: BTreeMap::new(),
        };
        self.tenant_mut()?.users.insert(id.clone(), user);
        Ok(created(json!({
            "@odata.type": "#microsoft.graph.agentUser",
            "id": id, "displayName": name, "userPrincipalName": upn, "identityParentId": agent,
        })))
    }
}

const MOST_AGENTS: usize = 250;
