//! An identity, as the engine's JSON describes it, in tables and chains.

use schemars::JsonSchema;
use serde::Deserialize;

use super::time;
use crate::terminal::{Chain, Link, Node, Palette, Table, safe, shorten};

/// Who asked, who acts, and how well each part is proven.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "identity")]
pub(super) struct IdentityView {
    /// The issuer family whose rules read the token: `entra`, `kubernetes`, `oidc`, `rfc8693`,
    /// `spiffe`.
    pub(super) family: String,
    /// The bundle's name of the issuer.
    pub(super) issuer_name: String,
    /// `iss` as written; for a JWT-SVID without one, the trust domain.
    pub(super) issuer: String,
    /// What the token is; `access_token` is the only kind that passes.
    pub(super) token_kind: String,
    /// How the actor acts: `agent_user`, `app`, `autonomous`, `exchange_credential`,
    /// `on_behalf_of`, `user`.
    pub(super) mode: String,
    /// On whose behalf: the user, or the actor itself where no one else asked.
    pub(super) subject: PrincipalView,
    /// Who makes the call.
    pub(super) actor: PrincipalView,
    /// Earlier actors, latest first; informational.
    pub(super) prior_actors: Vec<PrincipalView>,
    /// The blueprint that made the acting agent.
    pub(super) blueprint: Option<BlueprintView>,
    /// The tenant that issued the token.
    pub(super) tenant: Option<TenantView>,
    /// The subject's relationship to the tenant: `guest`, `member`, `partner`,
    /// `service_principal`, `unknown`.
    pub(super) relationship: String,
    /// Delegated permissions.
    pub(super) scopes: Vec<String>,
    /// Roles of the subject.
    pub(super) roles: Vec<String>,
    /// Groups of the subject.
    pub(super) groups: GroupsView,
    /// How the subject signed in.
    pub(super) authentication: AuthenticationView,
    /// Client capabilities, lower case.
    pub(super) capabilities: Vec<String>,
    /// The key that the token is bound to.
    pub(super) binding: Option<BindingView>,
    /// Where a Kubernetes workload runs.
    pub(super) workload: Option<WorkloadView>,
    /// Facts of the token itself.
    pub(super) token: TokenView,
}

/// A person, agent, application or workload.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "principal")]
pub(super) struct PrincipalView {
    /// `agent`, `agent_user`, `app`, `blueprint`, `user`, `workload`.
    pub(super) kind: String,
    /// Its id, unique in its realm.
    pub(super) id: String,
    /// The tenant, or the bundle's name of the issuer.
    #[expect(dead_code, reason = "part of the documented JSON; the tenant's row says it")]
    pub(super) realm: String,
    /// Its name in the bundle's directory.
    pub(super) name: Option<String>,
    /// A display name from the token: anyone may have chosen it.
    pub(super) display: Option<String>,
    /// How its kind is known: `facet`, `claim`, `registered`, `inferred`, `absent`.
    pub(super) evidence: String,
}

/// The blueprint that an agent was made from.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "blueprint")]
pub(super) struct BlueprintView {
    /// Its app id.
    pub(super) id: String,
    /// Its name in the bundle's directory.
    pub(super) name: Option<String>,
    /// `claim` when the token names it, `registered` when only the directory does.
    pub(super) evidence: String,
}

/// A tenant.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "tenant")]
pub(super) struct TenantView {
    /// Its id.
    pub(super) id: String,
    /// Its name in the bundle's directory.
    pub(super) name: Option<String>,
}

/// Group membership.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(tag = "state", content = "ids", rename_all = "snake_case")]
#[schemars(rename = "groups")]
pub(super) enum GroupsView {
    /// The token lists them all.
    Listed(Vec<String>),
    /// The token does not speak of groups.
    NotGiven,
    /// Too many to list: unknown, not "none".
    Overage,
}

/// How the subject signed in.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "authentication")]
pub(super) struct AuthenticationView {
    /// Authentication contexts.
    pub(super) contexts: Vec<String>,
    /// Methods.
    pub(super) methods: Vec<String>,
    /// Class.
    pub(super) class: Option<String>,
    /// When, in seconds since 1970.
    pub(super) time: Option<i64>,
    /// How the client authenticated: `assertion`, `public`, `secret`.
    pub(super) client: Option<String>,
}

