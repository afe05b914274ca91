//! Runs a lab until its standard input ends: `cargo run -p vicar-lab --example lab -- FOLDER`.

use std::{io::Read, net::SocketAddr, path::PathBuf};

use vicar_lab::{CONTOSO, Lab, Options, Settings};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let yaml = match std::env::args_os().nth(2) {
        Some(file) => std::fs::read_to_string(file)?,
        None => CONTOSO.to_owned(),
    };
    let options = Options {
        folder,
        http: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        own_issuers: std::env::args().any(|argument| argument == "--own-issuers"),
        ..Options::default()
    };
    let lab = Lab::start(&Settings::parse(&yaml)?, options)?;
    println!("{}", lab.origin);
    std::io::stdin().read_to_end(&mut Vec::new())?;
    lab.stop();
    Ok(())
}
