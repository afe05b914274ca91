use super::{Entry, GLOSSARY, entry};

const DOCUMENT: &str = include_str!("../../../../docs/claims.md");

/// The row of `docs/claims.md` for an entry.
fn row(entry: &Entry) -> String {
    let read_in = match entry.read_in {
        "" => "—".to_owned(),
        modules => {
            modules.split(", ").map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
        }
    };
    format!(
        "| `{}` | {} | {} | {} | {} |",
        entry.claim,
        entry.meaning,
        read_in,
        entry.source,
        entry.status.name()
    )
}

#[test]
fn entries_are_sorted_and_unique() {
    for pair in GLOSSARY.windows(2) {
        assert!(pair[0].claim < pair[1].claim, "{} {}", pair[0].claim, pair[1].claim);
    }
    assert_eq!(entry("oid").map(|entry| entry.claim), Some("oid"));
    assert_eq!(entry("no such claim"), None);
}

#[test]
fn every_claim_stands_in_the_document_with_the_same_words() {
    let missing: Vec<String> =
        GLOSSARY.iter().map(row).filter(|row| !DOCUMENT.lines().any(|line| line == row)).collect();
    assert!(missing.is_empty(), "docs/claims.md lacks these rows:\n{}", missing.join("\n"));
}

#[test]
fn the_document_has_no_row_that_the_glossary_lacks() {
    let table = DOCUMENT.split("<!-- glossary -->").nth(1).unwrap();
    let rows = table.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, GLOSSARY.len());
}

#[test]
fn every_module_named_exists() {
    let files = [
        "act",
        "claims",
        "eid1",
        "entra",
        "entra/classify",
        "entra/client",
        "entra/consistency",
        "entra/groups",
        "entra/marks",
        "entra/permissions",
        "entra/relationship",
        "entra/subject_type",
        "exchange_audience",
        "facets",
        "idrel",
        "kubernetes",
        "oidc",
        "recognise",
        "rfc8693",
        "spiffe",
    ];
    for file in files {
        let path = format!("{}/src/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        assert!(std::path::Path::new(&path).exists(), "{path}");
    }
    for entry in GLOSSARY {
        for module in entry.read_in.split(", ").filter(|module| !module.is_empty()) {
            let known =
                module == "vicar-token" || files.contains(&module.replace("::", "/").as_str());
            assert!(known, "{}: {module}", entry.claim);
        }
    }
}

/// A module that says it reads a claim must name that claim, and a claim that no module reads
/// must not be named by any.
#[test]
fn every_module_names_the_claims_it_reads() {
    for entry in GLOSSARY {
        for module in entry.read_in.split(", ") {
            if matches!(
                module,
                "" | "vicar-token" | "oidc" | "eid1" | "exchange_audience" | "facets" | "idrel"
            ) {
                continue;
            }
            let file = module.replace("::", "/");
            let path = format!("{}/src/{file}.rs", env!("CARGO_MANIFEST_DIR"));
            #[expect(clippy::disallowed_methods, reason = "a test of the crate's own sources")]
            let source = std::fs::read_to_string(&path).unwrap();
            assert!(source.contains(&format!("\"{}\"", entry.claim)), "{module}: {}", entry.claim);
        }
    }
}
