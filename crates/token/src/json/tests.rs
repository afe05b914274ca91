use super::{Json, JsonError, Limits, Object};

fn parse(text: &str) -> Result<Json, JsonError> {
    Json::parse(text.as_bytes(), &Limits::TOKEN)
}

fn syntax(text: &[u8]) -> String {
    match Json::parse(text, &Limits::TOKEN) {
        Err(error @ JsonError::Syntax { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_keep_their_kind() {
    let document = parse(
        r#"{"s":"é\u0000","i":-9223372036854775808,"f":1.0,"e":1e3,"b":true,"n":null,"a":[1,"x"],"o":{}}"#,
    );
    let Ok(Json::Object(object)) = document else { panic!("{document:?}") };
    assert_eq!(object.get("s"), Some(&Json::from("é\0")));
    assert_eq!(object.get("i"), Some(&Json::Integer(i64::MIN)));
    assert_eq!(object.get("f"), Some(&Json::Float(1.0)));
    assert_eq!(object.get("e"), Some(&Json::Float(1000.0)));
    assert_eq!(object.get("b"), Some(&Json::Bool(true)));
    assert_eq!(object.get("n"), Some(&Json::Null));
    assert_eq!(object.get("a"), Some(&[Json::Integer(1), Json::from("x")].into_iter().collect()));
    assert_eq!(object.get("o"), Some(&Json::Object(Object::new())));
}

#[test]
fn integers_beyond_i64_are_not_integers() {
    assert_eq!(parse("9223372036854775807"), Ok(Json::Integer(i64::MAX)));
    assert_eq!(parse("9223372036854775808"), Ok(Json::Float(9_223_372_036_854_775_808.0)));
    assert!(matches!(parse("-9223372036854775809"), Ok(Json::Float(_))));
    assert!(matches!(parse("1234567890123456789012345"), Ok(Json::Float(_))));
    assert_eq!(parse("-0"), Ok(Json::Float(-0.0)));
}

#[test]
fn duplicate_members_are_refused_at_any_depth() {
    for text in
        [r#"{"a":1,"a":1}"#, r#"{"b":{"c":[{"a":1,"d":2,"a":3}]}}"#, r#"{"a":1,"\u0061":2}"#]
    {
        assert_eq!(parse(text), Err(JsonError::DuplicateMember { name: "a".to_owned() }), "{text}");
    }
    assert!(parse(r#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
}

#[test]
fn bad_syntax_is_located() {
    assert_eq!(syntax(b"{\"a\":1} x"), "not JSON at line 1, column 9: trailing characters");
    assert_eq!(syntax(b"{\n\"a\":}"), "not JSON at line 2, column 5: expected value");
    assert_eq!(syntax(b""), "not JSON at line 1, column 0: EOF while parsing a value");
    assert_eq!(syntax(b"\xef\xbb\xbf{}"), "not JSON at line 1, column 1: expected value");
    for text in [
        &b"{\"a\":\"\xff\"}"[..],
        b"{'a':1}",
        b"{\"a\":1,}",
        b"[1,]",
        b"{\"a\":01}",
        b"{\"a\":+1}",
        b"{\"a\":.5}",
        b"{\"a\":NaN}",
        b"{\"a\":1e999}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":\"\n\"}",
        b"// c\n{}",
        b"{a:1}",
        b"{\"a\" 1}",
        b"{1:1}",
    ] {
        syntax(text);
    }
}

#[test]
fn limits_hold() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(32)).is_ok());
    assert_eq!(parse(&nested(33)), Err(JsonError::TooDeep { limit: 32 }));
    assert_eq!(parse(&nested(8000)), Err(JsonError::TooDeep { limit: 32 }));
    let objects = format!("{}1{}", "{\"a\":".repeat(33), "}".repeat(33));
    assert_eq!(parse(&objects), Err(JsonError::TooDeep { limit: 32 }));

    let members = |count: usize| {
        let members: Vec<_> = (0..count).map(|index| format!("\"{index}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    assert!(parse(&members(512)).is_ok());
    assert_eq!(parse(&members(513)), Err(JsonError::TooManyMembers { limit: 512 }));
    let spread = format!("[{},{}]", members(256), members(257));
    assert_eq!(parse(&spread), Err(JsonError::TooManyMembers { limit: 512 }));

    let long = format!("\"{}\"", "x".repeat(16 * 1024));
    let length = long.len();
    assert_eq!(parse(&long), Err(JsonError::TooLong { length, limit: 16 * 1024 }));
}

#[test]
fn a_wrong_type_is_never_taken_for_absence() {
    let text = br#"{"s":"x","i":1,"f":1.5,"list":["a","b"],"mixed":["a",1],"null":null,"b":true}"#;
    let object = Object::parse(text, &Limits::TOKEN).unwrap();
    assert_eq!(object.string("s"), Ok(Some("x")));
    assert_eq!(object.string("absent"), Ok(None));
    assert_eq!(object.integer("i"), Ok(Some(1)));
    assert_eq!(object.boolean("b"), Ok(Some(true)));
    assert_eq!(object.string_list("list"), Ok(Some(vec!["a", "b"])));
    assert_eq!(object.string_or_list("s"), Ok(Some(vec!["x"])));
    assert_eq!(object.string_or_list("list"), Ok(Some(vec!["a", "b"])));
    let message = |error: super::WrongType| error.to_string();
    assert_eq!(
        object.string("null").map_err(message),
        Err("`null` is null where a string is expected".to_owned())
    );
    assert_eq!(
        object.integer("f").map_err(message),
        Err("`f` is a number that is not an integer where an integer is expected".to_owned())
    );
    assert_eq!(
        object.string_list("mixed").map_err(message),
        Err("`mixed` is an array with an item of another type where an array of strings is \
             expected"
            .to_owned())
    );
    assert!(object.string_list("s").is_err());
    assert!(object.object("s").is_err());
}

#[test]
fn objects_keep_document_order() {
    let text = r#"{"z":1,"a":{"y":[],"b":"\n"},"m":-1.5}"#;
    let value = parse(text).unwrap();
    assert_eq!(value.to_string(), text);
    let mut object = value.as_object().cloned().unwrap();
    assert_eq!(object.insert("z", 2), Some(Json::Integer(1)));
    assert_eq!(object.insert("new", "x"), None);
    assert_eq!(object.remove("a").map(|value| value.kind()), Some("an object"));
    assert_eq!(Json::from(object).to_string(), r#"{"z":2,"m":-1.5,"new":"x"}"#);
    let collected: Object = [("a", 1), ("b", 2), ("a", 3)].into_iter().collect();
    assert_eq!(Json::from(collected).to_string(), r#"{"a":3,"b":2}"#);
}

#[test]
fn a_number_that_json_lacks_is_not_written() {
    assert!(serde_json::to_string(&Json::Float(f64::NAN)).is_err());
}

mod properties {
    use proptest::prelude::*;

    use super::super::{Json, JsonError, Limits, Object};

    fn json() -> impl Strategy<Value = Json> {
        let leaf = prop_oneof![
            Just(Json::Null),
            any::<bool>().prop_map(Json::Bool),
            any::<i64>().prop_map(Json::Integer),
            (-1e15..1e15f64).prop_map(Json::Float),
            ".{0,12}".prop_map(Json::String),
        ];
        leaf.prop_recursive(4, 48, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Json::Array),
                prop::collection::btree_map(".{0,8}", inner, 0..6)
                    .prop_map(|members| Json::Object(members.into_iter().collect::<Object>())),
            ]
        })
    }

    /// The reference: what `serde_json` makes of the same bytes.
    fn reference(bytes: &[u8]) -> Option<serde_json::Value> {
        serde_json::from_slice(bytes).ok()
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(value in json()) {
            let text = value.to_string();
            prop_assert_eq!(Json::parse(text.as_bytes(), &Limits::TOKEN), Ok(value));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let outcome = Json::parse(&bytes, &Limits::TOKEN);
            prop_assert_eq!(outcome.is_ok(), reference(&bytes).is_some());
        }

        #[test]
        fn near_json_agrees_with_the_reference(text in r#"[\[\]{}",:0-9a\\ue. -]{0,40}"#) {
            match Json::parse(text.as_bytes(), &Limits::TOKEN) {
                Ok(value) => {
                    let written = serde_json::to_value(&value).ok();
                    prop_assert_eq!(written, reference(text.as_bytes()));
                }
                Err(JsonError::Syntax { .. }) => {
                    prop_assert_eq!(reference(text.as_bytes()), None);
                }
                Err(JsonError::DuplicateMember { .. } | JsonError::TooDeep { .. }) => {}
                Err(other) => prop_assert!(false, "{}", other),
            }
        }
    }
}
