use super::*;

/// What goes on of a stream given in pieces, and the data that was judged.
fn run(pieces: &[&[u8]], fate: impl Fn(&[u8]) -> Fate) -> (Vec<u8>, Vec<String>) {
    let mut seen = Vec::new();
    let mut judge = |data: &[u8]| {
        seen.push(String::from_utf8_lossy(data).into_owned());
        fate(data)
    };
    let mut stream = EventStream::new(10_000);
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(stream.push(piece, &mut judge).unwrap());
    }
    out.extend(stream.finish(&mut judge));
    (out, seen)
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn data_is_joined_as_the_specification_says() {
    for (event, data) in [
        ("data: a\n\n", Some("a")),
        ("data:a\n\n", Some("a")),
        ("data:  a\n\n", Some(" a")),
        ("data: a\ndata: b\n\n", Some("a\nb")),
        ("data: a\r\ndata\r\ndata: b\r\n\r\n", Some("a\n\nb")),
        ("event: x\rdata: a\r\r", Some("a")),
        ("\u{feff}data: a\n\n", Some("a")),
        ("data: a", Some("a")),
        (": data: a\n\n", None),
        ("database: a\n\n", None),
        (" data: a\n\n", None),
        ("\n\n", None),
    ] {
        let (out, seen) = run(&[event.as_bytes()], |_| Fate::Keep);
        assert_eq!(text(&out), event, "kept to the byte");
        assert_eq!(seen.first().map(String::as_str), data, "{event:?}");
    }
}

#[test]
fn other_lines_and_events_stay_when_data_is_replaced() {
    let stream = b"id: 1\r\ndata: a\r\nevent: m\r\ndata: b\r\n\r\n: next\r\n\r\ndata: c\r\n\r\n";
    let (out, seen) = run(&[stream], |data| match data {
        b"a\nb" => Fate::Replace("x\ny".to_owned()),
        _ => Fate::Keep,
    });
    assert_eq!(seen, ["a\nb", "c"]);
    assert_eq!(
        text(&out),
        "id: 1\r\ndata: x\r\ndata: y\r\nevent: m\r\n\r\n: next\r\n\r\ndata: c\r\n\r\n"
    );
}

#[test]
fn a_dropped_event_keeps_its_id() {
    let (out, _) = run(&[b"id: 1\ndata: a\n\ndata: b\n\n"], |data| match data {
        b"a" => Fate::Drop,
        _ => Fate::Keep,
    });
    assert_eq!(text(&out), "id: 1\n\ndata: b\n\n");
}

#[test]
fn events_go_on_as_soon_as_they_are_whole() {
    let mut stream = EventStream::new(100);
    let mut judge = |_: &[u8]| Fate::Keep;
    assert_eq!(stream.push(b"data: a\n\nda", &mut judge).unwrap(), b"data: a\n\n");
    assert_eq!(stream.push(b"ta: b\r\n\r", &mut judge).unwrap(), b"data: b\r\n\r");
    assert_eq!(stream.push(b"\n", &mut judge).unwrap(), b"\n");
    assert_eq!(stream.finish(&mut judge), b"");
}

#[test]
fn an_event_has_a_longest_length() {
    let mut stream = EventStream::new(9);
    let mut judge = |_: &[u8]| Fate::Keep;
    assert!(stream.push(b"data: a\n\ndata: b\n\n", &mut judge).is_ok());
    assert_eq!(stream.push(b"data: abcd", &mut judge), Err(EventTooLong { longest: 9 }));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_goes_on_to_the_byte_in_any_pieces(
            bytes in prop::collection::vec(
                prop::sample::select(b"data: x\n\r:\xef\xbb\xbf".to_vec()), 0..120),
            cut in 0usize..120,
        ) {
            let (start, end) = bytes.split_at(cut.min(bytes.len()));
            let whole = run(&[&bytes], |_| Fate::Keep);
            prop_assert_eq!(&whole.0, &bytes);
            prop_assert_eq!(run(&[start, end], |_| Fate::Keep), whole);
            let replaced = |data: &[u8]| Fate::Replace(data.len().to_string());
            prop_assert_eq!(run(&[start, end], replaced), run(&[&bytes], replaced));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let (out, _) = run(&[&bytes], |_| Fate::Keep);
            prop_assert_eq!(out, bytes);
        }
    }
}
