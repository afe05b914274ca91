//! From `vicar.yaml` as written to a bundle's contents: names resolved, defaults filled in,
//! everything sorted, and every problem of meaning reported.

mod answers;
mod directory;
mod duration;
mod exchange;
mod findings;
mod surface;
mod trust;

use vicar_bundle::{Contents, syntax};
use vicar_policy::ir::SourceSpan;

pub(crate) use findings::Findings;
pub(crate) use surface::Unreadable;

use crate::{Folder, cedar::TemplateLink, source::Source};

/// What a manifest means.
pub(crate) struct Lowered {
    /// Good only if there was no error; without the program.
    pub(crate) contents: Contents,
    /// The links of policy templates.
    pub(crate) links: Vec<TemplateLink>,
    /// Arguments of tools that policies cannot read, and why.
    pub(crate) unreadable: Unreadable,
}

/// Resolves what a manifest says.
pub(crate) fn lower(source: &Source, folder: &Folder, findings: &mut Findings<'_>) -> Lowered {
    findings.require(&source.name, syntax::is_name, "a bundle name", NAME);
    let directory = directory::Names::collect(source, findings);
    let trust = trust::lower(&source.trust, &directory, folder, findings);
    let exchange = exchange::lower(source, &trust, &directory, findings);
    let (surface, unreadable) = surface::lower(&source.surface, folder, findings);
    let contents = Contents {
        name: source.name.value.clone(),
        trust,
        directory: directory::lower(&source.directory, &directory, findings),
        surface,
        answers: answers::lower(&source.answers, findings),
        exchange,
        program: Vec::new(),
    };
    surface::check_audiences(source, &contents, findings);
    Lowered { contents, links: links(source, findings.file()), unreadable }
}

fn links(source: &Source, file: &str) -> Vec<TemplateLink> {
    let text = |value: &crate::yaml::Placed<String>| value.value.clone();
    source
        .links
        .iter()
        .map(|(id, link)| TemplateLink {
            id: id.value.clone(),
            template: link.template.value.clone(),
            principal: link.principal.as_ref().map(text),
            resource: link.resource.as_ref().map(text),
            source: SourceSpan {
                file: file.to_owned(),
                line: id.place.line,
                column: id.place.column,
            },
        })
        .collect()
}

const NAME: &str = "letters, digits, `.`, `_` and `-`, at most 128";
const TEXT: &str = "printable text without spaces and quotes";
const HTTPS: &str = "an `https` address with a lower-case host, without user or fragment";
