//! `vicar test`: run a bundle's tests.

use std::path::PathBuf;

use clap::Args;

use super::{
    engine_choice::EngineArguments,
    screen::{Answer, Ending, Screen},
    verdict_view::bullet,
};
use crate::{
    bundle_source,
    failure::{Failure, code, shown_path},
    output_file::write_whole,
    terminal::{Palette, Table, Tone, safe},
    test_runner::{self, CaseReport, Difference, Report, RunError},
};

/// Run a bundle's tests: exit status 0 all passed, 1 some failed, 2 none ran
#[derive(Clone, Debug, Args)]
pub(super) struct Test {
    /// The folder that holds `vicar.yaml`
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// Only cases whose file or name contains this
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Also write the results in JUnit's format
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Show every case, also those that passed
    #[arg(long, short)]
    verbose: bool,
    #[command(flatten)]
    engine: EngineArguments,
}

impl Test {
    pub(super) fn run(&self, screen: &Screen) -> Result<Answer, Failure> {
        let mut compiled = bundle_source::build(&self.folder)?;
        if let Some(only) = &self.only {
            for file in &mut compiled.tests {
                let whole = file.path.contains(only);
                file.cases.retain(|case| whole || case.name.contains(only));
            }
        }
        if compiled.tests.iter().all(|file| file.cases.is_empty()) {
            let shown = shown_path(&self.folder);
            return Err(Failure::new(code::TESTS_MISSING, format!("`{shown}` has no test to run"))
                .hint("tests stand in `tests/*.yaml`; `vicar schema tests` describes them"));
        }
        let engine = self.engine.open(screen)?;
        let report = test_runner::run_with_cedar(&*engine, &compiled)?;
        if let Some(path) = &self.junit {
            let document =
                report.to_junit().map_err(|error| Failure::new(code::JUNIT_UNUSABLE, error))?;
            write_whole(path, document.as_bytes())?;
        }
        screen.answer(Ending::of(report.good()), &report, |palette| {
            draw(&report, self.engine.name(), self.verbose, palette)
        })
    }
}

/// A report in words: a line for each file, the failures, the sum.
pub(super) fn draw(report: &Report, engine: &str, verbose: bool, palette: &Palette) -> String {
    let mut table = Table::new(["tests", "passed", "failed"]);
    for cases in report.cases.chunk_by(|left, right| left.file == right.file) {
        let failed = cases.iter().filter(|case| !case.passed).count();
        let file = cases.first().map_or_else(String::new, |case| safe(&case.file));
        let tone = if failed == 0 { Tone::Good } else { Tone::Bad };
        table.toned([
            (None, &file),
            (None, &(cases.len() - failed).to_string()),
            (Some(tone), &failed.to_string()),
        ]);
    }
    let mut text = table.draw(palette);
    for case in report.cases.iter().filter(|case| verbose || !case.passed) {
        draw_case(case, &mut text, palette);
    }
    let (tone, mark) =
        if report.good() { (Tone::Good, "✔ passed") } else { (Tone::Bad, "✘ failed") };
    let Report { bundle, passed, failed, .. } = report;
    let cedar = report.cedar.map(|agreed| format!("; Cedar agrees on {agreed} decisions"));
    text.push_str(&format!(
        "\n{}  bundle {}: {passed} passed, {failed} failed, engine {engine}{}\n",
        palette.paint(tone, mark),
        safe(bundle),
        cedar.unwrap_or_default()
    ));
    text
}

fn draw_case(case: &CaseReport, text: &mut String, palette: &Palette) {
    let (tone, mark) = if case.passed { (Tone::Good, "✔") } else { (Tone::Bad, "✘") };
    let place = palette.paint(Tone::Dim, format!("{}:{}", safe(&case.file), case.line));
    let mark = palette.paint(tone, mark);
    text.push_str(&format!("\n{mark} {}  {place}\n", safe(&case.name)));
    for Difference { what, wanted, seen } in &case.differences {
        let line = format!("{what}: wanted {}, got {}", safe(wanted), safe(seen));
        text.push_str(&bullet("·", &line, palette));
    }
    text.push_str(&bullet(" ", &safe(&case.sentence), palette));
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Engine(error) => error.into(),
            RunError::Mint(error) => Self::new(code::TEST_KEY_UNUSABLE, error),
        }
    }
}
