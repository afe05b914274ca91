//! What the policies of a bundle can speak of: the Cedar schema, and the names that Cedar's types
//! do not hold.

use std::collections::{BTreeMap, BTreeSet};

use vicar_bundle::{
    Contents, Exchange,
    surface::{Surface, Tool},
};
use vicar_identity::{
    Evidence, Mode, PrincipalKind,
    identity::{ClientAuthentication, Relationship},
};

use crate::cedar::KnownNames;

/// The Cedar schema that a bundle's policies are validated against.
pub fn schema(contents: &Contents) -> String {
    vicar::vocabulary::schema(contents)
}

/// The entity ids and words that can occur.
///
/// Types of the directory are closed: a policy that names an agent names one that the directory
/// lists, so that a slip of the pen is not a rule for nobody. `User`, `AgentUser` and `Workload`
/// are open.
pub fn known_names(contents: &Contents) -> KnownNames {
    let mut known = KnownNames::default();
    let directory = &contents.directory;
    known.close_type("Tenant", directory.tenants.iter().map(|tenant| &*tenant.name));
    known.close_type("Agent", directory.agents.iter().map(|agent| &*agent.name));
    for (entity_type, entries) in [
        ("Blueprint", &directory.blueprints),
        ("App", &directory.apps),
        ("Group", &directory.groups),
    ] {
        known.close_type(entity_type, entries.iter().map(|entry| &*entry.name));
    }
    let surface = &contents.surface;
    known.close_type("Site", surface.apis.iter().filter_map(|api| api.site.as_deref()));
    known.close_type("Api", surface.apis.iter().map(|api| &*api.name));
    known.close_type("McpServer", surface.mcp_servers.iter().map(|server| &*server.name));
    known.close_type("LlmProvider", surface.llm_providers.iter().map(|provider| &*provider.name));
    known.close_type(
        "Route",
        surface.apis.iter().flat_map(|api| {
            api.routes.iter().map(move |route| format!("{}/{}", api.name, route.name))
        }),
    );
    known.close_type(
        "Tool",
        surface.mcp_servers.iter().flat_map(|server| {
            server.tools.iter().map(move |tool| format!("{}/{}", server.name, tool.name))
        }),
    );
    known.close_type(
        "Model",
        surface.llm_providers.iter().flat_map(|provider| {
            provider.models.iter().map(move |model| format!("{}/{}", provider.name, model.name))
        }),
    );
    // Sections that cannot be read are refused with the bundle.
    let exchange = Exchange::of(contents).ok().flatten();
    let downstreams = exchange.iter().flat_map(|exchange| &exchange.downstreams);
    known.close_type("Downstream", downstreams.map(|downstream| &*downstream.name));
    words(&mut known, contents);
    known.arguments.by_server = arguments(surface);
    known
}

/// Which tool of which server takes which arguments.
fn arguments(surface: &Surface) -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let names = |tool: &Tool| tool.arguments.iter().map(|argument| argument.name.clone()).collect();
    let servers = surface.mcp_servers.iter().map(|server| {
        let tools = server.tools.iter();
        let tools = tools.map(|tool| (format!("{}/{}", server.name, tool.name), names(tool)));
        (server.name.clone(), tools.collect())
    });
    servers.collect()
}

/// Paths that hold one of a few words, whatever the token.
fn words(known: &mut KnownNames, contents: &Contents) {
    known.close_path("context.mode", MODES.map(Mode::name));
    for path in ["context.subject.kind", "context.chain.kind"] {
        known.close_path(path, KINDS.map(PrincipalKind::name));
    }
    for path in ["principal.evidence", "context.subject.evidence", "context.user.evidence"] {
        known.close_path(path, EVIDENCE.map(Evidence::name));
    }
    for path in ["context.subject.relationship", "context.user.relationship"] {
        known.close_path(path, RELATIONSHIPS.map(Relationship::name));
    }
    known.close_path("context.auth.client", CLIENTS.map(ClientAuthentication::name));
    known.close_path(
        "context.token.issuer",
        contents.trust.iter().map(|issuer| &*issuer.trusted.name),
    );
}

const MODES: [Mode; 6] = [
    Mode::AgentUser,
    Mode::App,
    Mode::Autonomous,
    Mode::ExchangeCredential,
    Mode::OnBehalfOf,
    Mode::User,
];
const KINDS: [PrincipalKind; 6] = [
    PrincipalKind::Agent,
    PrincipalKind::AgentUser,
    PrincipalKind::App,
    PrincipalKind::Blueprint,
    PrincipalKind::User,
    PrincipalKind::Workload,
];
const EVIDENCE: [Evidence; 5] =
    [Evidence::Absent, Evidence::Claim, Evidence::Facet, Evidence::Inferred, Evidence::Registered];
const RELATIONSHIPS: [Relationship; 5] = [
    Relationship::Guest,
    Relationship::Member,
    Relationship::Partner,
    Relationship::ServicePrincipal,
    Relationship::Unknown,
];
const CLIENTS: [ClientAuthentication; 3] =
    [ClientAuthentication::Assertion, ClientAuthentication::Public, ClientAuthentication::Secret];
