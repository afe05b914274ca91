//! The table's tokens as requests to a real Envoy: the filter with the reference bundle, a key
//! server, and an upstream that echoes.

mod exchange;
mod parts;
mod words;

use std::{
    io::{Write as _, stdout},
    thread::sleep,
    time::Duration,
};

use vicar_envoy_tests::Failure;

use crate::{
    rows::{DataError, Rows},
    show::Shown,
    table::Paint,
};
use exchange::Exchange;
use parts::Parts;

/// Why there is no gateway to show.
#[derive(Debug, thiserror::Error)]
pub enum GatewayDemoError {
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// Envoy or what stands around it.
    #[error(transparent)]
    Surroundings(#[from] Failure),
    /// A token could not be minted.
    #[error(transparent)]
    Mint(#[from] vicar_native::mint::MintError),
    /// A token's file could not be written.
    #[error("cannot write `{path}`: {error}")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Sends every token of the table to Envoy and shows what comes back, and what Envoy keeps of it.
///
/// # Errors
/// [`GatewayDemoError`] where a part does not start or a request gets no answer.
pub fn show(paint: Paint) -> Result<Shown, GatewayDemoError> {
    let rows = Rows::shipped()?;
    let parts = Parts::start(0)?;
    let mut text = words::head(&parts, paint);
    let mut surprises = Vec::new();
    for (index, row) in rows.rows.iter().enumerate() {
        let exchange = Exchange::send(&parts, &rows, row)?;
        surprises.extend(exchange.surprise(row));
        text.push_str(&words::exchange(index + 1, row, &exchange, paint));
    }
    text.push_str(&words::audit(&parts.audit_lines(rows.rows.len())?, paint));
    text.push_str(&words::metrics(&parts.metrics(rows.rows.len())?, paint));
    Ok(Shown { text, surprises })
}

/// Starts the same parts at fixed ports, writes the tokens into files, and shows audit lines as
/// they come, until Envoy or this process is ended.
///
/// # Errors
/// As [`show`].
pub fn serve(paint: Paint) -> Result<Shown, GatewayDemoError> {
    let rows = Rows::shipped()?;
    let mut parts = Parts::start(PORT)?;
    let folder = parts.write_tokens(&rows)?;
    let _ = stdout().write_all(words::invitation(&parts, &rows, &folder, paint).as_bytes());
    let mut shown = 0;
    while parts.runs() {
        let lines = parts.audit_lines(0)?;
        for line in lines.iter().skip(shown) {
            let _ = writeln!(stdout(), "{line}");
        }
        shown = lines.len();
        sleep(Duration::from_millis(200));
    }
    Ok(Shown { text: String::new(), surprises: vec!["Envoy ended".to_owned()] })
}

const PORT: u16 = 10_000;
