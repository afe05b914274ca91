//! Requests of arbitrary bytes, in arbitrary pieces, called in arbitrary order.

use proptest::prelude::*;
use vicar_gateway::{FieldList, ResponseStep, RouteSettings, Settings, Step};

use crate::fixture::{NOW, gateway, token};

fn mcp_head(authorization: &str) -> Vec<(&[u8], &[u8])> {
    vec![
        (b":method", b"POST"),
        (b":scheme", b"https"),
        (b":authority", b"mcp.example"),
        (b":path", b"/mcp"),
        (b"authorization", authorization.as_bytes()),
        (b"content-type", b"application/json"),
    ]
}

/// What a host would do, without what differs between two equal requests.
fn told(step: &Step) -> String {
    match step {
        Step::Allow(allow) => format!("allow {:?} {}", allow.remove, allow.observed.reason),
        Step::Deny(deny) => format!("deny {:?}", deny.answer),
        other => format!("{other:?}"),
    }
}

/// The end of a request whose body comes cut at `cuts`.
fn cut_up(body: &[u8], cuts: &[usize]) -> String {
    let settings = Settings { body_limit_bytes: 200, ..Settings::default() };
    let mut gateway = gateway(settings);
    let authorization = format!("Bearer {}", token("dana"));
    let fields = mcp_head(&authorization);
    let head = FieldList { fields: &fields, end_of_stream: false };
    let (mut request, _) = gateway.begin(&head, &RouteSettings::default(), NOW);
    let mut rest = body;
    for cut in cuts {
        let (chunk, after) = rest.split_at((*cut).min(rest.len()));
        match request.body(&mut gateway, chunk, false, NOW) {
            Step::NeedBody { .. } => rest = after,
            step => return told(&step),
        }
    }
    let step = request.body(&mut gateway, rest, true, NOW);
    assert_eq!(request.passes(), matches!(step, Step::Allow(_)));
    told(&step)
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    let good = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search","arguments":{"query":"x"}}}"#;
    prop_oneof![
        Just(good.to_vec()),
        Just(
            br#"{"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"wipe"}}"#
                .to_vec()
        ),
        (0..good.len(), any::<u8>()).prop_map(|(at, byte)| {
            let mut changed = good.to_vec();
            changed[at] = byte;
            changed
        }),
        prop::collection::vec(any::<u8>(), 0..260),
    ]
}

fn events() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(
            "data: {\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"tools\":[{\"name\":\"search\"},{\"name\":\"wipe\"}]}}"
        ),
        Just("data:{\"jsonrpc\":\"2.0\",\"id\":1,"),
        Just("data:  \"result\":{\"tools\":[{\"name\":\"wipe\"}]}}"),
        Just("data"),
        Just(": comment"),
        Just("id: 7"),
        Just("\n"),
        Just("\r\n"),
        Just("\r"),
        Just("\n\n"),
        Just("\u{feff}"),
        Just("x"),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

/// What comes of an event stream that comes cut at `cuts`.
fn streamed(stream: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut gateway = gateway(Settings::default());
    let authorization = format!("Bearer {}", token("dana"));
    let fields = mcp_head(&authorization);
    let head = FieldList { fields: &fields, end_of_stream: false };
    let (mut request, _) = gateway.begin(&head, &RouteSettings::default(), NOW);
    let list = br#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#;
    assert!(matches!(request.body(&mut gateway, list, true, NOW), Step::Allow(_)));
    let fields: [(&[u8], &[u8]); 2] =
        [(b":status", b"200"), (b"content-type", b"text/event-stream")];
    let head = FieldList { fields: &fields, end_of_stream: false };
    assert_eq!(request.response_head(&head), ResponseStep::Stream);
    let mut out = Vec::new();
    let mut rest = stream;
    for cut in cuts {
        let (chunk, after) = rest.split_at((*cut).min(rest.len()));
        rest = after;
        match request.response_body(&mut gateway, chunk, false, NOW) {
            ResponseStep::Body(body) => out.extend(body),
            other => panic!("{other:?}"),
        }
    }
    match request.response_body(&mut gateway, rest, true, NOW) {
        ResponseStep::Body(body) => out.extend(body),
        other => panic!("{other:?}"),
    }
    out
}

