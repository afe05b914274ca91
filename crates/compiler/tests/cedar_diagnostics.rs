//! What an author of a wrong policy is told: each file of `data/bad` against a snapshot.

#![expect(clippy::disallowed_methods, clippy::expect_used, reason = "all of this is a test")]

use std::fs;
use std::path::{Path, PathBuf};

use vicar_compiler::cedar::{KnownNames, Sources, TemplateLink, compile_policies};
use vicar_policy::ir::SourceSpan;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/bad")
}

fn names() -> KnownNames {
    let mut names = KnownNames::default();
    names.close_type("Agent", ["invoice-agent", "search-agent"]);
    names.close_type("Blueprint", ["invoicing"]);
    names.close_type("Tool", ["docs/read", "docs/search", "server/search", "server/write"]);
    names.close_type("McpServer", ["docs", "server"]);
    names.close_type("Group", ["administrators", "readers"]);
    names.close_path(
        "context.mode",
        ["agent_user", "app", "autonomous", "exchange_credential", "on_behalf_of", "user"],
    );
    names.close_path("context.subject.kind", ["agent", "agent_user", "app", "human", "user"]);
    names.close_path("context.auth.methods", ["mfa", "pwd", "wia"]);
    names
}

fn link(
    line: u32,
    template: &str,
    principal: Option<&str>,
    resource: Option<&str>,
) -> TemplateLink {
    TemplateLink {
        id: format!("link-{line}"),
        template: template.to_owned(),
        principal: principal.map(str::to_owned),
        resource: resource.map(str::to_owned),
        source: SourceSpan { file: "vicar.yaml".to_owned(), line, column: 5 },
    }
}

fn told(file: &str, text: &str, links: &[TemplateLink]) -> String {
    let schema = fs::read_to_string(folder().join("schema.cedarschema")).expect("the schema");
    let files = [(file.to_owned(), text.to_owned())];
    let names = names();
    let sources = Sources { files: &files, links, schema: &schema, names: &names };
    let (head, diagnostics) = match compile_policies(&sources) {
        Ok(compiled) => (
            format!("{} policies, {} warnings", compiled.policies.len(), compiled.warnings.len()),
            compiled.warnings,
        ),
        Err(diagnostics) => (format!("refused, {} findings", diagnostics.len()), diagnostics),
    };
    let lines = diagnostics.iter().map(ToString::to_string);
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

#[test]
fn each_bad_file_is_told_where_what_and_how_to_mend_it() {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "cedar"))
        .collect();
    files.sort();
    assert!(files.len() >= 13, "{} files", files.len());
    for path in files {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("readable");
        let links: &[TemplateLink] = &if name.starts_with("09") {
            vec![
                link(
                    10,
                    "linked-well",
                    Some("Agent::\"invoice-agent\""),
                    Some("McpServer::\"docs\""),
                ),
                link(11, "linked-wel", Some("Agent::\"invoice-agent\""), None),
                link(12, "linked-well", Some("Agent::\"invoice-agent\""), None),
                link(
                    13,
                    "linked-well",
                    Some("Agent::\"invoice-agnt\""),
                    Some("McpServer::\"docs\""),
                ),
                link(14, "linked-well", Some("no entity"), Some("McpServer::\"docs\"")),
            ]
        } else {
            Vec::new()
        };
        insta::with_settings!({ description => &text, omit_expression => true }, {
            insta::assert_snapshot!(name.trim_end_matches(".cedar"), told(&name, &text, links));
        });
    }
}

#[test]
fn a_schema_that_does_not_parse_is_one_finding() {
    let names = names();
    let sources = Sources { files: &[], links: &[], schema: "entity ;", names: &names };
    let found = compile_policies(&sources).expect_err("no schema");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].file, "generated schema");
}

#[test]
fn problems_of_all_files_are_reported_in_order() {
    let names = names();
    let schema = fs::read_to_string(folder().join("schema.cedarschema")).expect("the schema");
    let text =
        |name: &str| (name.to_owned(), fs::read_to_string(folder().join(name)).expect("readable"));
    let files = [text("06-unknown-words.cedar"), text("01-syntax.cedar"), text("07-types.cedar")];
    let sources = Sources { files: &files, links: &[], schema: &schema, names: &names };
    let found = compile_policies(&sources).expect_err("all are bad");
    let mut reported: Vec<&str> = found.iter().map(|finding| finding.file.as_str()).collect();
    reported.dedup();
    assert_eq!(reported, ["01-syntax.cedar", "06-unknown-words.cedar", "07-types.cedar"]);
    assert!(found.is_sorted());
}
