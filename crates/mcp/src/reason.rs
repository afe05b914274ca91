//! Reason codes of MCP messages that cannot be read in one way only.

vicar_token::reasons! {
    BATCH_REFUSED, "batch_refused", 400,
        "the body is a batch of JSON-RPC messages";
    LIST_MALFORMED, "list_malformed", 502,
        "the upstream's list cannot be read, so it cannot be filtered";
    MCP_HEADER_MISMATCH, "mcp_header_mismatch", 400,
        "an MCP header says something else than the message";
    MESSAGE_AMBIGUOUS, "message_ambiguous", 400,
        "a member of the message or its arguments is spelled as another one in different letter case";
    MESSAGE_MALFORMED, "message_malformed", 400,
        "the body is not one JSON-RPC message of MCP";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(ALL.is_sorted_by(|left, right| left.code < right.code));
    }
}
