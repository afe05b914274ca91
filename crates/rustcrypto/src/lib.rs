//! rustcrypto
