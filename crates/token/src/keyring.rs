//! Prepared keys, by issuer: the same `kid` at two issuers never mixes.

/// The prepared keys of every trusted issuer.
#[derive(Debug)]
pub struct KeyRing<K> {
    keys: Vec<K>,
}
