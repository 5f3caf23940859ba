//! The till's JSON against `serde_json`: every document that one of both takes means the same to the other, and both
//! write the same.

use evertill_protocol::{
    api::StartWith,
    json::{Document, JsonError, Raw, append, indented, read, write},
};
use proptest::{collection, prelude::*};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Map, Value};

/// Takes it or not, both alike, to the same value.
fn check(json: &[u8]) {
    let (own, known) = (read::<Value>(json), serde_json::from_slice::<Value>(json));
    let text = String::from_utf8_lossy(json);
    match (own, known) {
        (Ok(own), Ok(known)) => assert_eq!(own, known, "{text}"),
        (Err(_), Err(_)) => {}
        (own, known) => panic!("{text}: {own:?} but {known:?}"),
    }
    let taken = read::<Value>(json).is_ok();
    assert_eq!(taken, read::<IgnoredAny>(json).is_ok(), "{text}");
    assert_eq!(taken, read::<Raw<'_>>(json).is_ok(), "{text}");
}

#[test]
fn what_is_json_and_what_is_not() {
    let texts = [
        "",
        " ",
        "null",
        "nul",
        "nulll",
        "true",
        "false",
        "tru e",
        "0",
        "-0.5",
        "-",
        "01",
        "1.",
        ".5",
        "1e",
        "1e+",
        "1e2",
        "12E-2",
        "18446744073709551615",
        "-9223372036854775808",
        "+1",
        "1 2",
        "\"\"",
        "\"",
        "\"a",
        "\"\\\"",
        "\"\\n\\t\\/\\b\\f\\r\\\\\\\"\"",
        "\"\\x\"",
        "\"\\u00e9\"",
        "\"\\uD83D\\uDE00\"",
        "\"\\uD83D\"",
        "\"\\uD83Dx\"",
        "\"\\uDE00\"",
        "\"\\uD83D\\uD83D\"",
        "\"\\uD83D\\n\"",
        "\"\\u12g4\"",
        "\"\\u12\"",
        "\"a\nb\"",
        "\"\u{1}\"",
        "\"é漢😀\"",
        "[]",
        "[ ]",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,2]]",
        "[[],[[]]]",
        "{}",
        "{ }",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1,\"b\":[{\"c\":null}]}",
        "{\"a\":{}",
        "[1]\u{a0}",
        "\u{feff}1",
        "\t[ 1 ,\n2 ]\r ",
        "[true,false,null]",
        "[\"a\\\\\",\"b\"]",
    ];
    for text in texts {
        check(text.as_bytes());
    }
    check(b"\"\xff\"");
    check(b"[1,\0]");
    check(b"1\0");
}

#[test]
fn depth_is_bounded() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    assert!(read::<IgnoredAny>(&nested(100)).is_ok());
    for depth in [101, 300, 1_000_000] {
        assert!(read::<IgnoredAny>(&nested(depth)).is_err());
        assert!(read::<Value>(&nested(depth)).is_err());
    }
}

#[derive(Debug, PartialEq, Deserialize)]
struct Line<'text> {
    seq: u64,
    #[serde(default)]
    depth_mm: i16,
    kind: Kind,
    note: Option<String>,
    ranges: Vec<(u64, u64)>,
    #[serde(borrow)]
    body: Raw<'text>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Sale,
    ClockSuspect,
}

const LINE: &str = r#"{ "ranges": [[1,2],[4, 9]], "body": {"a": [1, "]"]} , "more": {"x":[]}, "kind":"clock_suspect", "seq":7 }"#;

