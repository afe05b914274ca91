use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use vicar_keys::{Address, Event, FetchError, FetchFailure, KeyKeeper, Limits, Source};
use vicar_native::http::{Carrier, unix_now};

const KEYS: &str = include_str!("../../../../crates/keys/tests/data/key-a.json");

#[test]
fn keys_come_over_https_from_a_trusted_server() {
    let server = TlsServer::start(ok(KEYS));
    let events = fetch(&server.carrier(), &server.address("/keys"), Limits::default());
    assert!(matches!(events.as_slice(), [Event::KeysReplaced { usable: 1, .. }]), "{events:?}");
}

#[test]
fn a_server_with_an_unknown_certificate_is_not_believed() {
    let server = TlsServer::start(ok(KEYS));
    let other = TlsServer::start(ok(KEYS));
    let events = fetch(&other.carrier(), &server.address("/keys"), Limits::default());
    let why = failure(&events);
    assert!(matches!(why, FetchError::Carriage(FetchFailure::Unreachable { .. })), "{why}");
}

#[test]
fn a_redirect_is_not_followed() {
    let answer =
        "HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n";
    let server = TlsServer::start(answer.to_owned());
    let events = fetch(&server.carrier(), &server.address("/keys"), Limits::default());
    assert_eq!(failure(&events), &FetchError::Redirect(302));
}

#[test]
fn a_document_over_the_limit_is_not_read() {
    let stated = format!("HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n{}", "x".repeat(1000));
    let unstated = format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{}", "x".repeat(300_000));
    for answer in [stated, unstated] {
        let server = TlsServer::start(answer);
        let events = fetch(&server.carrier(), &server.address("/keys"), Limits::default());
        let limit = 256 * 1024;
        assert_eq!(failure(&events), &FetchError::Carriage(FetchFailure::TooLarge { limit }));
    }
}

#[test]
fn a_server_that_says_nothing_is_left_at_the_deadline() {
    let server = TlsServer::start(String::new());
    let limits = Limits { request_time: 1, ..Limits::default() };
    let started = Instant::now();
    let events = fetch(&server.carrier(), &server.address("/keys"), limits);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let why = failure(&events);
    let in_time =
        matches!(why, FetchError::Unanswered | FetchError::Carriage(FetchFailure::Deadline));
    assert!(in_time, "{why}");
}

#[test]
fn a_ca_file_without_certificates_is_refused() {
    assert_eq!(Carrier::new(Some(b"nonsense")).unwrap_err().reason, "certificates_unusable");
}

fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

fn fetch(carrier: &Carrier, address: &str, limits: Limits) -> Vec<Event> {
    let mut keeper = KeyKeeper::new(limits, 1).unwrap();
    let source = Source::JwksUri(Address::https(address).unwrap());
    keeper.watch("id", source, unix_now()).unwrap();
    carrier.settle(&mut keeper).unwrap()
}

fn failure(events: &[Event]) -> &FetchError {
    match events {
        [Event::FetchFailed { why, .. }] => why,
        other => panic!("wanted one failure: {other:?}"),
    }
}

/// A server on loopback with a certificate of its own.
struct TlsServer {
    port: u16,
    certificate: String,
}

impl TlsServer {
    fn start(answer: String) -> Self {
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
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that breaks off is what some tests are about.
                let _ = serve(stream, Arc::clone(&config), &answer);
            }
        });
        Self { port, certificate: cert.pem() }
    }

    fn address(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.port)
    }

    fn carrier(&self) -> Carrier {
        Carrier::new(Some(self.certificate.as_bytes())).unwrap()
    }
}

fn serve(stream: TcpStream, config: Arc<ServerConfig>, answer: &str) -> std::io::Result<()> {
    let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let mut request = Vec::new();
    let mut byte = [0; 512];
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = stream.read(&mut byte)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&byte[..read]);
    }
    if answer.is_empty() {
        thread::sleep(Duration::from_secs(3));
        return Ok(());
    }
    stream.write_all(answer.as_bytes())?;
    stream.conn.send_close_notify();
    stream.flush()
}
