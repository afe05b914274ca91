use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::world::{Answer, World};

const OFFICE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/office");

fn post(world: &World, path: &str, body: &Value) -> Answer {
    let request = world
        .client
        .post(format!("{}{path}", world.url))
        .header("content-type", "application/json")
        .body(body.to_string());
    Answer::of(request.send().unwrap())
}

fn copy(to: &Path) {
    for entry in fs::read_dir(OFFICE).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn without_a_bundle_there_is_no_verdict() {
    let world = World::start();
    let call = json!({"call": {"method": "GET", "host": "api.example", "path": "/"}});
    assert_eq!(post(&world, "/v1/decide", &call).problem(), (404, "bundle_missing"));
}

#[test]
fn a_bundle_decides_and_explains() {
    let world = World::with_bundle(&[], Some(Path::new(OFFICE)));
    let call = json!({"call": {"method": "GET", "host": "nowhere.example", "path": "/"}});
    let decided = post(&world, "/v1/decide", &call);
    assert_eq!((decided.status, &decided.body["decision"]), (200, &json!("deny")), "{decided:?}");
    let explained = post(&world, "/v1/explain", &call);
    for member in ["decision", "reason", "sentence", "bundle"] {
        assert_eq!(explained.body[member], decided.body[member], "{member}");
    }
    let line = world.audit().pop().unwrap();
    assert_eq!(line["reason"], decided.body["reason"]);
    let evaluation = json!({
        "subject": {"type": "user", "id": "x"},
        "action": {"name": "GET"},
        "resource": {"type": "http", "id": "https://nowhere.example/"},
    });
    let evaluated = post(&world, "/access/v1/evaluation", &evaluation);
    assert_eq!((evaluated.status, &evaluated.body["decision"]), (200, &json!(false)));
    for body in [json!([]), json!({"call": {}}), json!({"subject": 1}), json!("eyJ")] {
        for path in ["/v1/decide", "/v1/explain", "/access/v1/evaluation"] {
            assert_eq!(post(&world, path, &body).problem(), (400, "request_body_refused"));
        }
    }
}

#[test]
fn a_changed_bundle_is_taken_and_a_bad_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    copy(folder.path());
    let world = World::with_bundle(&[], Some(folder.path()));
    let call = json!({"call": {"method": "GET", "host": "nowhere.example", "path": "/"}});
    let digest = || post(&world, "/v1/decide", &call).body["bundle"].clone();
    let first = digest();
    let policy = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|kind| kind == "cedar"))
        .unwrap();
    let good = fs::read_to_string(&policy).unwrap();
    fs::write(&policy, format!("{good}\nthis is no policy")).unwrap();
    let reloads = |outcome: &str| {
        post(&world, "/v1/decide", &call);
        let text = world.get("/metrics").send().unwrap().text().unwrap();
        text.contains(&format!("vicar_bundle_reloads_total{{outcome=\"{outcome}\"}} 1"))
    };
    let wait = |outcome: &str| {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !reloads(outcome) {
            assert!(Instant::now() < deadline, "no reload was {outcome}");
            std::thread::sleep(Duration::from_millis(100));
        }
    };
    wait("refused");
    assert_eq!(digest(), first);
    fs::write(&policy, good.replace("for agents", "for agents at all")).unwrap();
    wait("taken");
    assert_ne!(digest(), first);
}
