//! The calls of Microsoft Graph that make blueprints and agents, on the lab's own directory.

mod agents;
mod applications;
mod consents;
mod permission;
mod read;

use serde_json::{Value, json};

use crate::{
    directory::{Directory, Tenant},
    form::Form,
    random::Random,
};

/// A call.
#[derive(Clone)]
pub(crate) struct GraphRequest {
    pub(crate) method: String,
    /// The path after the version, by its slashes.
    pub(crate) segments: Vec<String>,
    pub(crate) query: Form,
    pub(crate) body: Value,
}

/// Who calls, by a verified access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    /// App id of the client.
    pub(crate) client: String,
    /// Object id of the user, if there is one.
    pub(crate) user: Option<String>,
    /// `scp` of a user's token, `roles` of an app's.
    pub(crate) permissions: Vec<String>,
}

/// What Graph answers. A new secret may be in it.
#[derive(Clone)]
pub(crate) struct GraphAnswer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// What Graph refuses.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct GraphRefusal {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl GraphRefusal {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    fn not_found(what: &str) -> Self {
        let what: String = what.chars().take(100).collect();
        Self::new(
            404,
            "Request_ResourceNotFound",
            format!(
                "Resource '{what}' does not exist or one of its queried reference-property \
                     objects are not present."
            ),
        )
    }
}

/// Graph for one call.
pub(crate) struct Graph<'a> {
    pub(crate) directory: &'a mut Directory,
    pub(crate) random: &'a mut dyn Random,
    pub(crate) caller: &'a Caller,
    pub(crate) now: u64,
}

impl Graph<'_> {
    /// Carries a call out.
    pub(crate) fn call(&mut self, request: &GraphRequest) -> Result<GraphAnswer, GraphRefusal> {
        let names: Vec<String> =
            request.segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let body = &request.body;
        match (request.method.as_str(), names.as_slice()) {
            ("POST", ["applications"]) => self.create_blueprint(body),
            (
                "POST",
                [
                    "applications",
                    "graph.agentidentityblueprint" | "microsoft.graph.agentidentityblueprint",
                ],
            ) => self.create_blueprint(body),
            ("POST", ["serviceprincipals", BLUEPRINT_PRINCIPAL | BLUEPRINT_PRINCIPAL_LONG]) => {
                self.create_blueprint_principal(body)
            }
            ("POST", ["serviceprincipals", AGENT | AGENT_LONG]) => self.create_agent(body),
            ("POST", ["serviceprincipals", id, "approleassignments" | "approleassignedto"]) => {
                self.assign_role(id, body)
            }
            ("POST", ["users"]) => self.create_agent_user(body),
            ("POST", ["oauth2permissiongrants"]) => self.grant(body),
            ("POST", ["applications", id, rest @ ..]) if rest.last() == Some(&"addpassword") => {
                self.add_password(id, body)
            }
            ("POST", ["serviceprincipals", id, "addpassword"]) => self.add_password(id, body),
            ("POST", ["applications", id, rest @ ..])
                if rest.last() == Some(&"federatedidentitycredentials") =>
            {
                self.add_federated(id, body)
            }
            ("PATCH", ["applications", id, ..]) => self.change_application(id, body),
            ("GET", ["applications", id, ..]) => self.read_application(id),
            ("GET", ["serviceprincipals"]) => self.find_principal(&request.query),
            ("GET", ["serviceprincipals", id, ..]) => self.read_principal(id),
            ("GET", ["me"]) => self.read_me(),
            ("GET", ["users", id]) => self.read_user(id),
            ("GET", ["organization"]) => self.read_organization(),
            _ => Err(GraphRefusal::new(
                404,
                "BadRequest",
                "Resource not found for the segment; the lab does not emulate this call.",
            )),
        }
    }

    fn tenant(&self) -> Result<&Tenant, GraphRefusal> {
        self.directory
            .tenants
            .get(&self.caller.tenant)
            .ok_or_else(|| GraphRefusal::not_found(&self.caller.tenant))
    }

    fn tenant_mut(&mut self) -> Result<&mut Tenant, GraphRefusal> {
        self.directory
            .tenants
            .get_mut(&self.caller.tenant)
            .ok_or_else(|| GraphRefusal::not_found(&self.caller.tenant))
    }

    /// The app id that stands for an application's `id` or `appId=…`.
    fn application_id(&self, id: &str) -> Result<String, GraphRefusal> {
        let id = id.strip_prefix("appid=").unwrap_or(id).trim_matches('\'');
        let tenant = self.tenant()?;
        self.directory
            .application(tenant, id)
            .or_else(|| self.directory.by_principal(tenant, id))
            .filter(|it| it.home.as_ref() == Some(&tenant.id))
            .map(|application| application.id.clone())
            .ok_or_else(|| GraphRefusal::not_found(id))
    }
}

/// A member that is text.
fn text<'a>(body: &'a Value, name: &str) -> Result<&'a str, GraphRefusal> {
    body.get(name)
        .and_then(Value::as_str)
        .filter(|value| !value.is_empty() && value.chars().count() <= 600)
        .ok_or_else(|| {
            GraphRefusal::bad(format!("A value is required for property '{name}' of resource."))
        })
}

/// A list of texts at a JSON pointer.
fn texts(body: &Value, pointer: &str) -> Vec<String> {
    body.pointer(pointer)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn created(body: Value) -> GraphAnswer {
    GraphAnswer { status: 201, body }
}

fn ok(body: Value) -> GraphAnswer {
    GraphAnswer { status: 200, body }
}

fn nothing() -> GraphAnswer {
    GraphAnswer { status: 204, body: json!(null) }
}

const BLUEPRINT_PRINCIPAL: &str = "graph.agentidentityblueprintprincipal";
const BLUEPRINT_PRINCIPAL_LONG: &str = "microsoft.graph.agentidentityblueprintprincipal";
const AGENT: &str = "graph.agentidentity";
const AGENT_LONG: &str = "microsoft.graph.agentidentity";
