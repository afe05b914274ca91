//! `docs/reasons.md` lists exactly the reason codes of the code.

use std::collections::{BTreeMap, BTreeSet};

use vicar_token::Reason;

const DOCUMENT: &str = include_str!("../../../docs/reasons.md");

/// Code and status of every row of the document's tables.
fn documented() -> Vec<(String, u16)> {
    DOCUMENT
        .lines()
        .filter_map(|line| {
            let mut cells = line.strip_prefix("| `")?.split(" | ");
            let code = cells.next()?.strip_suffix('`')?;
            let status = cells.next()?.parse().ok()?;
            let meaning = cells.next()?;
            let cure = cells.next()?.trim_end_matches('|').trim();
            assert!(!meaning.is_empty(), "{code} has no meaning");
            assert!(!cure.is_empty() || status == 200, "{code} does not say what changes it");
            Some((code.to_owned(), status))
        })
        .collect()
}

fn reasons() -> impl Iterator<Item = &'static Reason> {
    vicar_token::reason::ALL
        .iter()
        .chain(vicar_identity::reason::ALL)
        .chain(vicar::reason::ALL)
        .chain(vicar_bundle::reason::ALL)
        .chain(vicar_envoy_filter::reason::ALL)
        .chain(vicar_mcp::reason::ALL)
        .chain(vicar_gateway::reason::ALL)
        .chain(vicar_exchange::reason::ALL)
        .chain(vicar_native::sidecar_reason::ALL)
        .copied()
}

#[test]
fn every_code_is_documented_with_its_status_and_no_other() {
    let code: BTreeMap<String, u16> =
        reasons().map(|reason| (reason.code.to_owned(), reason.status)).collect();
    let document = documented();
    for (name, status) in &code {
        assert!(
            document.contains(&(name.clone(), *status)),
            "docs/reasons.md lacks `{name}` with status {status}"
        );
    }
    for (name, _) in &document {
        assert!(code.contains_key(name), "docs/reasons.md lists `{name}`, which no crate has");
    }
}

#[test]
fn no_code_is_used_twice() {
    let mut seen = BTreeSet::new();
    for reason in reasons() {
        assert!(seen.insert(reason.code), "`{}` has two meanings", reason.code);
    }
    assert_eq!(documented().len(), seen.len(), "a code is listed twice in docs/reasons.md");
}
