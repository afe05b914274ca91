//! The `vicar` command from outside: what goes in, what comes out, how it ends.

#[path = "cli/answers.rs"]
mod answers;
#[path = "cli/bundles.rs"]
mod bundles;
#[path = "cli/keys.rs"]
mod keys;
#[path = "cli/misuse.rs"]
mod misuse;
#[path = "cli/schemas.rs"]
mod schemas;
#[path = "cli/support.rs"]
mod support;
#[path = "cli/tokens.rs"]
mod tokens;
