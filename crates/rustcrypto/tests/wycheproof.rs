//! The Wycheproof vectors against the RustCrypto verifier.

#[cfg(test)]
#[path = "support/wycheproof.rs"]
mod wycheproof;

#[test]
fn the_verifier_agrees_with_every_vector() {
    wycheproof::run(&vicar_rustcrypto::RustCrypto);
}
