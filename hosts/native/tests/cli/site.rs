//! A web site over TLS on loopback, and a cluster whose tokens it publishes the keys of.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    sync::{Arc, LazyLock, Mutex},
    thread,
};

use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use serde_json::{Value, json};

/// What is served: status and body by path. Everything else is 404.
type Pages = Arc<Mutex<BTreeMap<String, (u16, String)>>>;

/// A server with a certificate of its own.
pub(crate) struct Site {
    pub(crate) origin: String,
    /// Its certificate (PEM), which is what to trust.
    pub(crate) certificate: String,
    pages: Pages,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub(crate) fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], key)
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let (pages, heads) = (Pages::default(), Arc::new(Mutex::new(Vec::new())));
        let (served, seen) = (Arc::clone(&pages), Arc::clone(&heads));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that breaks off is the client's affair.
                let _ = serve(stream, Arc::clone(&config), &served, &seen);
            }
        });
        Self { origin, certificate: cert.pem(), pages, heads }
    }

    /// Serves this from now on.
    pub(crate) fn put(&self, path: &str, status: u16, body: &str) {
        self.pages.lock().unwrap().insert(path.to_owned(), (status, body.to_owned()));
    }

    /// Serves the files of a folder, as a web server would.
    pub(crate) fn host(&self, prefix: &str, folder: &Path) {
        for path in [".well-known/openid-configuration", "openid/v1/jwks"] {
            let text = std::fs::read_to_string(folder.join(path)).unwrap();
            self.put(&format!("{prefix}/{path}"), 200, &text);
        }
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    pages: &Pages,
    heads: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    let mut piece = [0; 512];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut piece)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&piece[..read]);
    }
    let head = String::from_utf8_lossy(&request).into_owned();
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    heads.lock().unwrap().push(head);
    let found = pages.lock().unwrap().get(&path).cloned();
    let (status, body) = found.unwrap_or((404, "not here".to_owned()));
    let length = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}");
    stream.write_all(format!("{head}\r\n\r\n{body}").as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// A cluster: a signing key and what the API server says of itself.
pub(crate) struct Cluster {
    pub(crate) issuer: String,
    key: &'static str,
}

/// Making an RSA key takes a while.
static KEYS: LazyLock<[String; 2]> = LazyLock::new(|| {
    [(); 2].map(|()| {
        rcgen::KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, rcgen::RsaKeySize::_2048)
            .unwrap()
            .serialize_pem()
    })
});

impl Cluster {
    pub(crate) fn new(issuer: &str) -> Self {
        Self { issuer: issuer.to_owned(), key: &KEYS[0] }
    }

    /// With another signing key.
    pub(crate) fn rotated(&self) -> Self {
        Self { issuer: self.issuer.clone(), key: &KEYS[1] }
    }

    /// The name of its key.
    pub(crate) fn key_id(&self) -> &'static str {
        if self.key == KEYS[0] { "key-one" } else { "key-two" }
    }

    /// Its `/.well-known/openid-configuration`.
    pub(crate) fn configuration(&self) -> String {
        json!({
            "issuer": self.issuer,
            "jwks_uri": "https://172.18.0.2:6443/openid/v1/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        })
        .to_string()
    }

    /// Its `/openid/v1/jwks`.
    pub(crate) fn keys(&self) -> String {
        let jwk = Jwk::from_encoding_key(&self.signer(), Algorithm::RS256).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = self.key_id().into();
        jwk["use"] = "sig".into();
        json!({ "keys": [jwk] }).to_string()
    }

    /// A token for the service account of the invoice agent, with these changes.
    pub(crate) fn token(&self, now: u64, changes: &Value) -> String {
        let mut claims = json!({
            "iss": self.issuer,
            "sub": "system:serviceaccount:agents:invoice-agent",
            "aud": ["api://AzureADTokenExchange"],
            "iat": now - 60, "nbf": now - 60, "exp": now + 3540,
            "jti": "6f1c0c0e-2c1b-4a53-9d0e-0f6f4f1f2d3c",
        });
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        let header =
            Header { kid: Some(self.key_id().to_owned()), ..Header::new(Algorithm::RS256) };
        jsonwebtoken::encode(&header, &claims, &self.signer()).unwrap()
    }

    fn signer(&self) -> EncodingKey {
        EncodingKey::from_rsa_pem(self.key.as_bytes()).unwrap()
    }
}
