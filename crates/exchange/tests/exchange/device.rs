//! Signing in on another device (RFC 8628).

use serde_json::{Value, json};
use vicar_exchange::HttpRequest;

use crate::common::{NOW, Reply, granted, refused, run_with, spec, token};

fn code() -> Value {
    json!({"user_code": "FJC3N9KQX", "device_code": "FAQ-secret", "expires_in": 900, "interval": 5,
        "verification_uri": "https://microsoft.com/devicelogin", "message": "(text)"})
}

fn run(code: &Value, mut poll: impl FnMut(usize) -> Reply) -> crate::common::Run {
    let mut polls = 0;
    run_with(spec("device-code"), |request: &HttpRequest| {
        if request.url.ends_with("/devicecode") {
            return Ok(refused(200, code));
        }
        polls += 1;
        poll(polls - 1)
    })
}

fn error(error: &str) -> Reply {
    Ok(refused(400, &json!({"error": error})))
}

#[test]
fn the_person_signs_in_meanwhile() {
    let run = run(&code(), |poll| match poll {
        0 => error("authorization_pending"),
        1 => error("slow_down"),
        2 => error("authorization_pending"),
        _ => Ok(granted(&token("tc-user-for-blueprint"))),
    });
    assert_eq!(run.outcome(), "ok", "{:?}", run.end);
    assert_eq!(run.pauses, [5, 10, 10], "`slow_down` slows down for good");
    let [prompt] = &run.prompts[..] else { panic!() };
    assert_eq!(prompt.user_code, "FJC3N9KQX");
    assert_eq!((prompt.expires_at, prompt.poll_at), (NOW + 900, NOW + 5));

    let [first, poll, ..] = &run.requests[..] else { panic!() };
    assert_eq!(
        first.url,
        "https://login.microsoftonline.com/7d3e1a52-94c0-4c1f-8b6a-2f0c55e1a901/oauth2/v2.0/devicecode"
    );
    assert_eq!(
        first.body().expose(),
        "client_id=e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6&scope=api%3A%2F%2Fc0ffee01-5b1e-4d2a-9a77-1f2e3d4c5b6a%2Faccess_as_user+openid+profile+offline_access"
    );
    assert_eq!(
        poll.body().expose(),
        "client_id=e4d3c2b1-6a5f-4f4e-9d3c-2b1a09f8e7d6&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=FAQ-secret"
    );
    assert!(!format!("{:?} {}", run, poll.masked()).contains("FAQ-secret"));
}

#[test]
fn it_ends_when_the_person_or_the_time_says_so() {
    for end in ["authorization_declined", "access_denied", "expired_token", "bad_verification_code"]
    {
        let run = run(&code(), |_| error(end));
        assert_eq!((run.outcome(), run.requests.len()), ("device_code_ended", 2), "{end}");
    }
    let run = run(&code(), |_| error("authorization_pending"));
    assert_eq!(run.outcome(), "device_code_ended");
    assert!(run.now < NOW + 900 && run.requests.len() == 180, "{}", run.requests.len());
}

#[test]
fn a_passing_failure_between_polls_is_no_end() {
    let run = run(&code(), |poll| match poll {
        0 | 1 | 3 | 4 => Err(vicar_exchange::Carriage::Connection),
        2 => error("authorization_pending"),
        _ => Ok(granted(&token("tc-user-for-blueprint"))),
    });
    assert_eq!(run.outcome(), "ok");
}

#[test]
fn a_page_without_tls_is_not_shown() {
    for (member, value) in [
        ("verification_uri", json!("http://microsoft.com/devicelogin")),
        ("verification_uri", json!("javascript:alert(1)")),
        ("verification_uri", json!("")),
        ("user_code", json!("A\u{1b}[2J")),
        ("user_code", Value::Null),
        ("device_code", json!("")),
        ("expires_in", json!(0)),
        ("expires_in", json!(99999)),
        ("interval", json!(0)),
        ("interval", json!("x")),
    ] {
        let mut wrong = code();
        wrong[member] = value.clone();
        let run = run(&wrong, |_| error("authorization_pending"));
        assert_eq!(run.outcome(), "sts_answer_malformed", "{member} {value}");
        assert!(run.prompts.is_empty());
    }
    let mut without = code();
    without.as_object_mut().unwrap().remove("interval");
    let run = run(&without, |_| Ok(granted(&token("tc-user-for-blueprint"))));
    assert_eq!((run.outcome(), run.prompts[0].poll_at), ("ok", NOW + 5));
}
