//! The bundle's own entities: what is called, and what the directory knows.

use vicar_bundle::{contents::Contents, surface::Surface};
use vicar_identity::Directory;
use vicar_policy::{
    Entities, EntityError, EntityStore, EntityUid, Record, Set, Value, entity::EntityDefinition,
};

use super::{names, offered::Offered};
use crate::resolve::{IndexedPlace, SurfaceIndex};

/// The entities that every request of this bundle shares.
///
/// # Errors
/// When the bundle names one thing twice.
pub(crate) fn entities(
    contents: &Contents,
    index: &SurfaceIndex,
) -> Result<EntityStore, EntityError> {
    let mut entities = Vec::new();
    actions(&mut entities);
    surface(&mut entities, &contents.surface, index);
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

fn surface(entities: &mut Vec<EntityDefinition>, surface: &Surface, index: &SurfaceIndex) {
    let sites = surface.apis.iter().map(|api| {
        let site = api.site.as_deref().map(|site| EntityUid::new("Site", site));
        entity(names::api(&api.name), Record::default(), site)
    });
    entities.extend(sites);
    let servers = surface.mcp_servers.iter().map(|server| names::mcp_server(&server.name));
    let providers =
        surface.llm_providers.iter().map(|provider| names::llm_provider(&provider.name));
    entities.extend(servers.chain(providers).map(|uid| entity(uid, Record::default(), [])));
    for place in &index.places {
        let (owner, offered): (_, &mut dyn Iterator<Item = &Offered>) = match &place.kind {
            IndexedPlace::Api(api) => {
                (names::api(&place.name), &mut api.routes.iter().map(|route| &route.offered))
            }
            IndexedPlace::Llm(provider) => {
                (names::llm_provider(&place.name), &mut provider.models.values())
            }
            IndexedPlace::Mcp(server) => {
                (server.uid.clone(), &mut server.tools.values().map(|tool| &tool.offered))
            }
        };
        entities.extend(offered.map(|offered| {
            entity(offered.uid.clone(), offered.attributes.clone(), [owner.clone()])
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
