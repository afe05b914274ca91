//! Reason codes of requests that never reach the gate, or pass it by.

vicar_token::reasons! {
    REQUEST_MALFORMED, "request_malformed", 400,
        "the request lacks its method, authority or path, or has one of them twice or not as text";
}
