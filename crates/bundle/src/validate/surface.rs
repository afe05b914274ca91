//! The surface: every request finds at most one place, and every name makes one entity id.

use std::collections::{BTreeMap, BTreeSet};

use super::{At, NAME, TEXT, each, require, sorted};
use crate::{
    BundleError,
    contents::ValueType,
    surface::{Api, McpServer, Place, Surface},
    syntax,
};

/// Checks the surface.
pub(super) fn check(surface: &Surface) -> Result<(), BundleError> {
    each(
        &"surface.headers",
        &surface.headers,
        is_readable_header,
        "expected a lower-case header \
        name, and none that carries credentials",
    )?;
    let mut places = Places::default();
    sorted(&"surface.apis", &surface.apis, |api| &api.name)?;
    for (index, entry) in surface.apis.iter().enumerate() {
        let at = &format_args!("surface.apis[{index}]");
        places.add(at, &entry.name, &entry.place)?;
        api(at, entry)?;
    }
    let mut argument_types = BTreeMap::new();
    sorted(&"surface.mcp_servers", &surface.mcp_servers, |server| &server.name)?;
    for (index, server) in surface.mcp_servers.iter().enumerate() {
        let at = &format_args!("surface.mcp_servers[{index}]");
        places.add(at, &server.name, &server.place)?;
        tools(at, server, &mut argument_types)?;
    }
    sorted(&"surface.llm_providers", &surface.llm_providers, |provider| &provider.name)?;
    for (index, provider) in surface.llm_providers.iter().enumerate() {
        let at = &format_args!("surface.llm_providers[{index}]");
        places.add(at, &provider.name, &provider.place)?;
        let at = &format_args!("{at}.models");
        sorted(at, &provider.models, |model| &model.name)?;
        for (index, model) in provider.models.iter().enumerate() {
            let at = &format_args!("{at}[{index}]");
            require(&format_args!("{at}.name"), syntax::is_path_name(&model.name), PATH_NAME)?;
            attributes(at, &model.scopes, &model.labels)?;
        }
    }
    Ok(())
}

/// Where things are; two at one place would make the answer depend on their order.
#[derive(Default)]
struct Places<'a> {
    /// Paths with the hosts taken there; the empty host stands for any. A named host goes before
    /// any.
    taken: Vec<(&'a str, &'a str)>,
}

impl<'a> Places<'a> {
    fn add(&mut self, at: At<'_>, name: &str, place: &'a Place) -> Result<(), BundleError> {
        require(&format_args!("{at}.name"), syntax::is_name(name), NAME)?;
        let at = &format_args!("{at}.place");
        each(
            &format_args!("{at}.hosts"),
            &place.hosts,
            syntax::is_host,
            "expected a lower-case host \
            name without port",
        )?;
        each(&format_args!("{at}.audiences"), &place.audiences, syntax::is_token_text, TEXT)?;
        require(
            &format_args!("{at}.path"),
            syntax::is_path_prefix(&place.path),
            "expected a path \
            such as `/mcp`, or nothing",
        )?;
        let mut take = |host: &'a str| {
            let taken = (place.path.as_str(), host);
            let free = !self.taken.contains(&taken);
            self.taken.push(taken);
            free
        };
        let free = match place.hosts.is_empty() {
            true => take(""),
            false => place.hosts.iter().all(|host| take(host)),
        };
        require(at, free, "something else is at this host and path already")
    }
}

fn api(at: At<'_>, api: &Api) -> Result<(), BundleError> {
    if let Some(site) = &api.site {
        require(&format_args!("{at}.site"), syntax::is_name(site), NAME)?;
    }
    let mut names = BTreeSet::new();
    for (index, route) in api.routes.iter().enumerate() {
        let at = &format_args!("{at}.routes[{index}]");
        let name = &format_args!("{at}.name");
        require(&name, syntax::is_name(&route.name), NAME)?;
        require(&name, names.insert(&route.name), "this name stands for another route already")?;
        let methods = &format_args!("{at}.methods");
        require(&methods, !route.methods.is_empty(), "expected at least one method")?;
        each(&methods, &route.methods, syntax::is_method, "expected an upper-case method")?;
        require(
            &format_args!("{at}.path"),
            syntax::is_path_template(&route.path),
            "expected a \
            template such as `/orders/{id}`",
        )?;
        attributes(at, &route.scopes, &route.labels)?;
    }
    Ok(())
}

/// Argument types are gathered over all servers: policies see one `context.tool.arguments`.
fn tools<'a>(
    at: At<'_>,
    server: &'a McpServer,
    types: &mut BTreeMap<&'a str, ValueType>,
) -> Result<(), BundleError> {
    let at = &format_args!("{at}.tools");
    sorted(at, &server.tools, |tool| &tool.name)?;
    for (index, tool) in server.tools.iter().enumerate() {
        let at = &format_args!("{at}[{index}]");
        require(&format_args!("{at}.name"), syntax::is_path_name(&tool.name), PATH_NAME)?;
        attributes(at, &tool.scopes, &tool.labels)?;
        let at = &format_args!("{at}.arguments");
        sorted(at, &tool.arguments, |argument| &argument.name)?;
        for (index, argument) in tool.arguments.iter().enumerate() {
            let at = &format_args!("{at}[{index}]");
            require(&format_args!("{at}.name"), syntax::is_token_text(&argument.name), TEXT)?;
            let first = *types.entry(&argument.name).or_insert(argument.value_type);
            let same = first == argument.value_type;
            require(&format_args!("{at}.type"), same, "expected one type for all tools")?;
        }
    }
    Ok(())
}

fn attributes(at: At<'_>, scopes: &[String], labels: &[String]) -> Result<(), BundleError> {
    each(&format_args!("{at}.scopes"), scopes, syntax::is_token_text, TEXT)?;
    each(&format_args!("{at}.labels"), labels, syntax::is_token_text, TEXT)
}

fn is_readable_header(name: &str) -> bool {
    syntax::is_header_name(name) && !syntax::CREDENTIAL_HEADERS.contains(&name)
}

const PATH_NAME: &str = "expected a name of letters, digits, `.`, `_`, `-`, `/` and `:`";
