//! The host's side of `vicar:gate/signatures`: aws-lc.

use vicar_token::verifier::KeyUnusable;
use vicar_token::{Algorithm, PublicKey, SignatureVerifier};
use wasmtime::component::{HasSelf, Linker, Resource, ResourceTable};

use super::bindings::vicar::gate::signatures as world;
use crate::verifier::AwsLc;

/// A key that the guest holds by handle.
pub struct PreparedKey(<AwsLc as SignatureVerifier>::Key);

/// The keys of one guest instance.
pub struct Keys {
    verifier: AwsLc,
    table: ResourceTable,
}

impl Default for Keys {
    fn default() -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MOST_KEYS);
        Self { verifier: AwsLc, table }
    }
}

/// Answers the import for every guest of `linker`, with the keys that its store holds.
///
/// # Errors
/// When the linker has something under that name already.
pub fn add_to_linker<T: 'static>(
    linker: &mut Linker<T>,
    keys: fn(&mut T) -> &mut Keys,
) -> wasmtime::Result<()> {
    world::add_to_linker::<T, HasSelf<Keys>>(linker, keys)
}

impl world::Host for Keys {
    fn prepare(
        &mut self,
        algorithm: world::Algorithm,
        key: world::PublicKey,
    ) -> wasmtime::Result<Result<Resource<PreparedKey>, world::KeyUnusable>> {
        let Some(key) = public_key(key) else {
            return Ok(Err(world::KeyUnusable::Invalid("a coordinate of the wrong length".into())));
        };
        match self.verifier.prepare(algorithm.into(), &key) {
            Ok(prepared) => Ok(Ok(self.table.push(PreparedKey(prepared))?)),
            Err(KeyUnusable::AlgorithmUnsupported(_)) => {
                Ok(Err(world::KeyUnusable::AlgorithmUnsupported))
            }
            Err(KeyUnusable::Invalid { reason, .. }) => {
                Ok(Err(world::KeyUnusable::Invalid(reason.to_owned())))
            }
            Err(unusable) => Ok(Err(world::KeyUnusable::Invalid(unusable.to_string()))),
        }
    }
}

impl world::HostKey for Keys {
    fn verify(
        &mut self,
        key: Resource<PreparedKey>,
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> wasmtime::Result<bool> {
        let PreparedKey(key) = self.table.get(&key)?;
        Ok(self.verifier.verify(key, &message, &signature))
    }

    fn drop(&mut self, key: Resource<PreparedKey>) -> wasmtime::Result<()> {
        self.table.delete(key)?;
        Ok(())
    }
}

impl From<world::Algorithm> for Algorithm {
    fn from(algorithm: world::Algorithm) -> Self {
        match algorithm {
            world::Algorithm::EdDsa => Self::EdDsa,
            world::Algorithm::Es256 => Self::Es256,
            world::Algorithm::Es384 => Self::Es384,
            world::Algorithm::Ps256 => Self::Ps256,
            world::Algorithm::Ps384 => Self::Ps384,
            world::Algorithm::Ps512 => Self::Ps512,
            world::Algorithm::Rs256 => Self::Rs256,
            world::Algorithm::Rs384 => Self::Rs384,
            world::Algorithm::Rs512 => Self::Rs512,
        }
    }
}

/// The key, when its coordinates have the curve's length.
fn public_key(key: world::PublicKey) -> Option<PublicKey> {
    Some(match key {
        world::PublicKey::Ed25519(x) => PublicKey::Ed25519 { x: x.try_into().ok()? },
        world::PublicKey::P256(world::Point { x, y }) => {
            PublicKey::P256 { x: x.try_into().ok()?, y: y.try_into().ok()? }
        }
        world::PublicKey::P384(world::Point { x, y }) => {
            PublicKey::P384 { x: x.try_into().ok()?, y: y.try_into().ok()? }
        }
        world::PublicKey::Rsa(world::RsaKey { modulus, exponent }) => {
            PublicKey::Rsa { n: modulus, e: exponent }
        }
    })
}

/// Far above any bundle's issuers times the keys of a set; a guest that leaks handles stops here.
const MOST_KEYS: usize = 4096;
