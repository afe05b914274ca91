//! A bundle folder made into a bundle: YAML and Cedar in, one canonical file out.
//!
//! What it is: the only place that reads `vicar.yaml`, `*.cedar` and `tests/*.yaml`, and the
//! author of every message about them. What it never does: touch a file (hosts read the disk into
//! a [`Folder`]) or decide a request.
//!
//! ```
//! use vicar_compiler::{Folder, compile};
//!
//! let mut folder = Folder::new();
//! folder.insert("vicar.yaml".to_owned(), "name: mine\nsurfice: {}\n".to_owned());
//! let problems = compile(&folder).unwrap_err();
//! assert_eq!(problems[0].headline(), "vicar.yaml:1:1: the key `trust` is missing");
//! assert_eq!(problems[1].headline(), "vicar.yaml:1:1: the key `surface` is missing");
//! ```

mod build;
pub mod cedar;
pub mod diagnostic;
mod folder;
mod lower;
pub mod reference;
mod source;
pub mod test_file;
pub mod vocabulary;
mod yaml;

pub use build::{Compiled, compile, json_schema};
pub use diagnostic::{Diagnostic, Severity};
pub use folder::{Folder, LONGEST_FILE, MANIFEST};
pub use test_file::{TestCase, TestFile};
