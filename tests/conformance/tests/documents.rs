//! What the documents show works.

#![expect(clippy::panic, reason = "a test fails by panicking")]

use vicar_compiler::{Folder, compile};

/// The first fenced block of `document` that starts with the comment `// name` or `# name`; it
/// stands under that name in the folder.
fn block(document: &str, name: &str) -> String {
    document
        .split("```")
        .skip(1)
        .step_by(2)
        .filter_map(|block| block.split_once('\n'))
        .map(|(_, text)| text)
        .find(|text| text.lines().next().is_some_and(|line| line.ends_with(&format!(" {name}"))))
        .unwrap_or_else(|| panic!("no block is named {name}"))
        .to_owned()
}

#[test]
fn the_readmes_bundle_builds() {
    let readme = include_str!("../../../README.md");
    let folder: Folder = ["vicar.yaml", "policies.cedar"]
        .map(|name| (name.to_owned(), block(readme, name)))
        .into_iter()
        .collect();
    let compiled = compile(&folder).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(compiled.warnings.is_empty(), "{:#?}", compiled.warnings);
}

#[test]
fn the_documents_links_lead_somewhere() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let documents = [
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "README.md",
        "docs/ARCHITECTURE.md",
        "docs/bundle.md",
        "docs/claims.md",
        "docs/cli.md",
        "docs/kubernetes.md",
        "docs/reasons.md",
    ];
    for document in documents {
        let path = root.join(document);
        let text = std::fs::read_to_string(&path).unwrap();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = target.0.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            let target = path.parent().unwrap().join(target);
            assert!(target.exists(), "{document} links to {}", target.display());
        }
    }
}
