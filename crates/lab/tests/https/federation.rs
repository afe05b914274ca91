//! Federated credentials whose issuer is reached over HTTPS: here, another lab's metadata serves
//! no purpose, so the issuer is a small server of its own.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
};

use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, JwkSet},
};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, Stream, pki_types::PrivateKeyDer};
use serde_json::json;
use vicar_lab::{Lab, Options, Settings};

use crate::client::{BLUEPRINT, CONTOSO_ID, INVOICE, JWT, TestLab, builder, claims};

struct OtherIssuer {
    url: String,
    ca_pem: String,
    key: EncodingKey,
}

/// An issuer with discovery and keys, for as long as the test runs.
fn issuer() -> OtherIssuer {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}/cluster-1", listener.local_addr().unwrap().port());
    let ca_key = KeyPair::generate().unwrap();
    let mut ca = CertificateParams::default();
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_pem = ca.self_signed(&ca_key).unwrap().pem();
    let server_key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()])
        .unwrap()
        .signed_by(&server_key, &Issuer::from_params(&ca, &ca_key))
        .unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::Pkcs8(server_key.serialize_der().into()),
        )
        .unwrap();
    let signer =
        KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048).unwrap();
    let key = EncodingKey::from_rsa_pem(signer.serialize_pem().as_bytes()).unwrap();
    let mut jwk = Jwk::from_encoding_key(&key, Algorithm::RS256).unwrap();
    jwk.common.key_id = Some("cluster-key".to_owned());
    let keys = serde_json::to_string(&JwkSet { keys: vec![jwk] }).unwrap();
    let document = json!({"issuer": url, "jwks_uri": format!("{url}/openid/v1/jwks")}).to_string();
    let config = Arc::new(config);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = Stream::new(&mut connection, &mut stream);
            let mut request = [0; 4096];
            let Ok(count) = tls.read(&mut request) else { continue };
            let request = String::from_utf8_lossy(&request[..count]);
            let body = if request.contains("/cluster-1/.well-known/openid-configuration ") {
                &document
            } else if request.contains("/cluster-1/openid/v1/jwks ") {
                &keys
            } else {
                "{}"
            };
            let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/json";
            let _ = write!(tls, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    OtherIssuer { url, ca_pem, key }
}

fn lab(issuer: &str, federation_ca: Option<String>) -> TestLab {
    let settings = format!(
        "tenants:\n- id: {CONTOSO_ID}\n  name: Contoso\n  domain: contoso.example\n  blueprints:\n  \
         - id: {BLUEPRINT}\n    name: Blueprint\n    credentials:\n    - federated:\n        \
         issuer: {issuer}\n        subject: system:serviceaccount:agents:invoice-agent\n  agents:\n  \
         - {{id: {INVOICE}, name: Agent, blueprint: {BLUEPRINT}}}\n"
    );
    let options = Options { federation_ca, ..Options::default() };
    let lab = Lab::start(&Settings::parse(&settings).unwrap(), options).unwrap();
    let client = builder(&lab).build().unwrap();
    TestLab { lab, client }
}

fn form(token: &str) -> [(&str, &str); 6] {
    [
        ("grant_type", "client_credentials"),
        ("client_id", BLUEPRINT),
        ("client_assertion_type", JWT),
        ("client_assertion", token),
        ("scope", "api://AzureADTokenExchange/.default"),
        ("fmi_path", INVOICE),
    ]
}

#[test]
fn a_service_account_token_is_verified_with_its_issuers_keys() {
    let issuer = issuer();
    let header = Header { kid: Some("cluster-key".to_owned()), ..Header::new(Algorithm::RS256) };
    let token = jsonwebtoken::encode(
        &header,
        &json!({
            "iss": issuer.url, "sub": "system:serviceaccount:agents:invoice-agent",
            "aud": ["api://AzureADTokenExchange"], "exp": 4_000_000_000_u64,
        }),
        &issuer.key,
    )
    .unwrap();
    let trusting = lab(&issuer.url, Some(issuer.ca_pem.clone()));
    let t1 = claims(&trusting.token(&form(&token)));
    assert_eq!((&t1["azp"], &t1["azpacr"]), (&json!(BLUEPRINT), &json!("2")));

    let stranger = lab(&issuer.url, Some(TestLab::start().lab.ca_pem.clone()));
    let (_, refusal) = stranger.ask(&form(&token));
    assert_eq!(refusal["error_codes"], json!([90061]), "an issuer that cannot be trusted");
}
