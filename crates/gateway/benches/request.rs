//! What a gateway adds to a decision: a whole request with a known token against
//! [`vicar::Gate::decide`] on the same call.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a bench without its input should stop")]

use divan::{Bencher, black_box};
use serde_json::json;
use vicar::{Call, Gate, Operation};
use vicar_compiler::Folder;
use vicar_gateway::{FieldList, Gateway, RouteSettings, Settings, Step};
use vicar_token::{Algorithm, PublicKey, SignatureVerifier, base64url, verifier::KeyUnusable};

fn main() {
    divan::main();
}

const NOW: u64 = 1_790_000_300;
const MESSAGE: &[u8] = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"overdue"}}}"#;

/// The gate alone, on an API route.
#[divan::bench(sample_size = 2000)]
fn decide(bencher: Bencher<'_, '_>) {
    let mut gate = gate();
    let token = token();
    let call = Call {
        token: Some(&token),
        method: "GET",
        scheme: "https",
        host: "api.example",
        path: "/v1/orders",
        headers: &[],
        operation: Operation::Http,
    };
    assert!(gate.decide(&call, NOW).allowed);
    bencher.bench_local(|| gate.decide(black_box(&call), NOW).allowed);
}

/// A whole request to the same route.
#[divan::bench(sample_size = 2000)]
fn request(bencher: Bencher<'_, '_>) {
    api(bencher, Settings::default());
}

/// The same, with an audit record.
#[divan::bench(sample_size = 2000)]
fn request_with_audit(bencher: Bencher<'_, '_>) {
    api(bencher, Settings { audit: true, ..Settings::default() });
}

/// A tool call, judged by its body.
#[divan::bench(sample_size = 2000)]
fn message(bencher: Bencher<'_, '_>) {
    let authorization = format!("Bearer {}", token());
    let mut gateway = Gateway::new(gate(), Settings::default(), |_| "bench").unwrap();
    let mut fields = fields("POST", "mcp.example", "/mcp", &authorization);
    fields.push((b"content-type", b"application/json"));
    let head = FieldList { fields: &fields, end_of_stream: false };
    bencher.bench_local(|| {
        let (mut request, _) = gateway.begin(black_box(&head), &RouteSettings::default(), NOW);
        let step = request.body(&mut gateway, black_box(MESSAGE), true, NOW);
        assert!(matches!(step, Step::Allow(_)));
        step
    });
}

fn api(bencher: Bencher<'_, '_>, settings: Settings) {
    let authorization = format!("Bearer {}", token());
    let mut gateway = Gateway::new(gate(), settings, |_| "bench").unwrap();
    let fields = fields("GET", "api.example", "/v1/orders", &authorization);
    let head = FieldList { fields: &fields, end_of_stream: true };
    let route = RouteSettings::default();
    bencher.bench_local(|| {
        let (request, step) = gateway.begin(black_box(&head), &route, NOW);
        assert!(request.passes());
        step
    });
}

fn fields<'a>(
    method: &'a str,
    host: &'a str,
    path: &'a str,
    authorization: &'a str,
) -> Vec<(&'a [u8], &'a [u8])> {
    [
        (":method", method),
        (":scheme", "https"),
        (":authority", host),
        (":path", path),
        ("user-agent", "bench"),
        ("accept", "*/*"),
        ("authorization", authorization),
    ]
    .into_iter()
    .map(|(name, value)| (name.as_bytes(), value.as_bytes()))
    .collect()
}

/// A verifier that takes everything: tokens are known here.
struct Anything;

impl SignatureVerifier for Anything {
    type Key = ();

    fn prepare(&self, _: Algorithm, _: &PublicKey) -> Result<(), KeyUnusable> {
        Ok(())
    }

    fn verify(&self, (): &(), _: &[u8], _: &[u8]) -> bool {
        true
    }
}

fn gate() -> Gate<Anything> {
    let keys = json!({ "keys": [{ "kty": "RSA", "use": "sig", "kid": "key-1",
        "n": base64url::encode(&[0xc5; 256]), "e": "AQAB" }] });
    let folder: Folder = [
        ("vicar.yaml", include_str!("../tests/data/vicar.yaml").to_owned()),
        ("policies.cedar", include_str!("../tests/data/policies.cedar").to_owned()),
        ("keys.json", keys.to_string()),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text))
    .collect();
    let compiled = vicar_compiler::compile(&folder).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
    });
    Gate::load(&compiled.bundle.to_bytes(), Anything).unwrap()
}

/// An Entra-sized token of an agent on behalf of a user.
fn token() -> String {
    let claims = json!({
        "aud": "api://contoso",
        "iss": "https://sts.windows.net/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/",
        "iat": 1_790_000_000, "nbf": 1_790_000_000, "exp": 1_790_003_600, "acct": 0,
        "appid": "a9e27000-1c2d-4e3f-8a5b-6c7d8e9f0a1b", "appidacr": "2", "idtyp": "user",
        "oid": "1f2e3d4c-5b6a-4798-8877-665544332211", "scp": "orders.read ledger.read",
        "sub": "pairwise-subject-for-agent-BBBBBBBBBBBB",
        "tid": "7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901", "uti": "T2000000000000000000AA",
        "ver": "1.0", "xms_act_fct": "3 9 11", "xms_idrel": "1 12", "xms_sub_fct": "3 12",
        "xms_par_app_azp": "c0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a"
    });
    let header = json!({ "typ": "JWT", "alg": "RS256", "kid": "key-1" });
    let part = |value: serde_json::Value| base64url::encode(value.to_string().as_bytes());
    format!("{}.{}.{}", part(header), part(claims), base64url::encode(&[7; 256]))
}
