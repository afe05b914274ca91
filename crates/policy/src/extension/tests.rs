use proptest::prelude::*;
use serde_json::Value as Json;

use super::{datetime, decimal, duration, ip};
use crate::{EvaluationError, Value, ir::Expr, ir::ExtensionFunction as Function, test_support::*};

fn table() -> Json {
    serde_json::from_str(include_str!("../../tests/data/extensions.json")).unwrap()
}

fn function(name: &Json) -> Function {
    Function::named(name.as_str().unwrap()).unwrap()
}

/// The text by way of an attribute, so that the evaluator parses it.
fn evaluated(function: Function, text: &str) -> Result<Value, EvaluationError> {
    let holder = Expr::Record(vec![("text".into(), lit(text)), ("x".into(), context("count"))]);
    value_of(Expr::Call(function, vec![attribute(holder, "text")]))
}

#[test]
fn constructors_accept_what_cedar_accepts() {
    let mut rows = 0;
    for constructor in table()["constructors"].as_array().unwrap() {
        let function = function(&constructor["function"]);
        for (text, wanted) in constructor["accepted"].as_object().unwrap() {
            let value = evaluated(function, text).unwrap();
            assert_eq!(value.to_string(), wanted.as_str().unwrap(), "{function}({text:?})");
            // A literal argument is parsed at compile time instead.
            assert_eq!(value_of(call(function, [lit(text.as_str())])), Ok(value));
            rows += 1;
        }
        for text in constructor["refused"].as_array().unwrap() {
            let text = text.as_str().unwrap();
            for result in [evaluated(function, text), value_of(call(function, [lit(text)]))] {
                let is_refused = matches!(result, Err(EvaluationError::ExtensionFailed { .. }));
                assert!(is_refused, "{function}({text:?}) gave {result:?}");
            }
            rows += 1;
        }
    }
    assert!(rows > 150, "the table has {rows} rows");
}

#[test]
fn methods_give_what_cedar_gives() {
    for row in table()["methods"].as_array().unwrap() {
        let (name, arguments) = row["call"].as_array().unwrap().split_first().unwrap();
        let arguments = arguments.iter().map(|argument| {
            let (constructor, text) = argument.as_object().unwrap().iter().next().unwrap();
            let constructor = Function::named(constructor).unwrap();
            call(constructor, [lit(text.as_str().unwrap())])
        });
        let seen = match value_of(Expr::Call(function(name), arguments.collect())) {
            Ok(value) => ("gives", value.to_string()),
            Err(error) => ("fails", error.to_string()),
        };
        assert_eq!(row[seen.0], seen.1, "{row}");
    }
}

#[test]
fn the_earliest_datetime_has_no_date() {
    let earliest = || lit(Value::Datetime(i64::MIN));
    let error = value_of(call(Function::ToDate, [earliest()])).unwrap_err();
    assert_eq!(error.to_string(), "`toDate` failed: the date overflows");
    let time = value_of(call(Function::ToTime, [earliest()])).unwrap();
    assert_eq!(time.to_string(), "duration(\"16h47m4s192ms\")");
    let error = value_of(call(Function::DurationSince, [earliest(), lit(Value::Datetime(1))]));
    assert_eq!(error.unwrap_err().to_string(), "`durationSince` failed: the duration overflows");
}

#[test]
fn every_function_has_its_name() {
    for function in Function::ALL {
        assert_eq!(Function::named(function.name()), Some(function));
    }
}

/// The text inside `name("…")`.
fn inner(value: &Value) -> String {
    let text = value.to_string();
    let (_, rest) = text.split_once('"').unwrap();
    rest.strip_suffix("\")").unwrap().to_owned()
}

proptest! {
    #[test]
    fn parsers_take_any_text(text in "\\PC{0,40}") {
        let _ = (decimal::parse(&text), duration::parse(&text), datetime::parse(&text), ip::parse(&text));
    }

    #[test]
    fn parsers_take_text_close_to_the_grammar(text in "[-+0-9dhms.:TZ/]{0,30}") {
        let _ = (decimal::parse(&text), duration::parse(&text), datetime::parse(&text), ip::parse(&text));
    }

    #[test]
    fn literals_read_back(units: i64, in_range in -62_167_219_200_000..=253_402_300_799_999_i64) {
        prop_assert_eq!(decimal::parse(&inner(&Value::Decimal(units))), Ok(units));
        prop_assert_eq!(duration::parse(&inner(&Value::Duration(units))), Ok(units));
        prop_assert_eq!(datetime::parse(&inner(&Value::Datetime(in_range))), Ok(in_range));
    }

    #[test]
    fn days_follow_each_other(day in -719_528..2_932_896_i64) {
        // The literal of each midnight is the date: a day later is a later text.
        let text = |day: i64| Value::Datetime(day * 86_400_000).to_string();
        prop_assert!(text(day) < text(day + 1));
    }

    #[test]
    fn a_range_holds_its_own_addresses(address: u32, other: u32, prefix in 0..=32_u8) {
        let network = |bits: u32, prefix| crate::value::IpNetwork {
            address: std::net::Ipv4Addr::from_bits(bits).into(),
            prefix,
        };
        let host = u32::MAX.checked_shr(prefix.into()).unwrap_or(0);
        let range = network(address, prefix);
        prop_assert!(network((address & !host) | (other & host), 32).is_in_range(&range));
        prop_assert_eq!(
            network(other, 32).is_in_range(&range),
            other & !host == address & !host
        );
    }
}