#[test]
fn structs_enums_pairs_and_values_left_for_later() {
    let line: Line<'_> = read(LINE.as_bytes()).expect("a line");
    assert_eq!((line.seq, line.depth_mm, line.note), (7, 0, None));
    assert_eq!((line.kind, line.ranges), (Kind::ClockSuspect, vec![(1, 2), (4, 9)]));
    assert_eq!(line.body.text(), r#"{"a": [1, "]"]}"#);
    assert_eq!(read::<Option<Kind>>(b"\"sale\""), Ok(Some(Kind::Sale)));
    assert_eq!(read::<Option<Kind>>(b"null"), Ok(None));
    assert_eq!(read::<[u64; 2]>(b"[1,2]"), Ok([1, 2]));
}

#[test]
fn what_a_type_refuses_is_told_with_its_place() {
    let fault = |change: &[(&str, &str)]| {
        let text = change.iter().fold(LINE.to_owned(), |text, (from, to)| text.replace(from, to));
        read::<Line<'_>>(text.as_bytes()).expect_err(&text).to_string()
    };
    assert_eq!(fault(&[("\"seq\":7", "\"no\":7")]), format!("after {} bytes: no field seq", LINE.len() - 1));
    assert!(fault(&[("\"more\"", "\"seq\":1,\"m\"")]).ends_with("a second field seq"));
    assert!(fault(&[("clock_suspect", "clock")]).ends_with("a name that is not known here"));
    for (from, to) in [
        ("\"seq\":7", "\"seq\":-7"),
        ("\"seq\":7", "\"seq\":7.0"),
        ("\"seq\":7", "\"seq\":\"7\""),
        ("\"seq\":7", "\"seq\":null"),
        ("\"seq\":7", "\"seq\":18446744073709551616"),
        ("\"more\"", "\"depth_mm\":40000,\"m\""),
        ("[1,2]", "[1]"),
        ("[1,2]", "[1,2,3]"),
        ("[1,2]", "{\"a\":1}"),
        ("\"clock_suspect\"", "{\"sale\":1}"),
        ("\"clock_suspect\"", "1"),
    ] {
        fault(&[(from, to)]);
    }
    assert!(read::<Vec<u64>>(b"{}").is_err() && read::<Line<'_>>(b"[1]").is_err());
    assert!(read::<Line<'_>>(&LINE.as_bytes()[..LINE.len() - 1]).is_err());
    let error: JsonError = read::<u64>(b" x").expect_err("no number");
    assert_eq!(error.to_string(), "after 1 bytes: another type of value is needed here");
}

#[test]
fn a_document_is_itself_on_the_wire_to_both_readers() {
    let value = serde_json::json!({ "first": 1, "raw": "a\"b", "list": [null, { "x": 1.5 }] });
    let document = Document::from(value.clone());
    let text = serde_json::to_string(&[&document]).expect("JSON");
    assert_eq!(text, serde_json::to_string(&[&value]).expect("JSON"));
    assert_eq!(read::<Vec<Document>>(text.as_bytes()), Ok(vec![document.clone()]));
    assert_eq!(serde_json::from_str::<Vec<Document>>(&text).ok(), Some(vec![document]));
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    CashOnly,
}

/// One field of each kind that the till writes.
#[derive(Serialize)]
struct Written<'text> {
    id: uuid::Uuid,
    method: Method,
    pair: (u64, i8),
    single: [bool; 1],
    letter: char,
    text: &'text str,
    none: Option<u32>,
    some: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<i64>,
    unit: (),
    #[serde(flatten)]
    rest: std::collections::BTreeMap<String, i64>,
}

#[test]
fn each_kind_of_value_is_written_as_serde_json_writes_it() {
    for text in ["", "é € 😀", "\u{0}\u{1f}\u{7f}\u{8}\u{c}\n\r\t\"\\/"] {
        let value = Written {
            id: uuid::Uuid::from_u128(7),
            method: Method::CashOnly,
            pair: (u64::MAX, i8::MIN),
            single: [true],
            letter: 'é',
            text,
            none: None,
            some: Some(0),
            skipped: None,
            unit: (),
            rest: [("a".to_owned(), i64::MIN), (String::new(), i64::MAX)].into(),
        };
        let known = serde_json::to_string(&value).expect("JSON");
        assert_eq!(write(&value), known);
        let mut bytes = b"before".to_vec();
        append(&mut bytes, &value);
        assert_eq!(bytes, format!("before{known}").into_bytes());
    }
}

#[test]
fn what_a_shop_starts_with_is_written_as_serde_json_writes_it() {
    for start in [StartWith::Demo, StartWith::Empty, StartWith::Csv("sku,name\r\n\"A\",é".to_owned())] {
        assert_eq!(write(&[&start]), serde_json::to_string(&[&start]).expect("JSON"));
    }
}

#[test]
#[should_panic(expected = "always JSON")]
fn what_the_till_does_not_write_is_refused() {
    write(&1.5_f64);
}

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[a-z\"\\\\\\n]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

proptest! {
    #[test]
    fn any_document_is_read_as_serde_json_reads_it(value in document()) {
        let text = value.to_string();
        check(text.as_bytes());
        let pretty = serde_json::to_string_pretty(&value).expect("a value is JSON");
        check(pretty.as_bytes());
        prop_assert_eq!(indented(&text), pretty.clone());
        prop_assert_eq!(indented(&pretty), pretty);
    }

    #[test]
    fn any_document_is_written_as_serde_json_writes_it(value in document()) {
        prop_assert_eq!(write(&value), value.to_string());
    }

    #[test]
    fn a_damaged_document_is_taken_by_both_or_by_none(value in document(), at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut text = value.to_string().into_bytes();
        // Floats are compared by hand above: the largest and the last digit are not the same to both.
        let byte = if byte.is_ascii_digit() || b".eE".contains(&byte) { b'x' } else { byte };
        let at = at.index(text.len());
        text[at] = byte;
        check(&text);
        text.remove(at);
        let digits = text.iter().any(u8::is_ascii_digit);
        if !digits {
            check(&text);
        }
    }
}
