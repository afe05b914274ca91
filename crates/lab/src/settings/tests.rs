use super::{CONTOSO, Settings, SettingsError};
use crate::Directory;

fn build(yaml: &str) -> Result<Directory, SettingsError> {
    Directory::build(&Settings::parse(yaml)?)
}

fn with(more: &str) -> String {
    format!(
        "tenants:\n- id: 7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901\n  name: Contoso\n  \
         domain: contoso.example\n{more}"
    )
}

#[test]
fn the_file_that_ships_is_good() {
    let directory = build(CONTOSO).unwrap();
    assert_eq!(directory.tenants.len(), 2);
}

#[test]
fn an_unknown_key_is_refused_with_its_line() {
    let error = build(&with("  colour: blue\n")).unwrap_err();
    assert_eq!(error.to_string().split(':').next(), Some("line 5, column 3"), "{error}");
    assert!(error.to_string().contains("colour"), "{error}");
}

#[test]
fn what_does_not_fit_is_named() {
    const BLUEPRINT: &str = "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a";
    let agent = "  agents:\n  - {id: a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b, name: A, blueprint: ";
    let cases = [
        ("tenants: []".to_owned(), "tenants: there is none".to_owned()),
        (
            with("").replace("7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901", "Contoso"),
            "tenant: `Contoso` is not a GUID in lower case".to_owned(),
        ),
        (
            with(&format!("{agent}{BLUEPRINT}}}\n")),
            format!(
                "blueprint of an agent: there is none with the id `{BLUEPRINT}`; add it to `blueprints`"
            ),
        ),
        (
            with(&format!("  apps:\n  - {{id: {BLUEPRINT}, name: B}}\n{agent}{BLUEPRINT}}}\n")),
            format!(
                "blueprint of an agent: there is none with the id `{BLUEPRINT}`; that is an application, but no blueprint"
            ),
        ),
        (
            with(&format!(
                "  apps:\n  - {{id: {BLUEPRINT}, name: B}}\n  - {{id: {BLUEPRINT}, name: C}}\n"
            )),
            format!("application: `{BLUEPRINT}` is there twice"),
        ),
        (
            with(&format!("  apps:\n  - {{id: {BLUEPRINT}, name: B, token_version: 3}}\n")),
            "token_version: it is neither 1 nor 2".to_owned(),
        ),
        (
            with(&format!(
                "  apps:\n  - {{id: {BLUEPRINT}, name: B, credentials: [{{secret: a, certificate: b}}]}}\n"
            )),
            format!(
                "credential of `{BLUEPRINT}`: it needs exactly one of `secret`, `certificate` and `federated`"
            ),
        ),
        (
            with(&format!(
                "  apps:\n  - {{id: {BLUEPRINT}, name: B, public: true, credentials: [{{secret: a}}]}}\n"
            )),
            format!("credential of `{BLUEPRINT}`: a public client has none"),
        ),
        (
            with(&format!(
                "  apps:\n  - {{id: {BLUEPRINT}, name: B, scopes: [a]}}\n  consents:\n    delegated:\n    - {{client: {BLUEPRINT}, resource: {BLUEPRINT}, scopes: [b]}}\n"
            )),
            format!("delegated consent: the resource `{BLUEPRINT}` does not define `b`"),
        ),
        (
            with("  lifetimes: {access_shortest: 9, access_longest: 8}\n"),
            "lifetimes: `access_shortest` is more than `access_longest`".to_owned(),
        ),
    ];
    for (yaml, wanted) in cases {
        assert_eq!(build(&yaml).unwrap_err().to_string(), wanted, "{yaml}");
    }
}

#[test]
fn a_certificate_that_is_none_is_refused() {
    let yaml = with(
        "  apps:\n  - id: c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a\n    name: B\n    credentials:\n    - certificate: nonsense\n",
    );
    let error = build(&yaml).unwrap_err().to_string();
    assert!(error.contains("there is no certificate in PEM form"), "{error}");
}

#[test]
fn secrets_do_not_show() {
    let settings = Settings::parse(CONTOSO).unwrap();
    let directory = Directory::build(&settings).unwrap();
    for shown in [format!("{settings:?}"), format!("{directory:?}")] {
        assert!(!shown.contains("lab-blueprint-secret"));
    }
}
