//! The Cedar schema of a bundle.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use vicar_bundle::{
    Exchange,
    contents::{Contents, Issuer, ValueType},
    surface::{Api, Surface},
};
use vicar_identity::Profile;

use super::{names, shape::Shape, typed};

/// The Cedar schema that a bundle's policies are validated against.
///
/// It holds what this bundle's issuers can say and what its surface has: a claim that no issuer
/// sends, an action that no place offers, an argument that no tool takes are unknown names, and a
/// policy that reads one fails the build.
pub fn schema(contents: &Contents) -> String {
    let mut text = String::from(ENTITY_TYPES);
    let principals = principals(&contents.trust);
    let context = Context::of(contents);
    actions(&mut text, &contents.surface, &principals, &context);
    // A section that cannot be read is refused with its bundle.
    if let Ok(Some(_)) = Exchange::of(contents) {
        exchange(&mut text, contents);
    }
    text
}

/// The action `exchange`: Entra's kinds of actors, and a token only where the caller has one.
fn exchange(text: &mut String, contents: &Contents) {
    let shape = Shape::of(&contents.trust).of_exchange();
    let context = Context::of_shape(contents, shape, "token?: Token");
    let _ = writeln!(
        text,
        "action {} appliesTo {{\n  principal: [Agent, App, Blueprint],\n  resource: \
         [Downstream],\n  context: {{\n{}  caller: Caller,\n}}\n}};",
        quoted(names::EXCHANGE),
        context.common,
    );
}

/// The types that can act, given the issuers' profiles.
fn principals(trust: &[Issuer]) -> String {
    let mut types: BTreeSet<&str> = BTreeSet::new();
    for issuer in trust {
        types.extend(match issuer.profile {
            Profile::Entra(_) => &["Agent", "App", "Blueprint"][..],
            Profile::Oidc(_) | Profile::Rfc8693(_) => &["Agent", "App"][..],
            Profile::Kubernetes | Profile::Spiffe => &["Workload"][..],
        });
    }
    types.into_iter().collect::<Vec<_>>().join(", ")
}

/// The attributes of `context`.
struct Context {
    common: String,
    headers: String,
}

impl Context {
    fn of(contents: &Contents) -> Self {
        Self::of_shape(contents, Shape::of(&contents.trust), "token: Token")
    }

    fn of_shape(contents: &Contents, shape: Shape, token: &str) -> Self {
        let mut common = format!(
            "  mode: String,\n  now: datetime,\n  roles: Set<String>,\n  scopes: Set<String>,\n  \
             subject: Subject,\n  {token},\n",
        );
        if shape.people {
            common.push_str("  auth: Authentication,\n  user?: User,\n");
        }
        if shape.entra {
            common.push_str(
                "  agent_user?: AgentUser,\n  blueprint?: Blueprint,\n  \
                 capabilities: Set<String>,\n  tenant?: Tenant,\n",
            );
        }
        if shape.chains {
            common.push_str("  chain: Set<Hop>,\n");
        }
        let claims: BTreeMap<&str, ValueType> = contents
            .trust
            .iter()
            .flat_map(|issuer| &issuer.claims)
            .map(|claim| (claim.name.as_str(), claim.value_type))
            .collect();
        if !claims.is_empty() {
            let _ = writeln!(common, "  claims: {},", optional_record(claims));
        }
        let headers: BTreeMap<&str, ValueType> = contents
            .surface
            .headers
            .iter()
            .map(|name| (name.as_str(), ValueType::String))
            .collect();
        let headers = if headers.is_empty() {
            String::new()
        } else {
            format!("headers: {}, ", optional_record(headers))
        };
        Self { common, headers }
    }

    /// The context of one action.
    fn with(&self, request: &str, more: &str) -> String {
        format!(
            "{{\n{}  request: {{ {}host: String, method: String, {request}path: String }},\n{more}}}",
            self.common, self.headers
        )
    }
}

fn actions(text: &mut String, surface: &Surface, principals: &str, context: &Context) {
    if principals.is_empty() {
        return;
    }
    let mut declare = |name: &str, group: &str, resource: &str, context: &str| {
        let _ = writeln!(
            text,
            "action {} in [{}] appliesTo {{\n  principal: [{principals}],\n  resource: \
             [{resource}],\n  context: {context}\n}};",
            quoted(name),
            quoted(group),
        );
    };
    if !surface.apis.is_empty() {
        let parameters = optional_record(parameters(&surface.apis));
        let context = context.with(&format!("parameters: {parameters}, "), "");
        let methods: BTreeSet<&str> = surface
            .apis
            .iter()
            .flat_map(|api| &api.routes)
            .flat_map(|route| &route.methods)
            .map(String::as_str)
            .collect();
        for method in methods {
            declare(method, names::GROUP_CALL, "Route", &context);
        }
    }
    if !surface.mcp_servers.is_empty() {
        let plain = context.with("", "");
        for method in names::MCP_METHODS.iter().filter(|method| **method != names::TOOLS_CALL) {
            declare(method, names::GROUP_MCP, "McpServer", &plain);
        }
        let tool = format!(
            "  tool: {{ arguments: {}, name: String }},\n",
            optional_record(arguments(surface))
        );
        declare(names::TOOLS_CALL, names::GROUP_MCP, "Tool", &context.with("", &tool));
    }
    if !surface.llm_providers.is_empty() {
        declare(names::CHAT, names::GROUP_LLM, "Model", &context.with("", ""));
    }
    for (group, used) in [
        (names::GROUP_CALL, !surface.apis.is_empty()),
        (names::GROUP_MCP, !surface.mcp_servers.is_empty()),
        (names::GROUP_LLM, !surface.llm_providers.is_empty()),
    ] {
        if used {
            let _ = writeln!(text, "action {};", quoted(group));
        }
    }
}

/// Every parameter of every template; all optional, since policies meet several routes.
fn parameters(apis: &[Api]) -> BTreeMap<&str, ValueType> {
    apis.iter()
        .flat_map(|api| &api.routes)
        .flat_map(|route| route.path.split('/'))
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| (name.trim_end_matches('*'), ValueType::String))
        .collect()
}

/// Every argument of every tool. The compiler has refused one name with two types.
fn arguments(surface: &Surface) -> BTreeMap<&str, ValueType> {
    surface
        .mcp_servers
        .iter()
        .flat_map(|server| &server.tools)
        .flat_map(|tool| &tool.arguments)
        .map(|argument| (argument.name.as_str(), argument.value_type))
        .collect()
}

fn optional_record(attributes: BTreeMap<&str, ValueType>) -> String {
    let attributes: Vec<String> = attributes
        .into_iter()
        .map(|(name, value_type)| format!("{}?: {}", quoted(name), typed::cedar(value_type)))
        .collect();
    format!("{{ {} }}", attributes.join(", "))
}

/// A Cedar string literal.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            character if character.is_control() => {
                let _ = write!(quoted, "\\u{{{:x}}}", u32::from(character));
            }
            character => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}

const ENTITY_TYPES: &str = include_str!("entities.cedarschema");
