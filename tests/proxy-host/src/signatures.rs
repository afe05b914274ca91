//! `verify_signature` as Envoy answers it, by aws-lc.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, UnparsedPublicKey,
    VerificationAlgorithm,
};
use prost::Message;
use vicar_envoy_filter::host::Status;

#[derive(Clone, PartialEq, Message)]
struct Arguments {
    #[prost(string, tag = "1")]
    hash_function: String,
    #[prost(bytes = "vec", tag = "2")]
    public_key: Vec<u8>,
    #[prost(bytes = "vec", tag = "3")]
    signature: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    text: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(bool, tag = "1")]
    result: bool,
    #[prost(string, tag = "2")]
    error: String,
}

pub(crate) fn verify(arguments: &[u8]) -> Result<Vec<u8>, Status> {
    let arguments = Arguments::decode(arguments).map_err(|_| Status::BadArgument)?;
    let has = |oid: &[u8]| arguments.public_key.windows(oid.len()).any(|window| window == oid);
    let algorithm: &'static dyn VerificationAlgorithm =
        match (arguments.hash_function.as_str(), has(PRIME256V1), has(SECP384R1)) {
            ("sha256", false, false) => &RSA_PKCS1_2048_8192_SHA256,
            ("sha384", false, false) => &RSA_PKCS1_2048_8192_SHA384,
            ("sha512", false, false) => &RSA_PKCS1_2048_8192_SHA512,
            ("sha256", true, false) => &ECDSA_P256_SHA256_ASN1,
            ("sha384", false, true) => &ECDSA_P384_SHA384_ASN1,
            _ => return Err(Status::BadArgument),
        };
    let result = UnparsedPublicKey::new(algorithm, &arguments.public_key)
        .verify(&arguments.text, &arguments.signature)
        .is_ok();
    let error = if result { String::new() } else { "Failed to verify signature".to_owned() };
    Ok(Answer { result, error }.encode_to_vec())
}

/// Encoded object identifiers of the curves (RFC 5480 section 2.1.1.1).
const PRIME256V1: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const SECP384R1: &[u8] = &[0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
