//! What APIs, MCP servers and providers offer: routes, tools, models.

use std::sync::Arc;

use vicar_policy::{EntityUid, Record};

use super::world::texts;

/// A route, tool or model.
#[derive(Clone, Debug)]
pub(crate) struct Offered {
    /// `Tool::"server/tool"`.
    pub(crate) uid: EntityUid,
    /// Scopes it needs.
    pub(crate) scopes: Arc<[String]>,
    /// The entity's attributes: `scopes` and `labels`.
    pub(crate) attributes: Record,
}

/// Makes what one API, server or provider offers. A bundle may have thousands: the text of their
/// type is shared, and neighbours, which mostly need the same, share that.
pub(crate) struct Offering<'o> {
    entity_type: Arc<str>,
    owner: &'o str,
    labels: &'o [String],
    scopes: Arc<[String]>,
    attributes: Record,
}

impl<'o> Offering<'o> {
    /// Routes of an API.
    pub(crate) fn routes(api: &'o str) -> Self {
        Self::new("Route", api)
    }

    /// Tools of an MCP server.
    pub(crate) fn tools(server: &'o str) -> Self {
        Self::new("Tool", server)
    }

    /// Models of a provider.
    pub(crate) fn models(provider: &'o str) -> Self {
        Self::new("Model", provider)
    }

    fn new(entity_type: &str, owner: &'o str) -> Self {
        Self {
            entity_type: entity_type.into(),
            owner,
            labels: &[],
            scopes: Arc::default(),
            attributes: attributes(&[], &[]),
        }
    }

    /// The one with this name.
    pub(crate) fn offered(
        &mut self,
        name: &str,
        scopes: &[String],
        labels: &'o [String],
    ) -> Offered {
        if *self.scopes != *scopes || self.labels != labels {
            self.attributes = attributes(scopes, labels);
            self.scopes = scopes.into();
            self.labels = labels;
        }
        Offered {
            uid: EntityUid::new(Arc::clone(&self.entity_type), [self.owner, "/", name].concat()),
            scopes: Arc::clone(&self.scopes),
            attributes: self.attributes.clone(),
        }
    }
}

fn attributes(scopes: &[String], labels: &[String]) -> Record {
    [("labels", texts(labels)), ("scopes", texts(scopes))].into_iter().collect()
}
