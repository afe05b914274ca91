//! Everything a token depends on.

use std::cmp::Ordering;

use vicar_token::UnixSeconds;

use crate::{
    Claims, Flow, Spec, assertion,
    digest::Digest,
    spec::{
        Agent, AgentUser, Entra, Grant, IdentityAssertion, Nested, Opaque, Target, TokenExchange,
        WiderScopes,
    },
};

/// The key of a token: a digest of cloud, tenant, blueprint, agent identity, flow, subject,
/// resource, scopes and claims challenge. To leave one of them out is to serve one user's token to
/// another (domain case 43).
#[derive(Clone, Debug)]
pub struct CacheKey {
    digest: Digest,
    subject: Option<Digest>,
    not_after: Option<UnixSeconds>,
}

impl CacheKey {
    /// Of the token that `spec` asks for. T1 is keyed by cloud, tenant, blueprint, credential and
    /// agent.
    pub fn of(spec: &Spec) -> Self {
        match &spec.flow {
            Flow::Entra(entra) => entra_key(entra),
            Flow::IdentityAssertion(flow) => identity_assertion_key(flow),
            Flow::TokenExchange(flow) => token_exchange_key(flow),
        }
    }

    /// Of the T1 that `spec` needs on its way; `None` for a flow without an agent.
    pub fn t1(spec: &Spec) -> Option<Self> {
        let (entra, agent) = agent_of(spec)?;
        Some(t1_key(entra, agent))
    }

    /// Of the X2 that `spec` needs on its way; `None` but for an agent's user account.
    pub fn x2(spec: &Spec) -> Option<Self> {
        match agent_of(spec)? {
            (entra @ Entra { grant: Grant::AgentUser { .. }, .. }, agent) => {
                Some(Parts::of(entra, "x2").agent(agent).end())
            }
            _ => None,
        }
    }

    /// Of any parts, for a host that keeps something else beside tokens. `subject` is what
    /// [`forget_subject`](super::Cache::forget_subject) goes by; nothing outlives `not_after`.
    pub fn from_parts<'a>(
        parts: impl IntoIterator<Item = &'a str>,
        subject: Option<Digest>,
        not_after: Option<UnixSeconds>,
    ) -> Self {
        let digest = Digest::of_parts(parts.into_iter().map(str::as_bytes));
        Self { digest, subject, not_after }
    }

    /// The digest itself: for audit lines.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Digest of the user assertion, or of the agent's user: whom the token speaks of.
    pub const fn subject(&self) -> Option<&Digest> {
        self.subject.as_ref()
    }

    /// When the assertion ends that the token rests on, in seconds since 1970.
    pub const fn not_after(&self) -> Option<UnixSeconds> {
        self.not_after
    }
}

impl PartialEq for CacheKey {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for CacheKey {}

impl PartialOrd for CacheKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CacheKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.digest.cmp(&other.digest)
    }
}

/// The parts, in a fixed order; each is there, be it empty.
struct Parts {
    flow: &'static str,
    cloud: String,
    tenant: String,
    blueprint: String,
    agent: String,
    subject: Option<Digest>,
    not_after: Option<UnixSeconds>,
    rest: Vec<String>,
}

impl Parts {
    fn of(entra: &Entra, flow: &'static str) -> Self {
        let authority = &entra.authority;
        Self {
            flow,
            // An emulator is a cloud of its own.
            cloud: format!("{} {}", authority.national_cloud().name, authority.origin()),
            tenant: entra.tenant.to_string(),
            blueprint: String::new(),
            agent: String::new(),
            subject: None,
            not_after: None,
            rest: Vec::new(),
        }
    }

    fn agent(mut self, agent: &Agent) -> Self {
        self.blueprint = agent.blueprint.to_string();
        self.agent = agent.id.to_string();
        self
    }

    fn client(mut self, client: &str) -> Self {
        self.agent = client.to_owned();
        self
    }

    fn subject(mut self, subject: Digest, not_after: Option<UnixSeconds>) -> Self {
        (self.subject, self.not_after) = (Some(subject), not_after);
        self
    }

    fn target(mut self, target: &Target) -> Self {
        // Refused by the exchange when it has none or several.
        let resource = target.scopes.of_one_resource().map(|scopes| scopes.resource.to_owned());
        let claims = Claims::merge(target.claims.as_ref(), &target.capabilities);
        self.rest.push(resource.unwrap_or_default());
        self.rest.push(sorted(target.scopes.iter()));
        self.rest.push(claims.map(|claims| claims.digest().to_string()).unwrap_or_default());
        // What was accepted of a token for one caller need not be for another.
        self.rest.push(sorted(target.audiences.iter().map(String::as_str)));
        self.rest.push(accepted(target.opaque, target.wider_scopes).to_owned());
        self
    }

    fn end(self) -> CacheKey {
        let subject = self.subject.map(|subject| subject.to_string()).unwrap_or_default();
        let fixed = [self.flow, &self.cloud, &self.tenant, &self.blueprint, &self.agent, &subject];
        let parts = fixed.into_iter().chain(self.rest.iter().map(String::as_str));
        CacheKey::from_parts(parts, self.subject, self.not_after)
    }
}

