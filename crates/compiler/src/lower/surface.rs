//! The `surface` section.

mod routes;

use std::collections::{BTreeMap, BTreeSet};

use vicar_bundle::{
    Contents,
    surface::{Api, Argument, LlmProvider, McpServer, Model, Place as WirePlace, Surface, Tool},
    syntax,
};

use super::{Findings, NAME, TEXT};
use crate::{
    diagnostic::quoted,
    source::{
        Source,
        surface::{SurfaceSource, ToolSource},
    },
    yaml::{Item, Place, Placed},
};

/// The surface, sorted by name.
pub(super) fn lower(source: &SurfaceSource, findings: &mut Findings<'_>) -> Surface {
    let mut taken = Taken::default();
    let mut apis = Vec::new();
    for (name, api) in source.apis.iter() {
        let at = (name, &api.path, &*api.hosts, &*api.audiences);
        let place = place(at, &mut taken, findings);
        if let Some(site) = &api.site {
            findings.require(site, syntax::is_name, "a site", NAME);
        }
        let site = api.site.as_ref().map(|site| site.value.clone());
        let routes = routes::lower(&api.routes, findings);
        apis.push(Api { name: name.value.clone(), site, place, routes });
    }
    let mut mcp_servers = Vec::new();
    for (name, server) in source.mcp.iter() {
        let at = (name, &server.path, &*server.hosts, &*server.audiences);
        let place = place(at, &mut taken, findings);
        let tools = server.tools.iter().map(|(name, Item(tool))| lower_tool(name, tool, findings));
        let tools = sorted(tools.collect(), |tool: &Tool| tool.name.clone());
        mcp_servers.push(McpServer { name: name.value.clone(), place, tools });
    }
    let mut llm_providers = Vec::new();
    for (name, provider) in source.llm.iter() {
        let at = (name, &provider.path, &*provider.hosts, &*provider.audiences);
        let place = place(at, &mut taken, findings);
        let mut models = Vec::new();
        for (name, Item(model)) in provider.models.iter() {
            findings.require(name, syntax::is_path_name, "a model name", PATH_NAME);
            models.push(Model {
                name: name.value.clone(),
                scopes: texts(&model.scopes, "a scope", findings),
                labels: texts(&model.labels, "a label", findings),
            });
        }
        let models = sorted(models, |model| model.name.clone());
        llm_providers.push(LlmProvider { name: name.value.clone(), place, models });
    }
    argument_types(source, findings);
    if apis.is_empty() && mcp_servers.is_empty() && llm_providers.is_empty() {
        let start = Place { line: 1, column: 1 };
        let message = "the surface describes nothing: every request would be refused";
        findings.warning(start, message).expected = Some("`apis`, `mcp` or `llm`".to_owned());
    }
    Surface {
        apis: sorted(apis, |api| api.name.clone()),
        mcp_servers: sorted(mcp_servers, |server| server.name.clone()),
        llm_providers: sorted(llm_providers, |provider| provider.name.clone()),
        headers: headers(&source.headers, findings),
    }
}

/// Policies see one `context.tool.arguments`, so an argument has one type for all tools.
fn argument_types(source: &SurfaceSource, findings: &mut Findings<'_>) {
    let mut types = BTreeMap::new();
    let tools = source.mcp.iter().flat_map(|(_, server)| server.tools.iter());
    for (name, Item(argument)) in tools.flat_map(|(_, Item(tool))| tool.arguments.iter()) {
        let value_type = argument.value_type;
        let (first, place) = *types.entry(&name.value).or_insert((value_type, name.place));
        if first != value_type {
            let message = format!("the argument {} has two types", quoted(&name.value));
            findings.error(name.place, message).expected =
                Some(format!("the type that it has in line {}", place.line));
        }
    }
}

