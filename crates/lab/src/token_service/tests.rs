//! The token service, row by row and flow by flow.

mod arbitrary;
mod cases;
mod credentials;
mod flows;
mod shapes;
mod world;