/// Proof-of-possession binding.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "binding")]
pub(super) struct BindingView {
    /// The member of `cnf`.
    pub(super) method: String,
    /// Thumbprint or key id as written; empty for an embedded key.
    pub(super) thumbprint: String,
}

/// Where a Kubernetes workload runs.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "workload")]
pub(super) struct WorkloadView {
    /// Namespace.
    pub(super) namespace: String,
    /// Service account.
    pub(super) service_account: String,
    /// Its uid.
    #[expect(dead_code, reason = "part of the documented JSON; too long for the table")]
    pub(super) service_account_uid: Option<String>,
    /// Pod.
    pub(super) pod: Option<String>,
    /// Node.
    pub(super) node: Option<String>,
}

/// Facts of the token itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[cfg_attr(test, serde(deny_unknown_fields))]
#[schemars(rename = "token")]
pub(super) struct TokenView {
    /// `aud`.
    pub(super) audiences: Vec<String>,
    /// `exp`, seconds since 1970.
    pub(super) expires_at: i64,
    /// `iat`.
    pub(super) issued_at: Option<i64>,
    /// `uti` or `jti`.
    pub(super) id: Option<String>,
    /// `ver`, for Entra.
    pub(super) version: Option<String>,
    /// `typ` of the header.
    #[expect(dead_code, reason = "part of the documented JSON; the header's table shows it")]
    pub(super) header_type: Option<String>,
}

impl IdentityView {
    /// What is known, and how.
    pub(super) fn table(&self) -> Table {
        let mut table = Table::new(["finding", "known from", "value"]);
        let mut row = |what: &str, proof: &str, value: String| {
            if !value.is_empty() {
                table.row([what, proof, &safe(&value)]);
            }
        };
        row("token kind", "", self.token_kind.clone());
        row("mode", "", format!("{} ({})", self.mode, mode_in_words(&self.mode)));
        row("subject", &self.subject.evidence, self.subject.line());
        row("actor", &self.actor.evidence, self.actor.line());
        for prior in &self.prior_actors {
            row("before it", &prior.evidence, prior.line());
        }
        if let Some(BlueprintView { id, name, evidence }) = &self.blueprint {
            row("blueprint", evidence, named(name.as_deref(), id));
        }
        if let Some(TenantView { id, name }) = &self.tenant {
            row("tenant", "claim", named(name.as_deref(), id));
        }
        row("relationship", "", self.relationship.clone());
        row("scopes", "", self.scopes.join(" "));
        row("roles", "", self.roles.join(" "));
        row("groups", "", self.groups.line());
        row("signed in", "", self.authentication.line());
        row("capabilities", "", self.capabilities.join(" "));
        if let Some(BindingView { method, thumbprint }) = &self.binding {
            row("bound to key", "claim", format!("{method} {thumbprint}"));
        }
        if let Some(workload) = &self.workload {
            row("workload", "claim", workload.line());
        }
        if self.issuer_name != self.issuer {
            row("issuer", "", format!("{} (family {})", self.issuer_name, self.family));
        }
        row("iss", "claim", self.issuer.clone());
        row("token", "", self.token.line());
        table
    }

    /// From the one who asks to the one who acts; without earlier actors, which decide nothing.
    pub(super) fn chain(&self) -> Chain {
        let actor = self.actor_node();
        if self.subject.id == self.actor.id && self.subject.kind == self.actor.kind {
            return Chain::new(actor);
        }
        let mut chain = Chain::new(self.subject_node());
        let label = match self.mode.as_str() {
            "agent_user" => "account of",
            "user" => "uses",
            _ => "asks",
        };
        chain.then(Link { label: label.to_owned(), outcome: None }, actor);
        chain
    }

    fn subject_node(&self) -> Node {
        let mut lines = self.subject.lines();
        if let Some(TenantView { id, name }) = &self.tenant {
            lines.push(shorten(&format!("of {}", safe(name.as_deref().unwrap_or(id))), BOX_LINE));
        }
        if matches!(self.relationship.as_str(), "guest" | "partner") {
            lines.push(self.relationship.clone());
        }
        Node { kind: kind_in_words(&self.subject.kind), lines }
    }

