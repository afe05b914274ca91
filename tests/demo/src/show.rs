//! The whole demo, from data file to text.

use std::fmt::Write as _;
use std::io::{Write as _, stdout};
use std::path::Path;
use std::process::ExitCode;

use vicar_native::engine::Engine;
use vicar_native::mint::{KeyNumber, Members, MintError, Recipe, key_set};
use vicar_token::Algorithm;

use crate::rows::{DataError, Row, Rows};
use crate::table::{Line, Paint, WIDTH, render, wrap};
use crate::usual_rule::{Gateway, GatewayError};
use crate::vicar_side::{Vicar, VicarError};

/// The demo's output, and whether every answer was the expected one.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What to print.
    pub text: String,
    /// What came out otherwise than the data file says; empty if all is well.
    pub surprises: Vec<String>,
}

/// Prints what was shown, and says how the process ends.
pub fn print<E: std::fmt::Display>(shown: Result<Shown, E>) -> ExitCode {
    match shown {
        Ok(shown) => {
            // A reader that closes the pipe early has seen enough.
            let _ = stdout().write_all(shown.text.as_bytes());
            for surprise in &shown.surprises {
                eprintln!("unexpected: {surprise}");
            }
            if shown.surprises.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Why there is no demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The data cannot be used.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The usual gateway could not be set up.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// The bundle has no such issuer.
    #[error("the bundle has no issuer `{0}`")]
    Issuer(String),
    /// A token could not be minted.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// Vicar could not be asked.
    #[error(transparent)]
    Vicar(#[from] VicarError),
}

/// Mints every token, asks both sides, and lays the answers side by side; `brief` leaves out the
/// head and the sentences.
pub fn show(
    engine: &dyn Engine,
    engine_name: &str,
    bundle_folder: &Path,
    paint: Paint,
    brief: bool,
) -> Result<Shown, DemoError> {
    let rows = Rows::shipped()?;
    let mut vicar = Vicar::load(engine, bundle_folder)?;
    let number = issuer_key(&vicar, &rows.trusted_as)?;
    let keys = key_set(&rows.trusted_as, &[Algorithm::Rs256], number)?;
    let gateway = Gateway::new(&rows.rule, &rows.issuer, &rows.audiences, &keys)?;

    let mut lines = Vec::with_capacity(rows.rows.len());
    let mut surprises = Vec::new();
    for row in &rows.rows {
        let line = ask_both(&rows, row, number, &gateway, &mut vicar)?;
        surprises.extend(surprise(&line));
        lines.push(line);
    }
    let mut text = if brief { String::new() } else { head(&rows, &vicar, engine_name, paint) };
    text.push_str(&render(&lines, paint, brief));
    text.push_str(&summary(&lines, paint));
    Ok(Shown { text, surprises })
}

fn issuer_key(vicar: &Vicar, issuer: &str) -> Result<KeyNumber, DemoError> {
    let position =
        vicar.bundle().contents().trust.iter().position(|known| known.trusted.name == issuer);
    position.map(KeyNumber::of_issuer).ok_or_else(|| DemoError::Issuer(issuer.to_owned()))
}

fn ask_both<'a>(
    rows: &Rows,
    row: &'a Row,
    number: KeyNumber,
    gateway: &Gateway,
    vicar: &mut Vicar,
) -> Result<Line<'a>, DemoError> {
    let claims: Members = rows.claims(row)?.into_iter().collect();
    let token = Recipe::new(&rows.trusted_as, Algorithm::Rs256, number, claims).sign()?;
    let usual = gateway.ask(&token, rows.clock);
    let call = row.call.as_ref().unwrap_or(&rows.call);
    let answer = vicar.ask(&token, call, rows.clock.unsigned_abs())?;
    Ok(Line {
        row,
        usual: usual.usual,
        usual_detail: usual.detail,
        vicar_allows: answer.decision == "allow",
        reason: answer.reason,
        sentence: answer.sentence,
    })
}

fn surprise(line: &Line<'_>) -> Option<String> {
    let Row { token, usual, vicar, .. } = line.row;
    if line.usual != *usual {
        return Some(format!(
            "{token}: the usual rule answers `{}`, the data file says `{}`",
            line.usual.label(),
            usual.label()
        ));
    }
    (line.reason != *vicar || !line.vicar_right())
        .then(|| format!("{token}: Vicar answers `{}`, the data file says `{vicar}`", line.reason))
}

fn head(rows: &Rows, vicar: &Vicar, engine: &str, paint: Paint) -> String {
    let mut text = String::new();
    let digest = vicar.bundle().digest().to_string();
    let _ = writeln!(
        text,
        "\n {}\n",
        paint.strong("Which of these tokens may call a tool? Only the agent, only for a person.")
    );
    let entries = [
        (
            "usual rule",
            format!(
                "the gateway's JWT check (signature, issuer, audience, expiry), then {}",
                rows.rule
            ),
        ),
        ("Vicar", format!("the bundle policies/reference, engine {engine}, {digest}")),
        (
            "the tokens",
            "real shapes of Microsoft Entra, ids invented, signed by a test issuer".to_owned(),
        ),
    ];
    for (name, words) in entries {
        for (index, part) in wrap(&words, WIDTH - 14).iter().enumerate() {
            let name = if index == 0 { name } else { "" };
            let _ = writeln!(text, " {} {part}", paint.quiet(&format!("{name:<11}")));
        }
    }
    text.push('\n');
    text
}

fn summary(lines: &[Line<'_>], paint: Paint) -> String {
    let let_through = lines.iter().filter(|line| line.wrongly_allowed()).count();
    let stopped = lines.iter().filter(|line| line.wrongly_denied()).count();
    let vicar_wrong = lines.iter().filter(|line| !line.vicar_right()).count();
    let usual = format!(
        "The usual rule lets {let_through} of {} tokens through wrongly and stops {stopped} wrongly.",
        lines.len()
    );
    let vicar = format!("Vicar: {vicar_wrong} wrong.");
    let usual = if let_through + stopped > 0 { paint.wrong(&usual) } else { paint.good(&usual) };
    let vicar = if vicar_wrong > 0 { paint.wrong(&vicar) } else { paint.good(&vicar) };
    format!(" {usual} {vicar}\n\n")
}
