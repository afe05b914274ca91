//! The signature check alone: natively, beside `openssl speed` on the same machine, and from a
//! guest through the import that its host answers.

use std::{error::Error, path::Path, process::Command};

use vicar_native::{
    engine::configuration,
    mint::{KeyNumber, TestKey},
    verifier::AwsLc,
};
use vicar_token::{Algorithm, Jwks, PublicKey, SignatureVerifier, base64url};
use wasmtime::component::{Component, Val};

use crate::{
    duel::{self, Guest},
    fixture::{ALGORITHMS, ISSUER},
    measure::nanoseconds,
    report::{Section, shown},
};

pub(crate) fn run(guest: &Path) -> Result<Section, Box<dyn Error>> {
    let mut section = Section::new("A signature over 1,250 bytes");
    let message = "m".repeat(1250);
    let component = duel::component(&configuration::runtime()?, guest)?;
    for algorithm in ALGORITHMS {
        let name = algorithm.name();
        let key = TestKey { algorithm, number: KeyNumber::of_issuer(0) };
        let signature = base64url::decode(&key.sign(&message)?)?;
        let set = vicar_native::mint::key_set(ISSUER, &[algorithm], KeyNumber::of_issuer(0))?;
        let set = Jwks::parse(set.as_bytes())?;
        let jwk = set.keys.first().ok_or("the test key set is empty")?;
        let prepared = AwsLc.prepare(algorithm, &jwk.key)?;
        let mut verified = true;
        let native = nanoseconds(1, || {
            verified &= AwsLc.verify(&prepared, message.as_bytes(), &signature);
        });
        if !verified {
            return Err(format!("{name} does not verify").into());
        }
        let lent = through_import(&component, algorithm, &jwk.key, &message, &signature)?;
        section.value(
            format!("{name}: native / through the guest's import"),
            format!("{} / {}", shown(native / 1e3, " us"), shown(lent / 1e3, " us")),
        );
        section.at_most(format!("{name}: host's verifier / native"), lent / native, 1.2, "x");
        match openssl(algorithm) {
            Some(openssl) => {
                section.value(format!("{name}: openssl speed"), shown(openssl / 1e3, " us"));
                section.at_most(
                    format!("{name}: native / openssl speed"),
                    native / openssl,
                    1.2,
                    "x",
                );
            }
            None => section.value(format!("{name}: openssl speed"), "no openssl here"),
        }
    }
    Ok(section)
}

/// Nanoseconds a verification that a guest asks its host for.
fn through_import(
    component: &Component,
    algorithm: Algorithm,
    key: &PublicKey,
    message: &str,
    signature: &[u8],
) -> Result<f64, Box<dyn Error>> {
    let mut guest = Guest::new(component)?;
    let prepare = guest.instance.get_func(&mut guest.store, "prepare").ok_or("no `prepare`")?;
    let (algorithm, key) = world_key(algorithm, key)?;
    prepare.call(&mut guest.store, &[algorithm, key], &mut [])?;
    let verify = guest.instance.get_typed_func::<Verify<'_>, (u32,)>(&mut guest.store, "verify")?;
    let mut failed = false;
    let time = nanoseconds(ROUNDS, || {
        let good = verify.call(&mut guest.store, (message.as_bytes(), signature, ROUNDS));
        failed |= !matches!(good, Ok((ROUNDS,)));
    });
    if failed { Err("a signature does not verify through the import".into()) } else { Ok(time) }
}

/// A key in the words of `wit/vicar.wit`.
fn world_key(algorithm: Algorithm, key: &PublicKey) -> Result<(Val, Val), Box<dyn Error>> {
    let bytes = |bytes: &[u8]| Val::List(bytes.iter().map(|byte| Val::U8(*byte)).collect());
    let variant = |case: &str, value| Val::Variant(case.to_owned(), Some(Box::new(value)));
    let record = |fields: [(&str, Val); 2]| {
        Val::Record(fields.map(|(name, value)| (name.to_owned(), value)).into())
    };
    let name = match algorithm {
        Algorithm::Rs256 => "rs256",
        Algorithm::Es256 => "es256",
        Algorithm::EdDsa => "ed-dsa",
        other => return Err(format!("{} is not measured", other.name()).into()),
    };
    let key = match key {
        PublicKey::Ed25519 { x } => variant("ed25519", bytes(x)),
        PublicKey::P256 { x, y } => variant("p256", record([("x", bytes(x)), ("y", bytes(y))])),
        PublicKey::P384 { x, y } => variant("p384", record([("x", bytes(x)), ("y", bytes(y))])),
        PublicKey::Rsa { n, e } => {
            variant("rsa", record([("modulus", bytes(n)), ("exponent", bytes(e))]))
        }
    };
    Ok((Val::Enum(name.to_owned()), key))
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

/// The message, its signature and the rounds.
type Verify<'a> = (&'a [u8], &'a [u8], u32);

/// Verifications in one call, so that the call itself does not count.
const ROUNDS: u32 = 16;
