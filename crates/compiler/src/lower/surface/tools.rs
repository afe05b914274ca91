//! The tools of MCP servers, their arguments typed by hand or by the server's own schemas.

use std::collections::BTreeMap;

use vicar_bundle::{
    contents::ValueType,
    surface::{Argument, Tool},
    syntax,
};

use super::{
    PATH_NAME,
    schemas::{self, Kind, Property, Schemas},
    sorted, texts,
};
use crate::{
    Folder,
    diagnostic::quoted,
    lower::{Findings, TEXT},
    source::surface::{ArgumentSource, McpSource, SurfaceSource, ToolSource},
    yaml::{Item, Place, Placed},
};

/// Why policies cannot read an argument that tools do take, by the argument's name.
pub(crate) type Unreadable = BTreeMap<String, String>;

/// The tools of each server, in the order of the source, and which of their arguments policies
/// cannot read.
pub(super) fn lower(
    source: &SurfaceSource,
    folder: &Folder,
    findings: &mut Findings<'_>,
) -> (Vec<Vec<Tool>>, Unreadable) {
    let schemas: Vec<Option<Schemas>> =
        source.mcp.iter().map(|(_, server)| read_schemas(server, folder, findings)).collect();
    let mut types = Types::default();
    let servers = || source.mcp.iter().zip(&schemas);
    for ((_, server), schemas) in servers() {
        for (name, Item(tool)) in server.tools.iter() {
            types.declare(tool, findings);
            let own = schemas.as_ref().and_then(|schemas| schemas.get(&name.value));
            own.into_iter().for_each(|own| types.derive(&name.value, own));
        }
    }
    let tools = servers().map(|((_, server), schemas)| {
        let tools = server.tools.iter().map(|(name, Item(tool))| {
            let own = schemas.as_ref().map(|schemas| own_schema(name, schemas, findings));
            lower_tool(name, tool, own.flatten(), &types, findings)
        });
        sorted(tools.collect(), |tool: &Tool| tool.name.clone())
    });
    (tools.collect(), types.unreadable)
}

fn read_schemas(
    server: &McpSource,
    folder: &Folder,
    findings: &mut Findings<'_>,
) -> Option<Schemas> {
    let path = server.schemas.as_ref()?;
    let Some(text) = folder.get(&path.value) else {
        findings.no_file(&path.value, path.place, folder, LIST);
        return None;
    };
    schemas::read(text)
        .map_err(|problem| {
            let message = format!("{}: {problem}", quoted(&path.value));
            findings.error(path.place, message).expected = Some(LIST.to_owned());
        })
        .ok()
}

fn own_schema<'s>(
    name: &Placed<String>,
    schemas: &'s Schemas,
    findings: &mut Findings<'_>,
) -> Option<&'s BTreeMap<String, Property>> {
    let own = schemas.get(&name.value);
    if own.is_none() {
        findings.unknown(name, "tool of the server's schemas", schemas.keys().map(String::as_str));
    }
    own
}

/// One type for each argument: policies see one `context.tool.arguments` for all tools.
#[derive(Default)]
struct Types {
    /// What authors wrote.
    declared: BTreeMap<String, (ValueType, Place)>,
    /// What schemas say, with the tool that said it first.
    derived: BTreeMap<String, (Kind, String)>,
    unreadable: Unreadable,
}

impl Types {
    fn declare(&mut self, tool: &ToolSource, findings: &mut Findings<'_>) {
        for (name, Item(argument)) in tool.arguments.iter() {
            let value_type = ValueType::from(argument.value_type);
            let known = self.declared.entry(name.value.clone()).or_insert((value_type, name.place));
            if known.0 != value_type {
                let message = format!("the argument {} has two types", quoted(&name.value));
                findings.error(name.place, message).expected =
                    Some(format!("the type that it has in line {}", known.1.line));
            }
        }
    }

    fn derive(&mut self, tool: &str, properties: &BTreeMap<String, Property>) {
        for (name, property) in properties {
            let (kind, first) =
                self.derived.entry(name.clone()).or_insert((property.kind, tool.to_owned()));
            let why = if *kind != property.kind {
                format!(
                    "it is {} in tool {} and {} in tool {}",
                    kind.described(),
                    quoted(first),
                    property.kind.described(),
                    quoted(tool)
                )
            } else if let Kind::Unreadable(noun) = property.kind {
                format!("it is {noun} in tool {}", quoted(tool))
            } else {
                continue;
            };
            self.unreadable.entry(name.clone()).or_insert(why);
        }
    }
}

impl Kind {
    const fn described(self) -> &'static str {
        match self {
            Self::Readable(ValueType::Boolean) => "a boolean",
            Self::Readable(ValueType::Long) => "an integer",
            Self::Readable(ValueType::String) => "a text",
            Self::Readable(ValueType::StringSet) => "a list of texts",
            Self::Unreadable(noun) => noun,
        }
    }
}

fn lower_tool(
    name: &Placed<String>,
    tool: &ToolSource,
    own: Option<&BTreeMap<String, Property>>,
    types: &Types,
    findings: &mut Findings<'_>,
) -> Tool {
    findings.require(name, syntax::is_path_name, "a tool name", PATH_NAME);
    let mut arguments = BTreeMap::new();
    for (name, property) in own.into_iter().flatten() {
        let Kind::Readable(value_type) = property.kind else { continue };
        if types.unreadable.contains_key(name) || !syntax::is_token_text(name) {
            continue;
        }
        arguments.insert(name.clone(), (value_type, property.required));
    }
    for (name, Item(argument)) in tool.arguments.iter() {
        findings.require(name, syntax::is_token_text, "an argument name", TEXT);
        if let Some(own) = own {
            agree(name, argument, own, findings);
        }
        if let Some(why) = types.unreadable.get(&name.value) {
            let message = format!("policies cannot read the argument {}", quoted(&name.value));
            findings.error(name.place, message).expected =
                Some(format!("an argument of one type in all schemas: {why}"));
        }
        let required = arguments.get(&name.value).is_some_and(|(_, required)| *required);
        arguments.insert(
            name.value.clone(),
            (argument.value_type.into(), required || argument.required),
        );
    }
    let arguments = arguments.into_iter();
    Tool {
        name: name.value.clone(),
        scopes: texts(&tool.scopes, "a scope", findings),
        labels: texts(&tool.labels, "a label", findings),
        arguments: arguments
            .map(|(name, (value_type, required))| Argument { name, value_type, required })
            .collect(),
    }
}

/// What an author writes beside a schema may only make the schema stricter.
fn agree(
    name: &Placed<String>,
    argument: &ArgumentSource,
    own: &BTreeMap<String, Property>,
    findings: &mut Findings<'_>,
) {
    let Some(property) = own.get(&name.value) else {
        findings.unknown(name, "argument of the tool's schema", own.keys().map(String::as_str));
        return;
    };
    if property.kind != Kind::Readable(argument.value_type.into()) {
        let message = format!("the tool's schema gives {} another type", quoted(&name.value));
        findings.error(name.place, message).expected =
            Some(format!("{}, or no entry for it", property.kind.described()));
    }
}

const LIST: &str = "the answer of the server's `tools/list`, as JSON, inside the bundle folder";
