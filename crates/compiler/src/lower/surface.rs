//! The `surface` section.

mod routes;
mod schemas;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use vicar_bundle::{
    Contents,
    surface::{Api, LlmProvider, McpServer, Model, Place as WirePlace, Surface},
    syntax,
};

pub(crate) use tools::Unreadable;

use super::{Findings, NAME, TEXT};
use crate::{
    Folder,
    diagnostic::quoted,
    source::{Source, surface::SurfaceSource},
    yaml::{Item, Place, Placed},
};

/// The surface, sorted by name, and what of its tools' arguments policies cannot read.
pub(super) fn lower(
    source: &SurfaceSource,
    folder: &Folder,
    findings: &mut Findings<'_>,
) -> (Surface, Unreadable) {
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
    let (tools, unreadable) = tools::lower(source, folder, findings);
    for ((name, server), tools) in source.mcp.iter().zip(tools) {
        let at = (name, &server.path, &*server.hosts, &*server.audiences);
        let place = place(at, &mut taken, findings);
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
    if apis.is_empty() && mcp_servers.is_empty() && llm_providers.is_empty() {
        let start = Place { line: 1, column: 1 };
        let message = "the surface describes nothing: every request would be refused";
        findings.warning(start, message).expected = Some("`apis`, `mcp` or `llm`".to_owned());
    }
    let surface = Surface {
        apis: sorted(apis, |api| api.name.clone()),
        mcp_servers: sorted(mcp_servers, |server| server.name.clone()),
        llm_providers: sorted(llm_providers, |provider| provider.name.clone()),
        headers: headers(&source.headers, findings),
    };
    (surface, unreadable)
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
