//! Results as a Markdown table, with the target of each beside it.

use std::{error::Error, fmt::Write, fs, path::Path};

/// A section of the report.
pub(crate) struct Section {
    title: &'static str,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    measured: String,
    target: String,
    met: Option<bool>,
}

impl Section {
    pub(crate) const fn new(title: &'static str) -> Self {
        Self { title, rows: Vec::new() }
    }

    /// A value without a target.
    pub(crate) fn value(&mut self, what: impl Into<String>, measured: impl Into<String>) {
        self.rows.push(Row {
            what: what.into(),
            measured: measured.into(),
            target: String::new(),
            met: None,
        });
    }

    /// A value that should be at most `limit`.
    pub(crate) fn at_most(
        &mut self,
        what: impl Into<String>,
        measured: f64,
        limit: f64,
        unit: &str,
    ) {
        self.held_to(
            what.into(),
            measured,
            unit,
            format!("at most {}", shown(limit, unit)),
            measured <= limit,
        );
    }

    /// A value that should be at least `limit`.
    pub(crate) fn at_least(
        &mut self,
        what: impl Into<String>,
        measured: f64,
        limit: f64,
        unit: &str,
    ) {
        self.held_to(
            what.into(),
            measured,
            unit,
            format!("at least {}", shown(limit, unit)),
            measured >= limit,
        );
    }

    fn held_to(&mut self, what: String, measured: f64, unit: &str, target: String, met: bool) {
        self.rows.push(Row { what, measured: shown(measured, unit), target, met: Some(met) });
    }

    /// Markdown.
    pub(crate) fn markdown(&self) -> String {
        let mut text = format!(
            "### {}\n\n| what | measured | target | met |\n|---|---|---|---|\n",
            self.title
        );
        for Row { what, measured, target, met } in &self.rows {
            let met = match met {
                None => "",
                Some(true) => "yes",
                Some(false) => "**no**",
            };
            let _ = writeln!(text, "| {what} | {measured} | {target} | {met} |");
        }
        text.push('\n');
        text
    }
}

/// Replaces what stands between two markers of a file.
pub(crate) fn write_between(
    path: &Path,
    [begin, end]: [&str; 2],
    report: &str,
) -> Result<(), Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let (before, rest) = text.split_once(begin).ok_or("the file has no begin marker")?;
    let (_, after) = rest.split_once(end).ok_or("the file has no end marker")?;
    let report = report.trim_end();
    fs::write(path, format!("{before}{begin}\n\n{report}\n\n{end}{after}"))?;
    Ok(())
}

/// A number with a sensible count of digits.
pub(crate) fn shown(value: f64, unit: &str) -> String {
    let digits = match value.abs() {
        value if value >= 100.0 => 0,
        value if value >= 10.0 => 1,
        _ => 2,
    };
    format!("{value:.digits$}{unit}")
}
