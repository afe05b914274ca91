//! No token crosses keys (domain case 43), and one exchange serves all who wait for it.

mod crossing;
mod flights;
mod keys;
mod life;
