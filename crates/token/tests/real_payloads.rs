//! The captured payloads of `../shared/tokens`: all are from one tenant by its v1 issuer, the
//! exchange token among them although its `ver` is 2.0.

use std::fs::File;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};

use vicar_token::issuer::select;
use vicar_token::json::Limits;
use vicar_token::{Algorithm, Cloud, IssuerForm, IssuerRule, Object, TrustedIssuer};

const TENANT: &str = "5e7d8166-7876-4755-a1a4-b476d4a344f6";

#[test]
fn captured_payloads_are_their_tenants() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/tokens");
    if !folder.is_dir() {
        skipped(&folder);
        return;
    }
    let issuer = TrustedIssuer {
        name: "entra".to_owned(),
        issuer: IssuerRule::EntraTenants {
            cloud: Cloud::Public,
            tenants: vec![TENANT.to_owned()],
            v1: true,
            v2: true,
        },
        algorithms: vec![Algorithm::Rs256],
        audiences: vec!["https://graph.microsoft.com".to_owned()],
        single_audience: true,
        clock_skew_seconds: 60,
        max_lifetime_seconds: 5400,
        require_issued_at: true,
    };
    for (file, version) in [
        ("blueprint-as-itself.json", "1.0"),
        ("t1-blueprint-for-agent.json", "2.0"),
        ("t2-agent-as-itself.json", "1.0"),
        ("t2-agent-on-behalf-of-user.json", "1.0"),
    ] {
        let mut payload = Vec::new();
        File::open(folder.join(file)).unwrap().read_to_end(&mut payload).unwrap();
        let claims = Object::parse(&payload, &Limits::TOKEN).unwrap();
        let selection = select(std::slice::from_ref(&issuer), &claims).unwrap();
        assert_eq!(selection.form, IssuerForm::EntraV1, "{file}");
        assert_eq!(selection.tenant, Some(TENANT), "{file}");
        assert_eq!(claims.string("ver"), Ok(Some(version)), "{file}");
    }
}

/// Says so where the harness does not swallow it; `tools/test.sh` counts these lines.
fn skipped(path: &Path) {
    let _ = writeln!(std::io::stderr(), "skipped: {} is not there", path.display());
}
