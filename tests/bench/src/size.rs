//! The component's size.

use std::{
    error::Error,
    io::Write,
    path::Path,
    process::{Command, Stdio},
};

use crate::report::Section;

pub(crate) fn run(component: &Path) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("The component");
    let bytes = std::fs::read(component)?;
    section.at_most("size", bytes.len() as f64 / 1e3, 700.0, " KB");
    section.at_most("gzip -9", gzipped(&bytes)? as f64 / 1e3, 300.0, " KB");
    Ok(section)
}

fn gzipped(bytes: &[u8]) -> Result<usize, Box<dyn Error>> {
    let mut gzip = Command::new("gzip")
        .args(["-9", "-c"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = gzip.stdin.take().ok_or("gzip takes no input")?;
    let bytes = bytes.to_vec();
    let feed = std::thread::spawn(move || input.write_all(&bytes));
    let output = gzip.wait_with_output()?;
    feed.join().map_err(|_| "gzip's input could not be written")??;
    Ok(output.stdout.len())
}
