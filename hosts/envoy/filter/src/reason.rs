//! Reason codes of requests that the filter itself stops, because it or its proxy is not ready.

vicar_token::reasons! {
    BODY_LATE, "body_late", 408,
        "the body that has to be judged did not come in time";
    FILTER_NOT_READY, "filter_not_ready", 503,
        "the filter has no bundle yet";
    PROXY_FAILED, "proxy_failed", 500,
        "the proxy refused a call without which nothing can be judged or passed";
    ROUTE_CHANGED, "route_changed", 500,
        "the headers that an allow set or removed lead to a route with other settings";
    ROUTE_SETTINGS, "route_settings", 500,
        "the metadata of the proxy's route is not what the filter accepts";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
    }
}
