//! Passing failures: pauses grow, are spread, honour `Retry-After`, and end.

use serde_json::json;
use vicar_exchange::{Carriage, HttpResponse, Machine, Problem, Randomness, Spec, Step};

use crate::common::{NOW, granted, refused, run, spec, spec_with, token};

fn limited(attempts: u8, total_seconds: u64) -> Spec {
    let limits = json!({"attempts": attempts, "total_seconds": total_seconds});
    serde_json::from_value(spec_with("client-credentials", "/limits", limits)).unwrap()
}

fn busy(status: u16, retry_after: Option<&str>) -> HttpResponse {
    HttpResponse {
        content_type: Some("text/html".to_owned()),
        retry_after: retry_after.map(str::to_owned),
        ..HttpResponse::json(status, "<html>busy</html>")
    }
}

#[test]
fn a_passing_failure_is_tried_again_and_passes() {
    for status in [408, 429, 500, 502, 503, 504] {
        let run = run(spec("client-credentials"), |attempt| {
            Ok(if attempt == 0 { busy(status, None) } else { granted(&token("app-api-v2")) })
        });
        assert_eq!((run.outcome(), run.pauses.len()), ("ok", 1), "{status}");
    }
    for error in ["temporarily_unavailable", "server_error"] {
        let run = run(spec("client-credentials"), |attempt| {
            Ok(match attempt {
                0 => refused(400, &json!({"error": error, "error_codes": [90033]})),
                _ => granted(&token("app-api-v2")),
            })
        });
        assert_eq!((run.outcome(), run.pauses.len()), ("ok", 1), "{error}");
    }
}

#[test]
fn attempts_are_counted_and_pauses_grow() {
    let run = run(limited(6, 1000), |_| Err(Carriage::Connection));
    assert_eq!(run.outcome(), "sts_unavailable");
    assert_eq!(run.requests.len(), 6);
    for (pause, least) in run.pauses.iter().zip([1, 2, 4, 8, 16]) {
        assert!((least..=2 * least).contains(pause), "{:?}", run.pauses);
    }
    assert_eq!(run.pauses.len(), 5);
    assert!(matches!(run.problem(), Problem::Unavailable { attempts: 6, .. }));
}

#[test]
fn clients_that_failed_together_do_not_return_together() {
    let mut pauses = std::collections::BTreeSet::new();
    for seed in 0..32 {
        let (mut machine, step) =
            Machine::start(limited(9, 1000), Randomness::new([seed; 32]), NOW);
        let mut step = Some(step);
        for _ in 0..9 {
            step = Some(match step.take().unwrap() {
                Step::Send(_) => {
                    machine.resume(vicar_exchange::Event::Response(Err(Carriage::Connection)), NOW)
                }
                Step::Wait { until } => {
                    pauses.insert(until - NOW);
                    machine.resume(vicar_exchange::Event::Woken, until)
                }
                other => panic!("{other:?}"),
            });
        }
    }
    assert!(pauses.len() > 10, "{pauses:?}");
}

#[test]
fn retry_after_is_honoured_in_both_forms() {
    // 1790000520 is Mon, 21 Sep 2026 14:22:00 GMT.
    for (text, pause) in [("20", 20), (" 20 ", 20), ("Mon, 21 Sep 2026 14:22:00 GMT", 20)] {
        let run = run(limited(3, 60), |attempt| {
            Ok(if attempt == 0 { busy(429, Some(text)) } else { granted(&token("app-api-v2")) })
        });
        assert_eq!((run.outcome(), &run.pauses[..]), ("ok", &[pause][..]), "{text}");
    }
    for text in ["", "soon", "-1", "Mon, 21 Sep 2020 14:22:00 GMT"] {
        let run = run(limited(3, 60), |attempt| {
            Ok(if attempt == 0 { busy(429, Some(text)) } else { granted(&token("app-api-v2")) })
        });
        assert_eq!(run.outcome(), "ok", "{text}");
        assert!(run.pauses[0] <= 2, "{text}");
    }
}

#[test]
fn a_retry_after_beyond_the_deadline_ends_the_exchange_and_is_told() {
    for text in ["3600", "99999999999999999999", "Mon, 21 Sep 2099 14:22:00 GMT"] {
        let run = run(limited(3, 60), |_| Ok(busy(503, Some(text))));
        let Problem::Unavailable { retry_at: Some(at), attempts: 1, .. } = run.problem() else {
            panic!("{:?}", run.end)
        };
        assert!((NOW + 3600..=NOW + 24 * 3600).contains(at), "{text}");
        assert!(run.pauses.is_empty());
    }
}

#[test]
fn the_deadline_holds_over_all_hops() {
    let (mut machine, step) = Machine::start(spec("autonomous"), Randomness::new([1; 32]), NOW);
    let Step::Send(request) = step else { panic!() };
    assert_eq!(request.deadline, NOW + 10);
    let t1 = vicar_exchange::Event::Response(Ok(granted(&token("t1-blueprint-exchange"))));
    let Step::Send(request) = machine.resume(t1, NOW + 25) else { panic!() };
    assert_eq!(request.deadline, NOW + 30, "no request outlives the exchange");

    let (mut machine, _) = Machine::start(spec("autonomous"), Randomness::new([1; 32]), NOW);
    let t1 = vicar_exchange::Event::Response(Ok(granted(&token("t1-blueprint-exchange"))));
    let Step::Failed(problem) = machine.resume(t1, NOW + 30) else { panic!() };
    assert_eq!(problem.reason().code, "exchange_deadline");
}

#[test]
fn waking_early_waits_on() {
    let (mut machine, _) = Machine::start(limited(3, 60), Randomness::new([1; 32]), NOW);
    let step = machine.resume(vicar_exchange::Event::Response(Err(Carriage::Connection)), NOW);
    let Step::Wait { until } = step else { panic!() };
    let step = machine.resume(vicar_exchange::Event::Woken, until - 1);
    assert!(matches!(step, Step::Wait { until: again } if again == until));
    assert!(matches!(machine.resume(vicar_exchange::Event::Woken, until), Step::Send(_)));
}
