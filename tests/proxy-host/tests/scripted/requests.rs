//! Requests through the filter, on the real module and on its native twin.

use crate::support::*;
use vicar_envoy_filter::Action;

const SEARCH: &str = r#"{"query":"x"}"#;

#[test]
fn a_permitted_call_passes_with_its_state_and_without_the_clients_headers() {
    on_both(
        &configuration(r#","gateway":{"headers":[{"name":"x-vicar-actor","value":"actor"}]}"#),
        |machine| {
            start(machine);
            let (mut fields, body) = mcp(&[&good()], &call("search_invoices", SEARCH));
            fields.push((b"x-vicar-actor".to_vec(), b"somebody".to_vec()));
            fields.push((b"x-vicar-anything".to_vec(), b"else".to_vec()));
            fields.push((b"x_vicar_actor".to_vec(), b"administrator".to_vec()));
            assert_eq!(send(machine, 2, (fields, body)), End::Passed);
            let mut world = machine.world().borrow_mut();
            let exchange = world.exchange(2);
            assert_eq!(exchange.state["vicar.actor"], b"invoice-agent");
            assert_eq!(exchange.state["vicar.verdict"], b"allow");
            let own: Vec<_> =
                exchange.request.iter().filter(|(name, _)| name.starts_with(b"x")).collect();
            assert_eq!(own, [&(b"x-vicar-actor".to_vec(), b"invoice-agent".to_vec())]);
        },
    );
}

#[test]
fn what_is_not_permitted_is_answered_with_its_reason() {
    let good = good();
    let forged = forged();
    let search = call("search_invoices", SEARCH);
    let rebuild = call("rebuild_index", "{}");
    let cases: &[(&[&[u8]], &str, u32, &str)] = &[
        (&[], &search, 401, "vicar_token_missing"),
        (&[&good, b"Bearer b"], &search, 400, "vicar_token_ambiguous"),
        (&[b"Bearer a,Bearer b"], &search, 400, "vicar_token_ambiguous"),
        (&[b"Bearer \xa1\xb1"], &search, 400, "vicar_authorization_malformed"),
        (&[b""], &search, 400, "vicar_authorization_malformed"),
        (&[b"Basic YTpi"], &search, 401, "vicar_authorization_scheme"),
        (&[&forged], &search, 401, "vicar_signature_invalid"),
        (&[&good], &rebuild, 200, "vicar_no_permit"),
        (&[&good], "[]", 400, "vicar_batch_refused"),
        (&[&good], "{", 400, "vicar_message_malformed"),
    ];
    on_both(&configuration(""), |machine| {
        start(machine);
        for (place, (authorization, body, status, details)) in cases.iter().enumerate() {
            let context = 10 + u32::try_from(place).unwrap();
            let end = send(machine, context, mcp(authorization, body));
            assert_eq!(end, End::Answered(*status, (*details).to_owned()), "{body}");
        }
    });
}

#[test]
fn a_body_in_parts_is_judged_when_it_is_whole() {
    on_both(&configuration(""), |machine| {
        start(machine);
        let (fields, body) = mcp(&[&good()], &call("search_invoices", SEARCH));
        for trailers in [false, true] {
            let context = if trailers { 3 } else { 2 };
            machine.create(context, 1).unwrap();
            machine.world().borrow_mut().exchange(context).request = fields.clone();
            assert_eq!(machine.request_headers(context, false).unwrap(), Action::Pause);
            for length in [0, 1, body.len() / 2, body.len()] {
                machine.world().borrow_mut().exchange(context).body = body[..length].to_vec();
                assert_eq!(machine.request_body(context, length, false).unwrap(), Action::Pause);
            }
            let last = if trailers {
                machine.request_trailers(context).unwrap()
            } else {
                machine.request_body(context, body.len(), true).unwrap()
            };
            assert_eq!(last, Action::Continue);
        }
    });
}

#[test]
fn a_body_that_the_proxy_shows_in_part_is_not_judged() {
    on_both(&configuration(""), |machine| {
        start(machine);
        let (fields, body) = mcp(&[&good()], &call("search_invoices", SEARCH));
        machine.create(2, 1).unwrap();
        machine.world().borrow_mut().exchange(2).request = fields;
        assert_eq!(machine.request_headers(2, false).unwrap(), Action::Pause);
        machine.world().borrow_mut().exchange(2).body = body.clone();
        assert_eq!(machine.request_body(2, body.len() + 1, true).unwrap(), Action::Pause);
        let details = machine.world().borrow_mut().exchange(2).reply.clone().unwrap().details;
        assert_eq!(details, "vicar_proxy_failed");
    });
}

#[test]
fn a_body_that_never_comes_has_a_deadline() {
    on_both(&configuration(r#","body_wait_seconds":10"#), |machine| {
        start(machine);
        let (fields, _) = mcp(&[&good()], "");
        machine.create(2, 1).unwrap();
        machine.world().borrow_mut().exchange(2).request = fields;
        assert_eq!(machine.request_headers(2, false).unwrap(), Action::Pause);
        machine.world().borrow_mut().now += 9_000_000_000;
        machine.tick(1).unwrap();
        assert_eq!(end(machine, 2, Action::Pause), End::Held);
        machine.world().borrow_mut().now += 2_000_000_000;
        machine.tick(1).unwrap();
        assert_eq!(
            end(machine, 2, Action::Pause),
            End::Answered(408, "vicar_body_late".to_owned())
        );
        assert_eq!(machine.request_body(2, 2, true).unwrap(), Action::Pause);
    });
}

#[test]
fn a_body_beyond_the_limit_is_refused_before_it_is_whole() {
    on_both(&configuration(r#","gateway":{"body_limit_bytes":1000}"#), |machine| {
        start(machine);
        let (fields, _) = mcp(&[&good()], "");
        machine.create(2, 1).unwrap();
        machine.world().borrow_mut().exchange(2).request = fields;
        assert_eq!(machine.request_headers(2, false).unwrap(), Action::Pause);
        assert_eq!(machine.request_body(2, 1001, false).unwrap(), Action::Pause);
        assert_eq!(
            end(machine, 2, Action::Pause),
            End::Answered(413, "vicar_body_too_large".to_owned())
        );
    });
}

#[test]
fn a_list_of_tools_is_reduced_to_what_the_caller_may_use() {
    on_both(&configuration(""), |machine| {
        start(machine);
        let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#;
        assert_eq!(send(machine, 2, mcp(&[&good()], list)), End::Passed);
        let answer = r#"{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"search_invoices"},{"name":"rebuild_index"},{"name":"unheard_of"}]}}"#;
        {
            let mut world = machine.world().borrow_mut();
            let exchange = world.exchange(2);
            exchange.response = vec![
                (b":status".to_vec(), b"200".to_vec()),
                (b"content-type".to_vec(), b"application/json".to_vec()),
                (b"content-length".to_vec(), answer.len().to_string().into_bytes()),
            ];
            exchange.response_body = answer.as_bytes().to_vec();
        }
        assert_eq!(machine.response_headers(2, false).unwrap(), Action::Pause);
        assert_eq!(machine.response_body(2, 10, false).unwrap(), Action::Pause);
        assert_eq!(machine.response_body(2, answer.len(), true).unwrap(), Action::Continue);
        let mut world = machine.world().borrow_mut();
        let exchange = world.exchange(2);
        let shown = String::from_utf8(exchange.response_body.clone()).unwrap();
        assert!(shown.contains("search_invoices"), "{shown}");
        assert!(!shown.contains("rebuild_index") && !shown.contains("unheard_of"), "{shown}");
        assert!(exchange.response.iter().all(|(name, _)| name != b"content-length"));
    });
}

#[test]
fn callbacks_out_of_turn_let_nothing_pass() {
    on_both(&configuration(""), |machine| {
        start(machine);
        machine.create(2, 1).unwrap();
        assert_eq!(machine.request_body(2, 0, true).unwrap(), Action::Pause);
        assert_eq!(machine.request_trailers(2).unwrap(), Action::Pause);
        // A context that was never made, and one that is no more.
        assert_eq!(machine.request_headers(77, true).unwrap(), Action::Pause);
        machine.end(2).unwrap();
        assert_eq!(machine.request_headers(2, true).unwrap(), Action::Pause);
        machine.end(2).unwrap();
        // A denied request stays denied, whatever comes after.
        assert!(matches!(send(machine, 3, mcp(&[], "")), End::Answered(401, _)));
        assert_eq!(machine.request_headers(3, true).unwrap(), Action::Pause);
        assert_eq!(machine.request_body(3, 5, true).unwrap(), Action::Pause);
        assert_eq!(machine.request_trailers(3).unwrap(), Action::Pause);
        machine.answer(1, 99, 0, 0).unwrap();
        machine.answer(3, 99, 3, 3).unwrap();
        machine.tick(3).unwrap();
        machine.tick(55).unwrap();
        assert!(!machine.configure(55).unwrap());
    });
}

#[test]
fn a_refused_configuration_says_why_and_leaves_the_one_before() {
    on_both(&configuration(""), |machine| {
        start(machine);
        for wrong in [
            &b""[..],
            b"{",
            b"\xff",
            br#"{"bundle":{"base64":"!"}}"#,
            br#"{"bundle":{"base64":"e30="}}"#,
        ] {
            machine.world().borrow_mut().configuration = wrong.to_vec();
            assert!(!machine.configure(1).unwrap());
            let log = machine.world().borrow().log.last().cloned().unwrap();
            assert!(log.1.contains("configuration refused: "), "{log:?}");
        }
        let end = send(machine, 2, mcp(&[&good()], &call("search_invoices", SEARCH)));
        assert_eq!(end, End::Passed);
    });
}

#[test]
fn an_update_serves_new_requests_while_the_old_ones_end_under_the_old() {
    on_both(&configuration(""), |machine| {
        start(machine);
        let (fields, body) = mcp(&[&good()], &call("search_invoices", SEARCH));
        machine.create(2, 1).unwrap();
        machine.world().borrow_mut().exchange(2).request = fields;
        machine.world().borrow_mut().exchange(2).body = body.clone();
        assert_eq!(machine.request_headers(2, false).unwrap(), Action::Pause);
        machine.create(100, 0).unwrap();
        assert!(machine.configure(100).unwrap());
        assert_eq!(machine.request_body(2, body.len(), true).unwrap(), Action::Continue);
        // The old root goes before a request below it does.
        machine.create(3, 1).unwrap();
        machine.end(1).unwrap();
        assert_eq!(machine.request_headers(3, true).unwrap(), Action::Pause);
        machine.end(3).unwrap();
    });
}

#[test]
fn an_event_stream_that_ends_with_trailers_is_not_cut_off() {
    on_both(&configuration(""), |machine| {
        start(machine);
        let list = r#"{"jsonrpc":"2.0","id":7,"method":"tools/list"}"#;
        assert_eq!(send(machine, 2, mcp(&[&good()], list)), End::Passed);
        machine.world().borrow_mut().exchange(2).response = vec![
            (b":status".to_vec(), b"200".to_vec()),
            (b"content-type".to_vec(), b"text/event-stream".to_vec()),
        ];
        assert_eq!(machine.response_headers(2, false).unwrap(), Action::Continue);
        let answer = r#"{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"search_invoices"},{"name":"rebuild_index"}]}}"#;
        let mut sent = String::new();
        for chunk in [format!("data: {answer}\n\n"), format!("data: {answer}")] {
            machine.world().borrow_mut().exchange(2).response_body = chunk.clone().into_bytes();
            let action = machine.response_body(2, chunk.len(), false).unwrap();
            assert_eq!(action, Action::Continue);
            let mut world = machine.world().borrow_mut();
            sent += std::str::from_utf8(&world.exchange(2).response_body).unwrap();
        }
        assert_eq!(machine.response_trailers(2).unwrap(), Action::Continue);
        assert_eq!(machine.world().borrow_mut().exchange(2).reply, None);
        assert!(sent.contains("search_invoices") && !sent.contains("rebuild_index"), "{sent}");
        assert_eq!(sent.matches("data:").count(), 1, "an event that is not whole: {sent}");
    });
}
