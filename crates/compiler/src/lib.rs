//! A bundle folder made into a bundle: YAML and Cedar in, one canonical file out.
//!
//! What it is: the only place that reads `vicar.yaml`, `*.cedar` and `tests/*.yaml`, and the
//! author of every message about them. What it never does: touch a file (hosts read the folder
//! into a [`Folder`](std::collections::BTreeMap)) or decide a request.

pub mod cedar;
pub mod diagnostic;
pub mod reference;

pub use diagnostic::{Diagnostic, Severity};
