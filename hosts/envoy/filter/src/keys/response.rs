//! The answer to a call of ours, bounded.

use vicar_keys::{FetchFailure, Response};

use crate::host::{Buffer, Fields, ProxyHost};

/// Reads an answer of at most `limit` bytes. One without header fields is the proxy's way to say
/// that there is none.
pub(crate) fn read_response(
    host: &impl ProxyHost,
    fields: usize,
    length: usize,
    limit: usize,
) -> Result<Response, FetchFailure> {
    let broken = |detail: &str| FetchFailure::Unreachable { detail: detail.to_owned() };
    if fields == 0 {
        return Err(broken("the connection failed"));
    }
    if length > limit {
        return Err(FetchFailure::TooLarge { limit });
    }
    let field = |name| {
        let value = host.field(Fields::CallResponseHeaders, name).ok().flatten()?;
        String::from_utf8(value).ok()
    };
    let status = field(":status")
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| broken("the answer has no status"))?;
    let body = if length == 0 {
        Vec::new()
    } else {
        host.buffer(Buffer::CallResponseBody, limit.saturating_add(1))
            .map_err(|error| broken(&error.to_string()))?
    };
    if body.len() > limit {
        return Err(FetchFailure::TooLarge { limit });
    }
    let max_age = field("cache-control").as_deref().and_then(max_age);
    Ok(Response { status, max_age, body })
}

/// `max-age` of a `Cache-Control` value (RFC 9111 section 5.2.2.1), where it is a number.
fn max_age(value: &str) -> Option<u64> {
    value.split(',').find_map(|directive| {
        let (name, seconds) = directive.split_once('=')?;
        let seconds = seconds.trim().trim_matches('"');
        name.trim().eq_ignore_ascii_case("max-age").then(|| seconds.parse().ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::max_age;

    #[test]
    fn max_age_is_read_where_it_is_a_number() {
        assert_eq!(max_age("public, max-age=86400"), Some(86_400));
        assert_eq!(max_age("Max-Age=\"60\", must-revalidate"), Some(60));
        assert_eq!(max_age("no-store"), None);
        assert_eq!(max_age("max-age=soon"), None);
    }
}
