//! Settings of the proxy's route, out of its metadata under the name `vicar`.

use std::{collections::BTreeMap, rc::Rc};

use prost::Message;
use vicar_gateway::RouteSettings;

use crate::{
    host::{ProxyHost, Status},
    protobuf::{Metadata, json_of},
};

/// Parsed settings, by the metadata they were parsed from: a proxy has few routes.
#[derive(Debug, Default)]
pub(crate) struct Routes(BTreeMap<Vec<u8>, Rc<RouteSettings>>);

/// The settings of the route that serves a request, with the bytes they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Route {
    pub(crate) settings: Rc<RouteSettings>,
    pub(crate) metadata: Vec<u8>,
}

/// Why a route's settings are not known.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RouteError {
    /// The proxy did not say.
    #[error(transparent)]
    Proxy(#[from] Status),
    /// They are not what the filter accepts.
    #[error("the metadata `vicar` of a route is refused: {0}")]
    Settings(String),
}

impl Routes {
    /// The settings of the route that the proxy has chosen by now.
    pub(crate) fn current(&mut self, host: &impl ProxyHost) -> Result<Route, RouteError> {
        let metadata = metadata(host)?;
        if let Some(settings) = self.0.get(&metadata) {
            return Ok(Route { settings: Rc::clone(settings), metadata });
        }
        let settings = Rc::new(parse(&metadata)?);
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(metadata.clone(), Rc::clone(&settings));
        Ok(Route { settings, metadata })
    }
}

/// The metadata of the current route as protobuf; empty without a route or metadata.
pub(crate) fn metadata(host: &impl ProxyHost) -> Result<Vec<u8>, Status> {
    // The whole of it: single members come as bare bytes that do not tell `true` from a text.
    Ok(host.property(&["xds", "route_metadata"])?.unwrap_or_default())
}

fn parse(metadata: &[u8]) -> Result<RouteSettings, RouteError> {
    let wrong = |error: &dyn std::fmt::Display| {
        RouteError::Settings(
            error.to_string().chars().take(200).flat_map(char::escape_debug).collect(),
        )
    };
    let metadata = Metadata::decode(metadata).map_err(|error| wrong(&error))?;
    let Some(own) = metadata.filter_metadata.get("vicar") else {
        return Ok(RouteSettings::default());
    };
    let json = json_of(own).ok_or_else(|| wrong(&"it holds a number that JSON lacks"))?;
    serde_json::from_slice(json.to_string().as_bytes()).map_err(|error| wrong(&error))
}

/// Most settings kept; all are dropped beyond, since metadata may in theory be endless.
const KEPT: usize = 1024;