/// An audience that no issuer accepts: no token could ever be good there.
pub(super) fn check_audiences(source: &Source, contents: &Contents, findings: &mut Findings<'_>) {
    let accepted: BTreeSet<&str> = contents
        .trust
        .iter()
        .flat_map(|issuer| issuer.trusted.audiences.iter().map(String::as_str))
        .collect();
    let surface = &source.surface;
    let written = surface.apis.iter().flat_map(|(_, api)| &api.audiences);
    let written = written.chain(surface.mcp.iter().flat_map(|(_, server)| &server.audiences));
    let written = written.chain(surface.llm.iter().flat_map(|(_, provider)| &provider.audiences));
    for audience in written.filter(|audience| !accepted.contains(audience.value.as_str())) {
        findings.unknown(audience, "audience", accepted.iter().copied());
    }
}

/// Which name has which host at which path.
#[derive(Default)]
struct Taken(BTreeMap<(String, String), String>);

type At<'a> = (&'a Placed<String>, &'a Placed<String>, &'a [Placed<String>], &'a [Placed<String>]);

fn place(
    (name, path, hosts, audiences): At<'_>,
    taken: &mut Taken,
    findings: &mut Findings<'_>,
) -> WirePlace {
    findings.require(name, syntax::is_name, "a name", NAME);
    let is_path = |text: &str| text == "/" || syntax::is_path_prefix(text);
    let expected = "a path of whole segments such as `/mcp`, without a final slash";
    findings.require(path, |text| !text.is_empty() && is_path(text), "a path prefix", expected);
    let path_text = if path.value == "/" { String::new() } else { path.value.clone() };
    let expected = "a lower-case host name without port";
    let lowered: Vec<Placed<String>> = hosts
        .iter()
        .map(|host| Placed { value: host.value.to_ascii_lowercase(), place: host.place })
        .collect();
    let hosts = findings.set(&lowered, syntax::is_host, "a host", expected);
    let keys = if hosts.is_empty() { vec![String::new()] } else { hosts.clone() };
    for host in keys {
        let before = taken.0.insert((path_text.clone(), host.clone()), name.value.clone());
        if let Some(before) = before {
            let (before, name) = (quoted(&before), quoted(&name.value));
            let message = match host.as_str() {
                "" => format!("{before} and {name} are at the same path"),
                host => format!("{before} and {name} are at the same path of {}", quoted(host)),
            };
            findings.error(path.place, message).expected =
                Some("a path of its own, or different `hosts`".to_owned());
        }
    }
    WirePlace { hosts, path: path_text, audiences: texts(audiences, "an audience", findings) }
}

fn lower_tool(name: &Placed<String>, tool: &ToolSource, findings: &mut Findings<'_>) -> Tool {
    findings.require(name, syntax::is_path_name, "a tool name", PATH_NAME);
    let mut arguments = Vec::new();
    for (name, Item(argument)) in tool.arguments.iter() {
        findings.require(name, syntax::is_token_text, "an argument name", TEXT);
        arguments.push(Argument {
            name: name.value.clone(),
            value_type: argument.value_type.into(),
            required: argument.required,
        });
    }
    Tool {
        name: name.value.clone(),
        scopes: texts(&tool.scopes, "a scope", findings),
        labels: texts(&tool.labels, "a label", findings),
        arguments: sorted(arguments, |argument| argument.name.clone()),
    }
}

fn headers(headers: &[Placed<String>], findings: &mut Findings<'_>) -> Vec<String> {
    let lowered: Vec<Placed<String>> = headers
        .iter()
        .map(|header| Placed { value: header.value.to_ascii_lowercase(), place: header.place })
        .collect();
    for header in &lowered {
        if syntax::CREDENTIAL_HEADERS.contains(&header.value.as_str()) {
            let message = format!("{} carries credentials", quoted(&header.value));
            findings.error(header.place, message).expected =
                Some("a header whose value may be shown in a verdict".to_owned());
        }
    }
    findings.set(&lowered, syntax::is_header_name, "a header name", "a name such as `x-region`")
}

/// A set of scopes, labels or audiences.
fn texts(values: &[Placed<String>], what: &str, findings: &mut Findings<'_>) -> Vec<String> {
    findings.set(values, syntax::is_token_text, what, TEXT)
}

fn sorted<T>(mut entries: Vec<T>, key: impl Fn(&T) -> String) -> Vec<T> {
    entries.sort_by_cached_key(key);
    entries
}

const PATH_NAME: &str = "letters, digits, `.`, `_`, `-`, `/` and `:`, at most 128";
