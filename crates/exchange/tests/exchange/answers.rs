//! Answers that are not what a token endpoint says (issue 4, "Bad input").

use serde::Deserialize;
use vicar_exchange::{Carriage, HttpResponse};

use crate::common::{data, granted, refused, routine, run, run_with, spec, token};

#[derive(Deserialize)]
struct Case {
    case: String,
    status: u16,
    content_type: Option<String>,
    body: String,
    reason: Option<String>,
}

fn answer(case: &Case) -> HttpResponse {
    let body = case.body.replace("<T>", &token("app-api-v2"));
    HttpResponse {
        content_type: case.content_type.clone(),
        ..HttpResponse::json(case.status, body)
    }
}

#[test]
fn only_a_documented_answer_is_taken() {
    for case in data::<Vec<Case>>("answers.json") {
        let run = run(spec("client-credentials"), |_| Ok(answer(&case)));
        let wanted = case.reason.as_deref().unwrap_or("ok");
        assert_eq!(run.outcome(), wanted, "{}: {:?}", case.case, run.end);
        assert_eq!(run.requests.len(), 1, "{}: none of these is tried again", case.case);
        if let Err(problem) = &run.end {
            let told = format!("{problem} {problem:?} {}", problem.remedy());
            assert!(!told.contains("eyJhbGciOiJSUzI1NiI"), "{}: {told}", case.case);
        }
    }
}

#[test]
fn the_same_holds_for_t1() {
    for case in data::<Vec<Case>>("answers.json") {
        // T1 may be of any form; it is the token endpoint's own.
        let of_the_token =
            case.reason.as_deref().is_some_and(|reason| reason.starts_with("outcome"));
        if case.reason.is_none() || of_the_token {
            continue;
        }
        let run = run_with(spec("autonomous"), |_| Ok(answer(&case)));
        assert_eq!(Some(run.outcome()), case.reason.as_deref(), "{}", case.case);
    }
}

#[test]
fn fifty_megabytes_are_refused_before_they_are_read() {
    let body = format!("{{\"access_token\":\"{}\"}}", "x".repeat(50 * 1024 * 1024));
    let mut body = Some(body);
    let read =
        run(spec("client-credentials"), |_| Ok(HttpResponse::json(200, body.take().unwrap())));
    assert_eq!(read.outcome(), "sts_answer_too_large");
    let carried = run(spec("client-credentials"), |_| Err(Carriage::TooLarge));
    assert_eq!(carried.outcome(), "sts_answer_too_large");
    assert_eq!(carried.requests.len(), 1);
}

#[test]
fn a_body_that_never_ends_is_a_passing_failure_and_ends() {
    let run = run(spec("client-credentials"), |_| Err(Carriage::Deadline));
    assert_eq!(run.outcome(), "sts_unavailable");
    assert_eq!(run.requests.len(), 3);
}

#[test]
fn an_untrusted_certificate_is_final() {
    let run = run(spec("client-credentials"), |_| Err(Carriage::Untrusted));
    assert_eq!((run.outcome(), run.requests.len()), ("sts_unavailable", 1));
}

#[test]
fn a_managed_identity_that_refuses_is_a_credential_that_is_missing() {
    let body =
        serde_json::json!({"error": "invalid_request", "error_description": "Identity not found"});
    let run = run_with(spec("t1-managed-identity"), |_| Ok(refused(400, &body)));
    assert_eq!(run.outcome(), "credential_unavailable");
    let run = run_with(spec("t1-managed-identity"), |_| Ok(granted("opaque")));
    assert_eq!(run.outcome(), "credential_unavailable");
    let mut first = true;
    let run = run_with(spec("t1-managed-identity"), |request| {
        let busy = std::mem::take(&mut first);
        Ok(if busy { refused(429, &body) } else { routine(request).unwrap() })
    });
    assert_eq!((run.outcome(), run.pauses.len()), ("ok", 1));
}
