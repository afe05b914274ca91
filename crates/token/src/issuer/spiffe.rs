//! SPIFFE IDs, as far as trust needs them (SPIFFE-ID section 2).

/// The trust domain of a workload's SPIFFE ID; `None` if `id` is not one in canonical form.
pub(super) fn trust_domain(id: &str) -> Option<&str> {
    if id.len() > MAX_ID_BYTES {
        return None;
    }
    let (domain, path) = id.strip_prefix("spiffe://")?.split_once('/')?;
    let domain_fits = (1..=MAX_DOMAIN_BYTES).contains(&domain.len())
        && domain.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'_')
        });
    let path_fits = path.split('/').all(|segment| {
        !matches!(segment, "" | "." | "..")
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    });
    (domain_fits && path_fits).then_some(domain)
}

/// SPIFFE-ID section 2.3.
const MAX_ID_BYTES: usize = 2048;

/// SPIFFE-ID section 2.1.
const MAX_DOMAIN_BYTES: usize = 255;
