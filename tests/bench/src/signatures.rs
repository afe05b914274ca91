//! The signature check alone, beside `openssl speed` on the same machine.

use std::{error::Error, process::Command};

use vicar_native::{
    mint::{KeyNumber, TestKey},
    verifier::AwsLc,
};
use vicar_token::{Algorithm, Jwks, SignatureVerifier, base64url};

use crate::{
    fixture::{ALGORITHMS, ISSUER},
    measure::nanoseconds,
    report::{Section, shown},
};

pub(crate) fn run() -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("A signature over 1,250 bytes, native");
    let message = "m".repeat(1250);
    for algorithm in ALGORITHMS {
        let key = TestKey { algorithm, number: KeyNumber::of_issuer(0) };
        let signature = base64url::decode(&key.sign(&message)?)?;
        let set = vicar_native::mint::key_set(ISSUER, &[algorithm], KeyNumber::of_issuer(0))?;
        let set = Jwks::parse(set.as_bytes())?;
        let jwk = set.keys.first().ok_or("the test key set is empty")?;
        let prepared = AwsLc.prepare(algorithm, &jwk.key)?;
        let mut verified = true;
        let ours = nanoseconds(1, || {
            verified &= AwsLc.verify(&prepared, message.as_bytes(), &signature);
        });
        if !verified {
            return Err(format!("{} does not verify", algorithm.name()).into());
        }
        match openssl(algorithm) {
            Some(openssl) => {
                section.value(
                    format!("{}: Vicar / openssl speed", algorithm.name()),
                    format!("{} / {}", shown(ours / 1e3, " us"), shown(openssl / 1e3, " us")),
                );
                section.at_most(
                    format!("{}: ratio to openssl speed", algorithm.name()),
                    ours / openssl,
                    1.2,
                    "x",
                );
            }
            None => section.value(
                format!("{} (no openssl here to compare with)", algorithm.name()),
                shown(ours / 1e3, " us"),
            ),
        }
    }
    Ok(section)
}

/// Nanoseconds a verification, as `openssl speed` says.
fn openssl(algorithm: Algorithm) -> Option<f64> {
    let (name, label) = match algorithm {
        Algorithm::Rs256 => ("rsa2048", "rsa 2048 bits"),
        Algorithm::Es256 => ("ecdsap256", "256 bits ecdsa (nistp256)"),
        Algorithm::EdDsa => ("ed25519", "253 bits EdDSA (Ed25519)"),
        _ => return None,
    };
    let output = Command::new("openssl").args(["speed", "-seconds", "2", name]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text.lines().find(|line| line.trim_start().starts_with(label))?;
    // sign time, verify time, sign/s, verify/s; newer versions add columns behind.
    let column = line.trim_start().strip_prefix(label)?.split_whitespace().nth(3)?;
    let per_second: f64 = column.parse().ok()?;
    (per_second > 0.0).then(|| 1e9 / per_second)
}
