//! Drawing on a terminal: styles, tables, chains. Everything that comes from a token passes
//! through [`safe`] first.

mod chain;
mod palette;
mod table;
mod text;

pub use chain::{Chain, Link, Node};
pub use palette::{ColorChoice, Palette, Tone};
pub use table::Table;
pub use text::{column_width, safe, shorten, wrap};
