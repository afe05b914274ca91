//! Bundles over the proxy: fetched, pinned, and kept until the next one is there.

use crate::support::*;
use vicar_envoy_filter::host::LogLevel;
use vicar_proxy_host::Machine;

fn pinned(digest: &str, issuer: &str) -> Vec<u8> {
    let fetch = format!(
        r#"{{"cluster":"bundles","uri":"http://127.0.0.1/reference.vicar","digest":"{digest}"}}"#
    );
    let keys = keys();
    format!(r#"{{"bundle":{{"fetch":{fetch}}},"keys":{{"{issuer}":{{"jwks":{keys}}}}}}}"#)
        .into_bytes()
}

fn digest() -> String {
    compiled().bundle.digest().to_string()
}

fn missing() -> String {
    format!("sha256:{}", "0".repeat(64))
}

fn pass(machine: &mut dyn Machine, root: u32, seconds: u64) {
    machine.world().borrow_mut().now += seconds * 1_000_000_000;
    machine.tick(root).unwrap();
}

/// Answers the oldest call with the reference bundle.
fn answer(machine: &mut dyn Machine) {
    let sent = machine.world().borrow_mut().calls.remove(0);
    let file = compiled().bundle.to_bytes();
    let size = file.len();
    machine.world().borrow_mut().answer = (vec![(b":status".to_vec(), b"200".to_vec())], file);
    machine.answer(sent.context, sent.id, 1, size).unwrap();
}

fn update(machine: &mut dyn Machine, root: u32, configuration: Vec<u8>) {
    machine.world().borrow_mut().configuration = configuration;
    machine.create(root, 0).unwrap();
    assert!(machine.configure(root).unwrap());
}

fn request() -> Message {
    mcp(&[&good()], &call("search_invoices", r#"{"query":"x"}"#))
}

#[test]
fn the_last_bundle_stays_at_work_until_the_next_one_is_there() {
    let not_ready = End::Answered(503, "vicar_filter_not_ready".to_owned());
    on_both(&pinned(&digest(), "entra"), |machine| {
        start(machine);
        assert_eq!(send(machine, 2, request()), not_ready);
        pass(machine, 1, 1);
        answer(machine);
        assert_eq!(send(machine, 3, request()), End::Passed);

        update(machine, 100, pinned(&missing(), "entra"));
        let warned = machine.world().borrow().log.iter().any(|(level, line)| {
            *level == LogLevel::Warn && line.contains("the last one stays at work")
        });
        assert!(warned, "{:?}", machine.world().borrow().log);
        assert_eq!(send_to(machine, 100, 101, request()), End::Passed);
        let without_token = mcp(&[], &call("search_invoices", "{}"));
        assert!(matches!(send_to(machine, 100, 102, without_token), End::Answered(401, _)));
        // Another bundle in its place changes nothing, and it is asked for again.
        for attempt in 0..3 {
            pass(machine, 100, 60);
            assert_eq!(machine.world().borrow().calls.len(), 1, "attempt {attempt}");
            answer(machine);
            assert_eq!(send_to(machine, 100, 110 + attempt, request()), End::Passed);
        }

        // Neither another filter of the same virtual machine nor another source of bundles has it.
        for (root, part) in [(200, "plugin_name"), (300, "plugin_root_id")] {
            let another = b"another".to_vec();
            let before = machine.world().borrow_mut().properties.insert(part.to_owned(), another);
            update(machine, root, pinned(&missing(), "entra"));
            assert_eq!(send_to(machine, root, root + 1, request()), not_ready, "{part}");
            machine.world().borrow_mut().properties.insert(part.to_owned(), before.unwrap());
        }
        let elsewhere = String::from_utf8(pinned(&missing(), "entra")).unwrap();
        let elsewhere = elsewhere.replace(r#""cluster":"bundles""#, r#""cluster":"keys""#);
        update(machine, 400, elsewhere.into_bytes());
        assert_eq!(send_to(machine, 400, 401, request()), not_ready);
    });
}

#[test]
fn a_bundle_that_does_not_fit_the_settings_is_refused_once() {
    on_both(&pinned(&digest(), "nobody"), |machine| {
        start(machine);
        assert_eq!(machine.world().borrow().tick_milliseconds, 100);
        pass(machine, 1, 1);
        answer(machine);
        for _ in 0..50 {
            pass(machine, 1, 60);
        }
        let log = machine.world().borrow().log.clone();
        let told: Vec<_> = log.iter().filter(|(level, _)| *level == LogLevel::Error).collect();
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].1.contains("keys.nobody"), "{told:?}");
        assert_eq!(machine.world().borrow().tick_milliseconds, 1000);
        assert!(machine.world().borrow().calls.is_empty(), "asked again for what was refused");
        let not_ready = End::Answered(503, "vicar_filter_not_ready".to_owned());
        assert_eq!(send(machine, 2, request()), not_ready);
    });
}
