//! The bundle's own entities: what is called, and what the directory knows.

use vicar_bundle::{contents::Contents, surface::Surface};
use vicar_identity::Directory;
use vicar_policy::{
    Entities, EntityError, EntityStore, EntityUid, Record, Set, Value, entity::EntityDefinition,
};

use super::names;

/// The entities that every request of this bundle shares.
///
/// # Errors
/// When the bundle names one thing twice.
pub(crate) fn entities(contents: &Contents) -> Result<EntityStore, EntityError> {
    let mut entities = Vec::new();
    actions(&mut entities);
    surface(&mut entities, &contents.surface);
    directory(&mut entities, &contents.directory);
    EntityStore::new(entities, Entities::default())
}

fn actions(entities: &mut Vec<EntityDefinition>) {
    let http = HTTP_METHODS.iter().map(|method| (*method, names::GROUP_CALL));
    let mcp = names::MCP_METHODS.iter().map(|method| (*method, names::GROUP_MCP));
    let llm = std::iter::once((names::CHAT, names::GROUP_LLM));
    entities.extend(http.chain(mcp).chain(llm).map(|(name, group)| {
        entity(names::action(name), Record::default(), [names::action(group)])
    }));
}

fn surface(entities: &mut Vec<EntityDefinition>, surface: &Surface) {
    for api in &surface.apis {
        let uid = EntityUid::new("Api", api.name.as_str());
        let site = api.site.as_deref().map(|site| EntityUid::new("Site", site));
        entities.push(entity(uid.clone(), Record::default(), site));
        entities.extend(api.routes.iter().map(|route| {
            let attributes = needs(&route.scopes, &route.labels);
            entity(names::route(&api.name, &route.name), attributes, [uid.clone()])
        }));
    }
    for server in &surface.mcp_servers {
        let uid = names::mcp_server(&server.name);
        entities.push(entity(uid.clone(), Record::default(), []));
        entities.extend(server.tools.iter().map(|tool| {
            let attributes = needs(&tool.scopes, &tool.labels);
            entity(names::tool(&server.name, &tool.name), attributes, [uid.clone()])
        }));
    }
    for provider in &surface.llm_providers {
        let uid = EntityUid::new("LlmProvider", provider.name.as_str());
        entities.push(entity(uid.clone(), Record::default(), []));
        entities.extend(provider.models.iter().map(|model| {
            let attributes = needs(&model.scopes, &model.labels);
            entity(names::model(&provider.name, &model.name), attributes, [uid.clone()])
        }));
    }
}

fn directory(entities: &mut Vec<EntityDefinition>, directory: &Directory) {
    entities.extend(directory.tenants.iter().map(|tenant| {
        let attributes = [("id", text(&tenant.id))].into_iter().collect();
        entity(EntityUid::new("Tenant", tenant.name.as_str()), attributes, [])
    }));
    entities.extend(directory.blueprints.iter().map(|blueprint| {
        let attributes =
            [("id", text(&blueprint.id)), ("realm", text(&blueprint.realm))].into_iter().collect();
        let tenant = tenant(directory, &blueprint.realm);
        entity(EntityUid::new("Blueprint", blueprint.name.as_str()), attributes, [tenant])
    }));
    entities.extend(directory.groups.iter().map(|group| {
        let attributes =
            [("id", text(&group.id)), ("realm", text(&group.realm))].into_iter().collect();
        let tenant = tenant(directory, &group.realm);
        entity(EntityUid::new("Group", group.name.as_str()), attributes, [tenant])
    }));
}

/// `Tenant::"…"` of a realm, by its directory name where it has one.
pub(crate) fn tenant(directory: &Directory, realm: &str) -> EntityUid {
    let known = directory.tenants.iter().find(|tenant| tenant.id == realm);
    EntityUid::new("Tenant", known.map_or(realm, |tenant| tenant.name.as_str()))
}

fn needs(scopes: &[String], labels: &[String]) -> Record {
    [("labels", texts(labels)), ("scopes", texts(scopes))].into_iter().collect()
}

/// A set of strings.
pub(crate) fn texts<'t>(texts: impl IntoIterator<Item = &'t String>) -> Value {
    Value::Set(texts.into_iter().map(|item| text(item)).collect::<Set>())
}

/// A string.
pub(crate) fn text(text: &str) -> Value {
    Value::String(text.into())
}

pub(crate) fn entity(
    uid: EntityUid,
    attributes: Record,
    parents: impl IntoIterator<Item = EntityUid>,
) -> EntityDefinition {
    EntityDefinition::new(uid).with_attributes(attributes).within(parents)
}

const HTTP_METHODS: [&str; 9] =
    ["CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"];
