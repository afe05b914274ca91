//! From core modules to what hosts load: a component, checked and compiled ahead of time, and the
//! Envoy filter, checked and made an image. The build tools `vicar-pack` and `vicar-pack-filter`
//! are thin fronts of this module.

mod filter;
mod image;
mod imports;

use wit_component::ComponentEncoder;

use crate::engine::{EngineError, configuration};

pub use filter::{HOST_CALLS, check_filter};
pub use image::image;
pub use imports::{Import, Imports};

/// A world of `wit/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum World {
    /// `vicar-alone`: verifies signatures itself.
    Alone,
    /// `vicar-exchange`: the exchange, which imports nothing.
    Exchange,
    /// `vicar`: the host verifies signatures.
    Vicar,
}

impl World {
    const fn component_may_import(self) -> &'static [&'static str] {
        match self {
            Self::Alone | Self::Exchange => &[],
            Self::Vicar => &[SIGNATURES],
        }
    }

    /// Largest component, in bytes, where one was promised.
    const fn largest(self) -> Option<usize> {
        match self {
            Self::Vicar => Some(700_000),
            Self::Alone | Self::Exchange => None,
        }
    }

    const fn core_module_may_import(self) -> &'static [&'static str] {
        match self {
            Self::Alone => &[HANDLES],
            Self::Exchange => &[EXCHANGE_HANDLES],
            Self::Vicar => &[HANDLES, SIGNATURES],
        }
    }
}

/// Why an artefact was not made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackError {
    /// Ahead-of-time compilation failed.
    #[error(transparent)]
    Compile(#[from] EngineError),
    /// The core module is not one that a component can be made of.
    #[error("no component can be made of the module: {0}")]
    Component(String),
    /// The artefact imports something that its host does not offer.
    #[error("the {artefact} imports {import}, which is not in its allow list")]
    Forbidden {
        /// What was looked at.
        artefact: &'static str,
        /// The first import that is not allowed.
        import: Import,
    },
    /// The image could not be made.
    #[error("no image can be made of the module: {0}")]
    Image(String),
    /// The artefact is larger than its host should have to take.
    #[error("the {artefact} has {length} bytes, more than {limit}")]
    TooLarge {
        /// What was looked at.
        artefact: &'static str,
        /// Its length in bytes.
        length: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The artefact is not WebAssembly.
    #[error("the {artefact} cannot be read: {message}")]
    Unreadable {
        /// What was looked at.
        artefact: &'static str,
        /// The parser's words.
        message: String,
    },
}

/// Makes a component of a core module that holds its WIT world, as `wit-bindgen` leaves it.
///
/// # Errors
/// [`PackError::Forbidden`] when the module or the component imports anything outside its
/// world; otherwise when the module is not a guest's.
pub fn component(core: &[u8], world: World) -> Result<Vec<u8>, PackError> {
    Imports::of("core module", core)?.only(world.core_module_may_import())?;
    let component = ComponentEncoder::default()
        .validate(true)
        .module(core)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| PackError::Component(format!("{error:#}")))?;
    Imports::of("component", &component)?.only(world.component_may_import())?;
    if let Some(limit) = world.largest().filter(|limit| component.len() > *limit) {
        let length = component.len();
        return Err(PackError::TooLarge { artefact: "component", length, limit });
    }
    Ok(component)
}

/// Compiles a component for every processor of `target`, a triple.
///
/// # Errors
/// [`PackError::Compile`].
pub fn precompile(component: &[u8], target: &str) -> Result<Vec<u8>, PackError> {
    configuration::portable(target)?
        .precompile_component(component)
        .map_err(|error| EngineError::Component(format!("{error:#}")).into())
}

const SIGNATURES: &str = "vicar:gate/signatures@0.1.0";

/// Where the handle table of the resources that a module exports is imported from.
const HANDLES: &str = "[export]vicar:gate/gate@0.1.0";
const EXCHANGE_HANDLES: &str = "[export]vicar:exchange/exchange@0.1.0";
