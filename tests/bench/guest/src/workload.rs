//! The workload: five forbids and as many permits as asked for, sixteen requests.

use std::{fmt::Write, str::FromStr, sync::Arc};

use cedar_policy::{
    Context, Entities as CedarEntities, EntityUid as CedarUid, Request as CedarRequest,
};
use serde_json::{Value as Json, json};
use vicar_policy::{Entities, EntityDefinition, EntityStore, EntityUid, Record, Value};

use crate::REQUESTS;

/// `count` policies as Cedar text: forbids that apply to everything, then a permit for each tool.
pub fn policies(count: usize) -> String {
    let mut text = String::new();
    for (name, condition) in FORBIDS {
        let _ = writeln!(
            text,
            "@id(\"{name}\")\nforbid (principal, action, resource) when {{ {condition} }};"
        );
    }
    for tool in 0..count.saturating_sub(FORBIDS.len()) {
        let _ = writeln!(
            text,
            "@id(\"tool-{tool}\")\npermit (principal is Agent, action == Action::\"tools/call\", \
             resource == Tool::\"ledger/tool-{tool}\")\nwhen {{ context.mode == \"on_behalf_of\" \
             && context.subject.kind == \"user\" && context.scopes.containsAll(resource.scopes) }};"
        );
    }
    text
}

/// Everything that both engines are asked about, in the types of each.
pub(crate) struct Workload {
    pub(crate) entities: EntityStore,
    pub(crate) cedar_entities: CedarEntities,
    pub(crate) asked: Vec<Asked>,
}

/// One request in the types of both engines.
pub(crate) struct Asked {
    pub(crate) principal: EntityUid,
    pub(crate) action: EntityUid,
    pub(crate) resource: EntityUid,
    pub(crate) context: Record,
    pub(crate) cedar: CedarRequest,
}

impl Workload {
    pub(crate) fn new() -> Result<Self, String> {
        let entities = entities();
        let document: Vec<Json> = entities
            .iter()
            .map(|(uid, attributes, parents)| {
                json!({ "uid": reference(uid), "attrs": attributes,
                        "parents": parents.iter().map(reference).collect::<Vec<_>>() })
            })
            .collect();
        let cedar_entities = CedarEntities::from_json_value(Json::Array(document), None)
            .map_err(|error| error.to_string())?;
        let definitions = entities
            .into_iter()
            .map(|(uid, attributes, parents)| {
                EntityDefinition::new(uid).with_attributes(record(&attributes)).within(parents)
            })
            .collect();
        Ok(Self {
            entities: EntityStore::new(definitions, Entities::default())
                .map_err(|error| error.to_string())?,
            cedar_entities,
            asked: (0..REQUESTS).map(Asked::new).collect::<Result<_, _>>()?,
        })
    }
}

impl Asked {
    fn new(number: u32) -> Result<Self, String> {
        let principal = EntityUid::new("Agent", "invoice-agent");
        let action = EntityUid::new("Action", "tools/call");
        let resource = EntityUid::new("Tool", format!("ledger/tool-{}", number % 12));
        // Three requests in four are allowed; the others fail at the first and the last clause.
        let mode = if number % 8 == 3 { "autonomous" } else { "on_behalf_of" };
        let scopes =
            if number % 8 == 7 { json!(["profile"]) } else { json!(["tools.read", "profile"]) };
        let context = json!({
            "mode": mode,
            "scopes": scopes,
            "roles": [],
            "subject": { "kind": "user", "id": "1f2e3d4c-5b6a-4798-8877-665544332211",
                         "realm": "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901", "relationship": "member" },
            "auth": { "contexts": ["p1"], "methods": ["pwd", "mfa"] },
            "token": { "issuer": "entra", "bound": false, "audience": ["api://tools"] },
            "request": { "host": "tools.example", "method": "POST", "path": "/mcp" },
        });
        let uid = |uid: &EntityUid| {
            CedarUid::from_str(&uid.to_string()).map_err(|error| error.to_string())
        };
        let cedar_context =
            Context::from_json_value(context.clone(), None).map_err(|error| error.to_string())?;
        let cedar = CedarRequest::new(
            uid(&principal)?,
            uid(&action)?,
            uid(&resource)?,
            cedar_context,
            None,
        )
        .map_err(|error| error.to_string())?;
        Ok(Self { principal, action, resource, context: record(&context), cedar })
    }
}

type Described = (EntityUid, Json, Vec<EntityUid>);

fn entities() -> Vec<Described> {
    let server = EntityUid::new("McpServer", "ledger");
    let tenant = EntityUid::new("Tenant", "contoso");
    let blueprint = EntityUid::new("Blueprint", "finance");
    let mut entities: Vec<Described> = (0..12)
        .map(|tool| {
            let uid = EntityUid::new("Tool", format!("ledger/tool-{tool}"));
            (uid, json!({ "scopes": ["tools.read"], "labels": [] }), vec![server.clone()])
        })
        .collect();
    entities.push((server, json!({}), vec![]));
    entities.push((tenant.clone(), json!({}), vec![]));
    entities.push((blueprint.clone(), json!({}), vec![tenant]));
    entities.push((
        EntityUid::new("Agent", "invoice-agent"),
        json!({ "id": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "evidence": "facet" }),
        vec![blueprint],
    ));
    entities
}

fn reference(uid: &EntityUid) -> Json {
    json!({ "type": *uid.entity_type, "id": *uid.id })
}

fn record(json: &Json) -> Record {
    let members = json.as_object().into_iter().flatten();
    members.map(|(name, value)| (Arc::<str>::from(name.as_str()), convert(value))).collect()
}

fn convert(json: &Json) -> Value {
    match json {
        Json::Array(items) => Value::Set(items.iter().map(convert).collect()),
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => Value::Long(number.as_i64().unwrap_or_default()),
        Json::String(text) => Value::String(text.as_str().into()),
        Json::Null | Json::Object(_) => Value::Record(record(json)),
    }
}

const FORBIDS: [(&str, &str); 5] = [
    ("guests", "context.subject.relationship == \"guest\""),
    ("bound", "context.token.bound"),
    ("unproven", "principal is Agent && principal.evidence == \"absent\""),
    ("suspended", "principal in Blueprint::\"suspended\""),
    ("partners", "context.subject.relationship == \"partner\" && context.mode != \"user\""),
];
