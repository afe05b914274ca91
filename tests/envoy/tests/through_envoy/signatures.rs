//! The filter's verifier with Envoy's own `verify_signature` behind it, against the vectors that
//! every verifier has to agree with.

#[path = "../../../../crates/rustcrypto/tests/support/signatures.rs"]
mod published;
#[path = "../../../../crates/rustcrypto/tests/support/wycheproof.rs"]
mod wycheproof;

use std::{fs, net::SocketAddr};

use vicar_envoy_filter::{
    host::{
        Buffer, CallId, Direction, Fetch, Fields, LocalReply, LogLevel, MetricId, MetricKind,
        ProxyHost, Status,
    },
    pairs::FieldBlock,
    verifier::{EnvoyVerifier, VerifierChoice},
};
use vicar_envoy_tests::{
    client::Request,
    configuration::{Listener, bootstrap, to_envoy},
    envoy::{Envoy, Options},
    filter::in_envoy,
};
use vicar_token::{Algorithm, SignatureVerifier, jws::Compact};

#[test]
fn envoys_verifier_agrees_with_every_vector() {
    let asked = Asked::start();
    let verifier = asked.verifier();
    wycheproof::run(&verifier);
    assert_eq!(verifier.failures().get(), 0, "Envoy answered every time");
}

#[test]
fn envoys_verifier_judges_signatures_from_elsewhere_and_refuses_spoilt_ones() {
    let asked = Asked::start();
    let verifier = asked.verifier();
    let mut by_host = Vec::new();
    for (algorithm, key, jws) in published::signatures() {
        let token = Compact::parse(&jws).unwrap();
        let key = verifier.prepare(algorithm, &key).unwrap();
        let (message, signature) = (token.signing_input().as_bytes(), token.signature());
        assert!(verifier.verify(&key, message, signature), "{algorithm}");
        assert!(!verifier.verify(&key, &[message, b"x"].concat(), signature), "{algorithm}");
        for position in [0, signature.len() / 2, signature.len() - 1] {
            let mut spoilt = signature.to_vec();
            spoilt[position] ^= 1;
            assert!(!verifier.verify(&key, message, &spoilt), "{algorithm}, octet {position}");
        }
        assert!(!verifier.verify(&key, message, &signature[1..]), "{algorithm}, an octet less");
        if vicar_envoy_filter::verifier::host_first(algorithm) == "host" {
            by_host.push(algorithm);
        }
    }
    for algorithm in [Algorithm::Rs256, Algorithm::Rs384, Algorithm::Es256, Algorithm::Es384] {
        assert!(by_host.contains(&algorithm), "no vector of {algorithm} came to Envoy");
    }
    assert_eq!(verifier.failures().get(), 0, "Envoy answered every time");
}

/// An Envoy that answers what its `verify_signature` says.
struct Asked {
    _envoy: Envoy,
    address: SocketAddr,
}

impl Asked {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let module = folder.path().join("verify_signature.wasm");
        fs::write(&module, wat::parse_str(include_str!("verify_signature.wat")).unwrap()).unwrap();
        let filter = in_envoy(&module, "verify_signature", "").unwrap();
        let listener = Listener::new("verify", vec![filter], to_envoy(204));
        let envoy =
            Envoy::start(&bootstrap(&[listener.to_json()], &[]), &Options::default()).unwrap();
        let address = envoy.listener("verify").unwrap();
        Self { _envoy: envoy, address }
    }

    fn verifier(&self) -> EnvoyVerifier<Host> {
        let verifier = EnvoyVerifier::new(Host(self.address), VerifierChoice::Host).unwrap();
        assert!(verifier.asks_host());
        verifier
    }
}

/// A proxy of which only the foreign functions are at hand.
#[derive(Clone, Debug)]
struct Host(SocketAddr);

impl ProxyHost for Host {
    fn call_foreign(&self, function: &str, arguments: &[u8]) -> Result<Vec<u8>, Status> {
        assert_eq!(function, "verify_signature");
        let answer = Request::post("/", arguments).send(self.0).unwrap();
        match answer.status {
            200 => Ok(answer.body),
            _ => Err(Status::InternalFailure),
        }
    }

    fn log(&self, _: LogLevel, _: &str) {}

    fn log_level(&self) -> Result<LogLevel, Status> {
        Err(Status::Unimplemented)
    }

    fn now_nanoseconds(&self) -> Result<u64, Status> {
        Err(Status::Unimplemented)
    }

    fn set_tick_period(&self, _: u32) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn set_effective_context(&self, _: u32) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn fields(&self, _: Fields) -> Result<FieldBlock, Status> {
        Err(Status::Unimplemented)
    }

    fn field(&self, _: Fields, _: &str) -> Result<Option<Vec<u8>>, Status> {
        Err(Status::Unimplemented)
    }

    fn set_field(&self, _: Fields, _: &str, _: &[u8]) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn remove_field(&self, _: Fields, _: &[u8]) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn buffer(&self, _: Buffer, _: usize) -> Result<Vec<u8>, Status> {
        Err(Status::Unimplemented)
    }

    fn replace_buffer(&self, _: Buffer, _: &[u8]) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn property(&self, _: &[&str]) -> Result<Option<Vec<u8>>, Status> {
        Err(Status::Unimplemented)
    }

    fn set_filter_state(&self, _: &str, _: &[u8]) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn reply(&self, _: &LocalReply<'_>) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn resume(&self, _: Direction) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn fetch(&self, _: &Fetch<'_>) -> Result<CallId, Status> {
        Err(Status::Unimplemented)
    }

    fn shared(&self, _: &str) -> Result<Option<(Vec<u8>, u32)>, Status> {
        Err(Status::Unimplemented)
    }

    fn set_shared(&self, _: &str, _: &[u8], _: u32) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn define_metric(&self, _: MetricKind, _: &str) -> Result<MetricId, Status> {
        Err(Status::Unimplemented)
    }

    fn add_to_metric(&self, _: MetricId, _: i64) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }

    fn record_metric(&self, _: MetricId, _: u64) -> Result<(), Status> {
        Err(Status::Unimplemented)
    }
}