    fn actor_node(&self) -> Node {
        let mut lines = self.actor.lines();
        if let Some(BlueprintView { id, name, .. }) = &self.blueprint {
            let made = format!("by {}", safe(name.as_deref().unwrap_or(id)));
            lines.push(shorten(&made, BOX_LINE));
        }
        lines.push(format!("known from {}", self.actor.evidence));
        Node { kind: kind_in_words(&self.actor.kind), lines }
    }
}

impl PrincipalView {
    fn line(&self) -> String {
        let known = self.name.as_deref().or(self.display.as_deref());
        format!("{} {}", kind_in_words(&self.kind), named(known, &self.id))
    }

    fn lines(&self) -> Vec<String> {
        let known = self.name.as_deref().or(self.display.as_deref());
        let short = |line| shorten(&safe(line), BOX_LINE);
        known.into_iter().chain([self.id.as_str()]).map(short).collect()
    }
}

impl GroupsView {
    fn line(&self) -> String {
        match self {
            Self::Listed(ids) => ids.join(" "),
            Self::NotGiven => String::new(),
            Self::Overage => "too many to list: unknown".to_owned(),
        }
    }
}

impl AuthenticationView {
    fn line(&self) -> String {
        let client = self.client.as_ref().map(|client| format!("client by {client}"));
        let class = self.class.as_ref().map(|class| format!("class {class}"));
        let at = self.time.and_then(|seconds| u64::try_from(seconds).ok());
        let at = at.map(|seconds| format!("at {}", time::in_words(seconds)));
        let methods = (!self.methods.is_empty()).then(|| self.methods.join("+"));
        let contexts =
            (!self.contexts.is_empty()).then(|| format!("contexts {}", self.contexts.join(" ")));
        let parts: Vec<String> =
            [methods, contexts, class, at, client].into_iter().flatten().collect();
        parts.join(", ")
    }
}

impl WorkloadView {
    fn line(&self) -> String {
        let pod = self.pod.as_ref().map(|pod| format!(", pod {pod}")).unwrap_or_default();
        let node = self.node.as_ref().map(|node| format!(", node {node}")).unwrap_or_default();
        format!("{}/{}{pod}{node}", self.namespace, self.service_account)
    }
}

impl TokenView {
    fn line(&self) -> String {
        let at = |seconds: i64| {
            u64::try_from(seconds).map_or_else(|_| seconds.to_string(), time::in_words)
        };
        let issued = self.issued_at.map(|seconds| format!(", issued {}", at(seconds)));
        let version = self.version.as_ref().map(|version| format!(", version {version}"));
        let id = self.id.as_ref().map(|id| format!(", id {id}"));
        format!(
            "for {}{}, expires {}{}{}",
            self.audiences.join(" "),
            issued.unwrap_or_default(),
            at(self.expires_at),
            version.unwrap_or_default(),
            id.unwrap_or_default()
        )
    }
}

/// A table for terminals, drawn.
pub(super) fn draw(identity: &IdentityView, palette: &Palette) -> String {
    identity.table().draw(palette)
}

fn named(name: Option<&str>, id: &str) -> String {
    name.map_or_else(|| id.to_owned(), |name| format!("{name} ({id})"))
}

fn kind_in_words(kind: &str) -> String {
    match kind {
        "agent_user" => "agent's user account".to_owned(),
        "app" => "application".to_owned(),
        other => safe(other),
    }
}

fn mode_in_words(mode: &str) -> &'static str {
    match mode {
        "agent_user" => "an agent through its own user account",
        "app" => "an application or workload as itself",
        "autonomous" => "an agent as itself, no user behind it",
        "exchange_credential" => "only good for obtaining other tokens",
        "on_behalf_of" => "an agent for a user",
        "user" => "a user through an application",
        _ => "unknown to this version",
    }
}

/// Boxes of this width stand side by side on a terminal of 100 columns; the table below them has
/// the ids in full.
const BOX_LINE: usize = 20;
