use super::*;
use crate::MESSAGE_LIMITS;

fn filtered(message: &str, wanted: &[&str]) -> Result<Option<String>, ListError> {
    filter(message.as_bytes(), &ListKind::ALL, &MESSAGE_LIMITS, &mut |_, name| {
        wanted.contains(&name)
    })
}

#[test]
fn what_is_kept_is_kept_to_the_byte() {
    let message = r#"{"jsonrpc":"2.0", "id":"\u0061", "result":{ "tools":[{"name":"a", "n":1e3},
        {"name":"b"}, {"name":"c","s":"\u00e9"}], "nextCursor":"x" } }"#;
    assert_eq!(
        filtered(message, &["a", "c"]).unwrap().as_deref(),
        Some(
            r#"{"jsonrpc":"2.0","id":"\u0061","result":{"tools":[{"name":"a", "n":1e3},{"name":"c","s":"\u00e9"}],"nextCursor":"x"}}"#
        )
    );
    assert_eq!(filtered(message, &["a", "b", "c"]), Ok(None));
}

#[test]
fn every_kind_of_list_has_its_own_key() {
    for (member, entry) in [
        ("prompts", r#"{"name":"a","uri":"b"}"#),
        ("resources", r#"{"uri":"a","name":"b"}"#),
        ("resourceTemplates", r#"{"uriTemplate":"a","name":"b"}"#),
        ("tools", r#"{"name":"a","title":"b"}"#),
    ] {
        let message = format!(r#"{{"result":{{"{member}":[{entry}]}}}}"#);
        assert_eq!(filtered(&message, &["a"]), Ok(None), "{member}");
        let emptied = format!(r#"{{"result":{{"{member}":[]}}}}"#);
        assert_eq!(filtered(&message, &["b"]), Ok(Some(emptied)), "{member}");
    }
}

#[test]
fn an_entry_that_cannot_be_judged_is_dropped() {
    for entry in ["7", "{}", r#"{"name":7}"#, r#"[{"name":"a"}]"#] {
        let message = format!(r#"{{"result":{{"tools":[{entry}]}}}}"#);
        let emptied = r#"{"result":{"tools":[]}}"#.to_owned();
        assert_eq!(filtered(&message, &["a"]), Ok(Some(emptied)), "{entry}");
    }
}

#[test]
fn what_lists_nothing_stays() {
    for message in [
        r#"{"error":{"code":1}}"#,
        r#"{"result":[]}"#,
        r#"{"result":{"content":[]}}"#,
        r#"{"result":{"capabilities":{"tools":{}}}}"#,
        r#"{"method":"notifications/tools/list_changed"}"#,
        "7",
    ] {
        assert_eq!(filtered(message, &[]), Ok(None), "{message}");
    }
}

#[test]
fn what_cannot_be_read_is_an_error() {
    assert_eq!(filtered("[]", &[]), Err(ListError::Batch));
    assert!(matches!(filtered("{", &[]), Err(ListError::Json(_))));
    let twice = r#"{"result":{"tools":[]},"result":{"tools":[]}}"#;
    assert!(matches!(filtered(twice, &[]), Err(ListError::Json(_))));
    let wrong = r#"{"result":{"tools":{"name":"a"}}}"#;
    assert_eq!(filtered(wrong, &[]), Err(ListError::NotAList("tools")));
    let entries = vec![r#"{"name":"a"}"#; LONGEST_LIST + 1].join(",");
    let long = format!(r#"{{"result":{{"tools":[{entries}]}}}}"#);
    assert_eq!(filtered(&long, &["a"]), Err(ListError::TooLong { limit: LONGEST_LIST }));
}

#[test]
fn only_the_lists_asked_for_are_touched() {
    let message = r#"{"result":{"tools":[{"name":"a"}],"prompts":[{"name":"a"}]}}"#;
    let only =
        filter(message.as_bytes(), ListKind::Tools.alone(), &MESSAGE_LIMITS, &mut |_, _| false);
    let expected = r#"{"result":{"tools":[],"prompts":[{"name":"a"}]}}"#.to_owned();
    assert_eq!(only, Ok(Some(expected)));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = filter(&bytes, &ListKind::ALL, &MESSAGE_LIMITS, &mut |_, _| false);
        }

        #[test]
        fn a_filtered_list_holds_what_was_wanted_in_order(
            names in prop::collection::vec("[a-e\"\\\\é]{1,2}", 0..12),
            wanted in prop::collection::vec("[a-e\"\\\\é]{1,2}", 0..6),
        ) {
            let tools: Vec<serde_json::Value> =
                names.iter().map(|name| serde_json::json!({ "name": name })).collect();
            let message = serde_json::json!({ "id": 1, "result": { "tools": tools } }).to_string();
            let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
            let text = filtered(&message, &wanted).unwrap().unwrap_or(message);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            let found: Vec<String> = value["result"]["tools"]
                .as_array()
                .unwrap()
                .iter()
                .map(|tool| tool["name"].as_str().unwrap().to_owned())
                .collect();
            let expected: Vec<String> =
                names.into_iter().filter(|name| wanted.contains(&name.as_str())).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