fn entra_key(entra: &Entra) -> CacheKey {
    let nested = |plain, nested: &Nested, other| match nested {
        Nested::Accept => other,
        Nested::Refuse => plain,
    };
    let parts = match &entra.grant {
        Grant::AgentUser { agent, user, .. } => {
            let subject = match user {
                AgentUser::ObjectId(id) => {
                    Digest::of_parts([&b"object_id"[..], id.as_str().as_bytes()])
                }
                AgentUser::PrincipalName(name) => {
                    let name = name.as_str().to_ascii_lowercase();
                    Digest::of_parts([&b"principal_name"[..], name.as_bytes()])
                }
            };
            Parts::of(entra, "agent_user").agent(agent).subject(subject, None)
        }
        Grant::Autonomous { agent, .. } => Parts::of(entra, "autonomous").agent(agent),
        Grant::BlueprintExchange { agent } => return t1_key(entra, agent),
        Grant::ClientCredentials { client, .. } => {
            Parts::of(entra, "client_credentials").client(client.id.as_str())
        }
        Grant::DeviceCode { client, .. } => Parts::of(entra, "device_code").client(client.as_str()),
        Grant::OnBehalfOf { agent, user_assertion, nested: may, .. } => {
            let flow = nested("on_behalf_of", may, "on_behalf_of nested");
            let (subject, not_after) = assertion::binding(user_assertion);
            Parts::of(entra, flow).agent(agent).subject(subject, not_after)
        }
        Grant::PlainOnBehalfOf { client, user_assertion, nested: may, .. } => {
            let flow = nested("plain_on_behalf_of", may, "plain_on_behalf_of nested");
            let (subject, not_after) = assertion::binding(user_assertion);
            Parts::of(entra, flow).client(client.id.as_str()).subject(subject, not_after)
        }
        Grant::RefreshOnBehalfOf { agent, refresh_token, subject, .. } => {
            let digest = refresh_token.digest();
            let subject = Digest::of_parts([&digest.as_bytes()[..], subject.as_str().as_bytes()]);
            Parts::of(entra, "refresh_on_behalf_of").agent(agent).subject(subject, None)
        }
    };
    match entra.grant.target() {
        Some(target) => parts.target(target).end(),
        None => parts.end(),
    }
}

fn t1_key(entra: &Entra, agent: &Agent) -> CacheKey {
    let mut parts = Parts::of(entra, "t1").agent(agent);
    parts.rest.push(agent.credential.id().to_string());
    parts.end()
}

fn agent_of(spec: &Spec) -> Option<(&Entra, &Agent)> {
    match &spec.flow {
        Flow::Entra(entra) => Some((entra, entra.grant.agent()?)),
        Flow::IdentityAssertion(_) | Flow::TokenExchange(_) => None,
    }
}

fn token_exchange_key(flow: &TokenExchange) -> CacheKey {
    let (subject, ends) = assertion::binding(&flow.subject_token);
    let actor = flow.actor_token.as_ref().map(assertion::binding);
    let actor_ends = actor.and_then(|(_, ends)| ends);
    let parts = [
        "token_exchange".to_owned(),
        flow.token_endpoint.as_str().to_owned(),
        flow.client.id.clone(),
        flow.client.credential.id().to_string(),
        subject.to_string(),
        flow.subject_token_type.clone(),
        actor.map(|(actor, _)| actor.to_string()).unwrap_or_default(),
        flow.actor_token_type.clone(),
        optional(flow.audience.as_deref()),
        optional(flow.resource.as_deref()),
        sorted(flow.scopes.iter()),
        sorted(flow.outcome.audiences.iter().map(String::as_str)),
        optional(flow.outcome.subject.as_deref()),
        optional(flow.outcome.actor.as_deref()),
        accepted(flow.outcome.opaque, flow.outcome.wider_scopes).to_owned(),
    ];
    let not_after = ends.into_iter().chain(actor_ends).min();
    CacheKey::from_parts(parts.iter().map(String::as_str), Some(subject), not_after)
}

fn identity_assertion_key(flow: &IdentityAssertion) -> CacheKey {
    let (subject, not_after) = assertion::binding(&flow.subject_token);
    let parts = [
        "identity_assertion".to_owned(),
        flow.provider_endpoint.as_str().to_owned(),
        flow.provider_client.id.clone(),
        flow.resource_issuer.as_str().to_owned(),
        flow.resource_endpoint.as_str().to_owned(),
        flow.resource_client.id.clone(),
        subject.to_string(),
        flow.subject_token_type.clone(),
        optional(flow.resource.as_deref()),
        sorted(flow.scopes.iter()),
        sorted(flow.outcome.audiences.iter().map(String::as_str)),
        optional(flow.outcome.subject.as_deref()),
        optional(flow.outcome.actor.as_deref()),
        accepted(flow.outcome.opaque, flow.outcome.wider_scopes).to_owned(),
    ];
    CacheKey::from_parts(parts.iter().map(String::as_str), Some(subject), not_after)
}

/// Tells an absent value from an empty one.
fn optional(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!("={text}"))
}

/// As one text: no list of items can pass for another.
fn sorted<'a>(items: impl Iterator<Item = &'a str>) -> String {
    let mut items: Vec<&str> = items.collect();
    items.sort_unstable();
    items.dedup();
    Digest::of_parts(items.into_iter().map(str::as_bytes)).to_string()
}

const fn accepted(opaque: Opaque, wider_scopes: WiderScopes) -> &'static str {
    match (opaque, wider_scopes) {
        (Opaque::Accept, WiderScopes::Accept) => "opaque, wider",
        (Opaque::Accept, WiderScopes::Refuse) => "opaque",
        (Opaque::Refuse, WiderScopes::Accept) => "wider",
        (Opaque::Refuse, WiderScopes::Refuse) => "",
    }
}
