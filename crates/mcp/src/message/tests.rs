use super::*;

fn parse(body: &str) -> Result<Message<'_>, MessageError> {
    Message::parse(body.as_bytes(), &MESSAGE_LIMITS)
}

#[track_caller]
fn refused(body: &str) -> (&'static str, String) {
    let error = parse(body).expect_err(body);
    (error.reason().code, error.to_string())
}

#[test]
fn a_request_is_taken_apart() {
    let message = parse(
        r#"{"jsonrpc":"2.0","id":12345678901234567890,"method":"tools/call",
            "params":{"name":"pay","arguments":{ "amount": 1e3, "to":["a"] },"_meta":{"x":1}}}"#,
    )
    .unwrap();
    assert_eq!(message.method(), Some("tools/call"));
    assert_eq!(message.name(), Some("pay"));
    assert_eq!(message.id().map(Id::as_json), Some("12345678901234567890"));
    assert_eq!(message.answerable(), message.id());
    assert_eq!(message.arguments(), Some(r#"{ "amount": 1e3, "to":["a"] }"#));
    assert_eq!(message.argument_names().collect::<Vec<_>>(), ["amount", "to"]);
    assert!(!message.is_response());
}

#[test]
fn what_a_message_names_depends_on_its_method() {
    for (method, params, name) in [
        ("prompts/get", r#"{"name":"p","uri":"u"}"#, Some("p")),
        ("resources/read", r#"{"uri":"file:///a","name":"n"}"#, Some("file:///a")),
        ("resources/subscribe", r#"{"uri":"u"}"#, Some("u")),
        ("tasks/get", r#"{"taskId":"t"}"#, Some("t")),
        ("completion/complete", r#"{"ref":{"type":"ref/prompt","name":"p"}}"#, Some("p")),
        ("completion/complete", r#"{"ref":{"type":"ref/resource","uri":"u"}}"#, Some("u")),
        ("tools/list", r#"{"cursor":"c","name":"n"}"#, None),
        ("ping", "{}", None),
    ] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        assert_eq!(parse(&body).unwrap().name(), name, "{method}");
    }
}

#[test]
fn notifications_and_responses_are_told_apart() {
    let notification = parse(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
    assert_eq!((notification.id(), notification.is_response()), (None, false));
    for answer in [r#""result":{}"#, r#""error":{"code":1,"message":"m"}"#] {
        let body = format!(r#"{{"jsonrpc":"2.0","id":"s",{answer}}}"#);
        let response = parse(&body).unwrap();
        assert!(response.is_response());
        assert_eq!((response.method(), response.answerable()), (None, None));
    }
    let null = parse(r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#).unwrap();
    assert_eq!(null.answerable().map(Id::as_json), Some("null"));
}

#[test]
fn what_is_not_one_message_is_refused() {
    for (body, why) in [
        ("", "EOF"),
        ("7", "not an object"),
        ("{}", "`jsonrpc`"),
        (r#"{"jsonrpc":"1.0","id":1,"method":"m"}"#, "`jsonrpc`"),
        (r#"{"jsonrpc":2.0,"id":1,"method":"m"}"#, "`jsonrpc`"),
        (r#"{"jsonrpc":"2.0","id":1}"#, "neither"),
        (r#"{"jsonrpc":"2.0","id":1,"method":7}"#, "`method`"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","result":{}}"#, "at once"),
        (r#"{"jsonrpc":"2.0","id":1,"result":{},"error":{}}"#, "both"),
        (r#"{"jsonrpc":"2.0","result":{}}"#, "without `id`"),
        (r#"{"jsonrpc":"2.0","id":{},"method":"m"}"#, "`id`"),
        (r#"{"jsonrpc":"2.0","id":true,"method":"m"}"#, "`id`"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}"#, "`params`"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{}}"#, "names no tool"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":1}}"#, "`name`"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"resources/read"}"#, "names no resource"),
        (r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"m"}"#, "`id` appears twice"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":{"b":1,"b":2}}}"#, "`b` appears"),
    ] {
        let (code, message) = refused(body);
        assert_eq!(code, "message_malformed", "{body}");
        assert!(message.contains(why), "{body}: {message}");
    }
    let long = format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"m"}}"#, "x".repeat(300));
    assert!(refused(&long).1.contains("256 bytes"));
    assert_eq!(refused(r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#).0, "batch_refused");
}

#[test]
fn members_that_some_readers_take_for_others_are_refused() {
    for body in [
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/list","Method":"tools/call"}"#,
        r#"{"jsonrpc":"2.0","id":1,"METHOD":"tools/call","params":{}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{},"params":{"name":"a"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Name":"b"}}"#,
        r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a","Arguments":{}}}"#,
    ] {
        assert_eq!(refused(body).0, "message_ambiguous", "{body}");
    }
}

#[test]
fn limits_hold() {
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":{}1{}}}}}"#,
        "[".repeat(80),
        "]".repeat(80)
    );
    assert!(refused(&deep).1.contains("64 levels"));
    let small = Limits { bytes: 10, ..MESSAGE_LIMITS };
    assert!(Message::parse(br#"{"jsonrpc":"2.0"}"#, &small).is_err());
}

mod properties {
    use proptest::prelude::*;

    use super::super::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Message::parse(&bytes, &MESSAGE_LIMITS);
        }

        #[test]
        fn a_message_reads_as_any_strict_reader_reads_it(
            members in prop::collection::vec(
                prop::sample::select(vec![
                    r#""jsonrpc":"2.0""#, r#""id":1"#, r#""id":"x""#, r#""id":null"#,
                    r#""method":"tools/call""#, r#""method":"ping""#, r#""result":{}"#,
                    r#""params":{"name":"a","arguments":{"b":1.50}}"#, r#""params":{}"#,
                    r#""Params":{}"#, r#""error":1"#,
                ]),
                0..6,
            ),
        ) {
            let body = format!("{{{}}}", members.join(", "));
            if let Ok(message) = Message::parse(body.as_bytes(), &MESSAGE_LIMITS) {
                let value: serde_json::Value = serde_json::from_str(&body).unwrap();
                prop_assert_eq!(message.method(), value["method"].as_str());
                let id = message.id().map(|id| serde_json::from_str(id.as_json()).unwrap());
                prop_assert_eq!(id, value.get("id").cloned());
                let arguments =
                    message.arguments().map(|text| serde_json::from_str(text).unwrap());
                prop_assert_eq!(arguments, value.pointer("/params/arguments").cloned());
            }
        }
    }
}