fn field() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let names = prop::sample::select(vec![
        ":method",
        ":scheme",
        ":authority",
        ":path",
        "authorization",
        "content-type",
        "content-encoding",
        "content-length",
        "upgrade",
        "x-ticket",
        "x-request-id",
        "mcp-method",
    ]);
    let values = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        prop::sample::select(vec![
            "GET",
            "POST",
            "https",
            "api.example",
            "mcp.example",
            "llm.example",
            "/v1/orders",
            "/mcp",
            "/llm/v1/chat/completions",
            "application/json",
            "Bearer ",
            "Bearer a.b.c",
            "bearer eyJhbGciOiJub25lIn0.e30.",
        ])
        .prop_map(|text| text.as_bytes().to_vec()),
    ];
    (names, values)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn a_body_in_pieces_ends_as_the_whole(
        body in body(),
        cuts in prop::collection::vec(0usize..60, 0..6),
    ) {
        prop_assert_eq!(cut_up(&body, &cuts), cut_up(&body, &[]));
    }

    #[test]
    fn a_stream_in_pieces_comes_out_as_the_whole_and_hides_what_it_must(
        stream in events(),
        cuts in prop::collection::vec(0usize..60, 0..6),
    ) {
        let whole = streamed(&stream, &[]);
        prop_assert_eq!(streamed(&stream, &cuts), whole.clone());
        // Whoever reads the stream as the specification says finds no hidden tool.
        let text = String::from_utf8(whole).unwrap();
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        for event in text.split("\n\n") {
            let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
            let data: Vec<&str> = lines.collect();
            let list = serde_json::from_str::<serde_json::Value>(&data.join("\n"));
            let listed = list.ok().and_then(|list| list.pointer("/result/tools").cloned());
            prop_assert!(listed.is_none_or(|tools| !tools.to_string().contains("wipe")), "{}", event);
        }
    }

    #[test]
    fn nothing_passes_without_a_good_token(
        fields in prop::collection::vec(field(), 0..14),
        end_of_stream in any::<bool>(),
        body in body(),
    ) {
        let mut gateway = gateway(Settings { audit: true, ..Settings::default() });
        let fields: Vec<(&[u8], &[u8])> =
            fields.iter().map(|(name, value)| (name.as_bytes(), value.as_slice())).collect();
        let head = FieldList { fields: &fields, end_of_stream };
        let (mut request, step) = gateway.begin(&head, &RouteSettings::default(), NOW);
        match step {
            Step::Deny(deny) => {
                prop_assert!((400..=503).contains(&deny.answer.status));
                crate::records::conforms(deny.record.as_deref().unwrap());
            }
            Step::NeedKeys(_) => {}
            other => prop_assert!(false, "{:?}", other),
        }
        let step = request.body(&mut gateway, &body, true, NOW);
        prop_assert!(matches!(step, Step::Hold), "{:?}", step);
        prop_assert!(!request.passes());
    }

    #[test]
    fn no_order_of_calls_lets_a_refused_request_pass(
        calls in prop::collection::vec(0u8..6, 0..12),
        who in prop::sample::select(vec!["forged", "partner", "dana"]),
    ) {
        let mut gateway = gateway(Settings::default());
        let authorization = format!("Bearer {}", token(who));
        let fields = mcp_head(&authorization);
        let head = FieldList { fields: &fields, end_of_stream: false };
        let (mut request, _) = gateway.begin(&head, &RouteSettings::default(), NOW);
        // dana may not call this tool, partner's keys never come.
        let denied = br#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"wipe"}}"#;
        for call in calls {
            let step = match call {
                0 => request.body(&mut gateway, denied, true, NOW),
                1 => request.body(&mut gateway, b"", false, NOW),
                2 => request.body_length(&mut gateway, usize::MAX, NOW),
                3 => request.keys_changed(&mut gateway, NOW),
                4 => request.give_up(&mut gateway, NOW),
                _ => {
                    let _ = request.response_head(&head);
                    let _ = request.response_body(&mut gateway, b"x", true, NOW);
                    Step::Hold
                }
            };
            prop_assert!(!matches!(step, Step::Allow(_) | Step::Pass), "{:?}", step);
            prop_assert!(!request.passes());
        }
    }
}
