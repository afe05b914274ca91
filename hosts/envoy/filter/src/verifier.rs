//! Signature verification: by Envoy's BoringSSL where it can, otherwise in WebAssembly.

mod host_key;
mod known_answers;

use std::{cell::Cell, rc::Rc};

use prost::Message;
use vicar_rustcrypto::RustCrypto;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier, verifier::KeyUnusable};

use crate::{
    host::{ProxyHost, Status},
    protobuf::{VerifySignatureArguments, VerifySignatureResult},
};
use host_key::HostKey;

/// Which verifier is asked first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifierChoice {
    /// The proxy's when it passes the known-answer test, else the module's own.
    #[default]
    Auto,
    /// The proxy's; without it the configuration is refused.
    Host,
    /// The module's own.
    Wasm,
}

/// Verifies through the proxy's `verify_signature` function, and by the RustCrypto crates what the
/// proxy does not offer (RSASSA-PSS, Ed25519) or fails to answer.
#[derive(Clone, Debug)]
pub struct EnvoyVerifier<H> {
    host: H,
    offered: bool,
    failures: Rc<Cell<u64>>,
}

/// A key made ready for either verifier.
#[derive(Clone, Debug)]
pub struct Key {
    host: Option<HostKey>,
    own: vicar_rustcrypto::Key,
}

impl<H: ProxyHost> EnvoyVerifier<H> {
    /// A verifier that asks the proxy only if it `choice` says so and known answers come out right.
    ///
    /// # Errors
    /// The proxy's status, or [`Status::BadArgument`] for wrong answers, when the proxy is wanted
    /// and does not pass.
    pub fn new(host: H, choice: VerifierChoice) -> Result<Self, Status> {
        let offered = match choice {
            VerifierChoice::Wasm => false,
            VerifierChoice::Auto => known_answers::check(&host).is_ok(),
            VerifierChoice::Host => known_answers::check(&host).map(|()| true)?,
        };
        Ok(Self { host, offered, failures: Rc::default() })
    }

    /// Whether the proxy is asked at all.
    pub const fn asks_host(&self) -> bool {
        self.offered
    }

    /// How often the proxy gave no answer, counted on; clones count together.
    pub fn failures(&self) -> Rc<Cell<u64>> {
        Rc::clone(&self.failures)
    }
}

impl<H: ProxyHost> SignatureVerifier for EnvoyVerifier<H> {
    type Key = Key;

    fn prepare(&self, algorithm: Algorithm, key: &PublicKey) -> Result<Key, KeyUnusable> {
        // The proxy parses the key with every call and checks neither its size nor its curve
        // point beforehand: what our own verifier refuses never gets there.
        let own = RustCrypto.prepare(algorithm, key)?;
        let host = if self.offered { HostKey::new(algorithm, key) } else { None };
        Ok(Key { host, own })
    }

    fn verify(&self, key: &Key, message: &[u8], signature: &[u8]) -> bool {
        if let Some(host_key) = &key.host {
            let Some(signature) = host_key.encode(signature) else { return false };
            match ask(&self.host, host_key, message, signature) {
                Ok(answer) => return answer,
                Err(_) => self.failures.set(self.failures.get().saturating_add(1)),
            }
        }
        RustCrypto.verify(&key.own, message, signature)
    }
}

/// The name of the verifier behind each algorithm, where the proxy is asked first.
pub fn host_first(algorithm: Algorithm) -> &'static str {
    if HostKey::hash(algorithm).is_some() { "host" } else { "wasm" }
}

/// The name of the verifier behind each algorithm, where the proxy is not asked.
pub fn own_only(_: Algorithm) -> &'static str {
    "wasm"
}

fn ask(
    host: &impl ProxyHost,
    key: &HostKey,
    message: &[u8],
    signature: Vec<u8>,
) -> Result<bool, Status> {
    let arguments = VerifySignatureArguments {
        hash_function: key.hash_function().to_owned(),
        public_key: key.subject_public_key_info().to_vec(),
        signature,
        text: message.to_vec(),
    };
    let answer = host.call_foreign("verify_signature", &arguments.encode_to_vec())?;
    let answer = VerifySignatureResult::decode(answer.as_slice());
    Ok(answer.map_err(|_| Status::ParseFailure)?.result)
}
