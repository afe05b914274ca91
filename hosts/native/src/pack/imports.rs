//! What a WebAssembly binary wants from its host.

use std::fmt;

use wasmparser::{Parser, Payload};

use super::PackError;

/// The imports of a core module or of a component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imports {
    artefact: &'static str,
    imports: Vec<Import>,
}

/// One import: of a core module, the module and the name; of a component, the name alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    from: String,
    name: Option<String>,
}

impl Imports {
    /// Reads them from a binary's outermost level.
    ///
    /// # Errors
    /// [`PackError::Unreadable`] when it is not WebAssembly.
    pub fn of(artefact: &'static str, binary: &[u8]) -> Result<Self, PackError> {
        let unreadable = |error: wasmparser::BinaryReaderError| PackError::Unreadable {
            artefact,
            message: error.to_string(),
        };
        let mut imports = Vec::new();
        let mut depth = 0_usize;
        for payload in Parser::new(0).parse_all(binary) {
            match payload.map_err(unreadable)? {
                Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
                // One end for each nested level, and the last for the whole.
                Payload::End(_) => depth = depth.saturating_sub(1),
                Payload::ImportSection(section) if depth == 0 => {
                    for import in section.into_imports() {
                        let import = import.map_err(unreadable)?;
                        imports.push(Import {
                            from: import.module.to_owned(),
                            name: Some(import.name.to_owned()),
                        });
                    }
                }
                Payload::ComponentImportSection(section) if depth == 0 => {
                    for import in section {
                        let import = import.map_err(unreadable)?;
                        imports.push(Import { from: import.name.name.to_owned(), name: None });
                    }
                }
                _ => {}
            }
        }
        Ok(Self { artefact, imports })
    }

    /// Refuses anything that is not from one of `allowed`.
    ///
    /// # Errors
    /// [`PackError::Forbidden`] with the first import that is not.
    pub fn only(&self, allowed: &[&str]) -> Result<(), PackError> {
        match self.imports.iter().find(|import| !allowed.contains(&import.from.as_str())) {
            Some(import) => {
                Err(PackError::Forbidden { artefact: self.artefact, import: import.clone() })
            }
            None => Ok(()),
        }
    }

    /// Refuses anything but these names from `module`.
    ///
    /// # Errors
    /// [`PackError::Forbidden`] with the first import that is not among them.
    pub fn only_names(&self, module: &str, names: &[&str]) -> Result<(), PackError> {
        let allowed = |import: &Import| {
            import.from == module
                && import.name.as_deref().is_some_and(|name| names.contains(&name))
        };
        match self.imports.iter().find(|import| !allowed(import)) {
            Some(import) => {
                Err(PackError::Forbidden { artefact: self.artefact, import: import.clone() })
            }
            None => Ok(()),
        }
    }
}

impl fmt::Display for Import {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(formatter, "`{name}` from `{}`", self.from),
            None => write!(formatter, "`{}`", self.from),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_outside_the_allow_list_is_refused_by_name() {
        let core = wat::parse_str(
            r#"(module (import "env" "clock" (func)) (import "ours" "verify" (func)))"#,
        )
        .unwrap();
        let imports = Imports::of("core module", &core).unwrap();
        assert_eq!(
            imports.only(&["ours"]).unwrap_err().to_string(),
            "the core module imports `clock` from `env`, which is not in its allow list",
        );
        imports.only(&["env", "ours"]).unwrap();
    }

    #[test]
    fn only_the_outermost_level_of_a_component_counts() {
        let component = wat::parse_str(
            r#"(component
                (core module (import "inner" "f" (func)))
                (component (import "nested" (func)))
                (import "a:b/c" (instance)))"#,
        )
        .unwrap();
        let imports = Imports::of("component", &component).unwrap();
        imports.only(&["a:b/c"]).unwrap();
        assert_eq!(
            imports.only(&[]).unwrap_err().to_string(),
            "the component imports `a:b/c`, which is not in its allow list",
        );
    }

    #[test]
    fn bytes_that_are_not_webassembly_are_an_error() {
        for bytes in [&b""[..], b"\0asm", b"#!/bin/sh", b"\0asm\x01\0\0\0\x02\xff"] {
            Imports::of("core module", bytes).unwrap_err();
        }
    }
}
