//! The known-answer test that the proxy's verifier has to pass before it is trusted.

use prost::Message;

use crate::{
    host::{ProxyHost, Status},
    protobuf::{VerifySignatureArguments, VerifySignatureResult},
};

/// Asks the proxy about signatures whose worth is known, right ones and spoilt ones.
///
/// # Errors
/// The proxy's status, or [`Status::BadArgument`] when an answer is wrong.
pub(super) fn check(host: &impl ProxyHost) -> Result<(), Status> {
    for (hash, key, signature) in KNOWN {
        let mut spoilt = signature.to_vec();
        if let Some(last) = spoilt.last_mut() {
            *last ^= 1;
        }
        if !answer(host, hash, key, signature.to_vec())? || answer(host, hash, key, spoilt)? {
            return Err(Status::BadArgument);
        }
    }
    Ok(())
}

fn answer(
    host: &impl ProxyHost,
    hash: &str,
    key: &[u8],
    signature: Vec<u8>,
) -> Result<bool, Status> {
    let arguments = VerifySignatureArguments {
        hash_function: hash.to_owned(),
        public_key: key.to_vec(),
        signature,
        text: MESSAGE.to_vec(),
    };
    let answer = host.call_foreign("verify_signature", &arguments.encode_to_vec())?;
    let answer = VerifySignatureResult::decode(answer.as_slice());
    Ok(answer.map_err(|_| Status::ParseFailure)?.result)
}

/// Hash, public key, signature: one for each algorithm that the proxy is asked for. Made with
/// keys that were thrown away.
const KNOWN: [(&str, &[u8], &[u8]); 5] = [
    ("sha256", RSA, include_bytes!("known/rs256.sig")),
    ("sha384", RSA, include_bytes!("known/rs384.sig")),
    ("sha512", RSA, include_bytes!("known/rs512.sig")),
    ("sha256", include_bytes!("known/p256.spki"), include_bytes!("known/es256.sig")),
    ("sha384", include_bytes!("known/p384.spki"), include_bytes!("known/es384.sig")),
];
const RSA: &[u8] = include_bytes!("known/rsa.spki");
const MESSAGE: &[u8] = include_bytes!("known/message");
