//! From folder to bundle.

use vicar_bundle::{Bundle, Contents};
use vicar_policy::Program;

use crate::{
    cedar::{self, Sources},
    diagnostic::Diagnostic,
    folder::{self, Folder, MANIFEST},
    lower::{self, Findings, Lowered, Unreadable},
    reference::Reference,
    source::Source,
    test_file::{self, TestFile},
    vocabulary, yaml,
};

/// A bundle and what was found on the way to it.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The bundle; [`Bundle::to_bytes`] is the file.
    pub bundle: Bundle,
    /// Findings that do not stop the build, sorted by place.
    pub warnings: Vec<Diagnostic>,
    /// The folder's tests, sorted by path.
    pub tests: Vec<TestFile>,
    /// The same policies as Cedar itself holds them, to be asked the same questions.
    pub reference: Reference,
}

/// Builds a bundle.
///
/// The same folder gives the same bytes: policies stand in the order of file name and position,
/// all else is sorted by name.
///
/// # Errors
/// Every problem that could be found, sorted by place, warnings among them.
pub fn compile(folder: &Folder) -> Result<Compiled, Vec<Diagnostic>> {
    let mut diagnostics = folder::overlooked(folder);
    let outcome = stages(folder, &mut diagnostics);
    diagnostics.sort_by(|left, right| {
        (&left.file, left.line, left.column).cmp(&(&right.file, right.line, right.column))
    });
    match outcome {
        Some((bundle, tests, reference)) if !diagnostics.iter().any(Diagnostic::is_error) => {
            Ok(Compiled { bundle, warnings: diagnostics, tests, reference })
        }
        _ => Err(diagnostics),
    }
}

/// Each stage reports all that it finds; a later one runs as far as the earlier ones let it.
fn stages(
    folder: &Folder,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(Bundle, Vec<TestFile>, Reference)> {
    let source: Source =
        keep(folder::manifest(folder).and_then(|text| yaml::read(MANIFEST, text)), diagnostics)?;
    let mut findings = Findings::new(MANIFEST);
    let Lowered { mut contents, links, unreadable } = lower::lower(&source, folder, &mut findings);
    let findings = findings.into_diagnostics();
    let sound = !findings.iter().any(Diagnostic::is_error);
    diagnostics.extend(findings);

    let issuers: Vec<&str> = source.trust.names().collect();
    let tests: Vec<TestFile> = folder::test_files(folder)
        .filter_map(|(path, text)| keep(test_file::parse(path, text, &issuers), diagnostics))
        .collect();

    // A schema made of unsound contents would blame the policies for them.
    if !sound {
        return None;
    }
    contents.program = program(folder, &contents, &links, unreadable, diagnostics)?;
    let bundle = Bundle::new(contents)
        .map_err(|error| vec![Diagnostic::error(MANIFEST, 0, 0, error.to_string())]);
    // Text that our own reader took, Cedar takes too; were it not so, nobody should load it.
    let reference = Reference::new(&folder::cedar_files(folder), &links)
        .map_err(|error| vec![Diagnostic::error(MANIFEST, 0, 0, error.to_string())]);
    Some((keep(bundle, diagnostics)?, tests, keep(reference, diagnostics)?))
}

fn program(
    folder: &Folder,
    contents: &Contents,
    links: &[cedar::TemplateLink],
    unreadable: Unreadable,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<u8>> {
    let files = folder::cedar_files(folder);
    if files.is_empty() {
        let problem = Diagnostic::warning(MANIFEST, 0, 0, "the folder has no policy")
            .expected("at least one `*.cedar` file: what no policy permits is denied");
        diagnostics.push(problem);
    }
    let schema = vocabulary::schema(contents);
    let mut names = vocabulary::known_names(contents);
    names.arguments.unreadable = unreadable;
    let sources = Sources { files: &files, links, schema: &schema, names: &names };
    let compiled = keep(cedar::compile_policies(&sources), diagnostics)?;
    diagnostics.extend(compiled.warnings);
    let program = Program::compile(compiled.policies)
        .map_err(|error| vec![Diagnostic::error(MANIFEST, 0, 0, error.to_string())]);
    keep(program, diagnostics).map(|program| program.to_bytes())
}

/// The value, or its problems noted.
fn keep<T>(result: Result<T, Vec<Diagnostic>>, diagnostics: &mut Vec<Diagnostic>) -> Option<T> {
    result.map_err(|problems| diagnostics.extend(problems)).ok()
}

/// The JSON Schema of `vicar.yaml`, for editors.
pub fn json_schema() -> serde_json::Value {
    yaml::schema::<Source>()
}
