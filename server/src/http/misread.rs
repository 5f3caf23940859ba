//! What a request that cannot be read is told: which field, what it holds and what is needed there, in plain words.
//!
//! serde tells what is wrong as text alone, with the names of Rust's types in it. This is the one place that knows those
//! texts; rules of our own types are told in their own words.

use super::ApiError;
use axum::http::StatusCode;
use evertill_domain::product::FieldError;
use evertill_protocol::strict::Strict;
use serde::de::{DeserializeOwned, IgnoredAny};

/// Most characters of a value or a name that come back to who sent it.
const SHOWN_MAX: usize = 60;
/// Most characters of our own types' words, which may hold what was sent.
const WORDS_MAX: usize = 300;

/// The problem of a body that gave this error instead of a `T`: 400 `malformed` if it is not JSON, else 400 `invalid`.
pub fn body<T: DeserializeOwned>(bytes: &[u8], error: &serde_json::Error) -> ApiError {
    let told = error.to_string();
    let told = told.rsplit_once(" at line ").map_or(&*told, |(told, _)| told);
    let problem = |code, detail| ApiError::new(StatusCode::BAD_REQUEST, code, detail);
    if error.is_data() {
        let fault = fault(&place::<T>(bytes), told);
        return problem("invalid", sentence(&fault)).with_fields(vec![fault]);
    }
    // A list that is too long, say, ends the reading as a comma too many would.
    if told != "number out of range" && serde_json::from_slice::<IgnoredAny>(bytes).is_err() {
        let (line, column) = (error.line(), error.column());
        let detail = if bytes.is_empty() {
            "The body is empty; JSON is needed.".to_owned()
        } else if error.is_eof() {
            "The body ends before its JSON does.".to_owned()
        } else {
            format!("The body is not JSON: look at line {line}, column {column}.")
        };
        return problem("malformed", detail);
    }
    let fault = fault(&place::<T>(bytes), told);
    problem("malformed", sentence(&fault)).with_fields(vec![fault])
}

/// The problem of a query string, from axum's own words: 400 `invalid`.
pub fn query(told: &str) -> ApiError {
    let told = told.rsplit_once("query string: ").map_or(told, |(_, told)| told);
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let (place, told) = told.split_once(": ").filter(|(name, _)| is_name(name)).unwrap_or(("", told));
    let fault = fault(place, told);
    ApiError::invalid(sentence(&fault)).with_fields(vec![fault])
}

/// Where in the body reading stopped: `sale.lines[0].sku`; empty for the body itself.
fn place<T: DeserializeOwned>(bytes: &[u8]) -> String {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let mut track = serde_path_to_error::Track::new();
    let followed = serde_path_to_error::Deserializer::new(&mut reader, &mut track);
    let path = T::deserialize(Strict(followed)).err().map(|_| track.path().to_string());
    path.filter(|path| path != ".").unwrap_or_default()
}

/// The field at fault and what is wrong with it.
fn fault(place: &str, told: &str) -> FieldError {
    let below = |name: &str| {
        // The path of an unknown field has its name already.
        let within = match place.strip_suffix(name) {
            Some("") => "",
            Some(before) => before.strip_suffix('.').unwrap_or(place),
            None => place,
        };
        let dot = if within.is_empty() { "" } else { "." };
        format!("{within}{dot}{}", cut(name, SHOWN_MAX))
    };
    let here = |reason: String| (place.to_owned(), reason);
    let (field, reason) = if let Some(name) = quoted(told, "missing field ") {
        (below(name), "is missing".to_owned())
    } else if let Some(name) = quoted(told, "duplicate field ") {
        (below(name), "is there twice".to_owned())
    } else if let Some((name, known)) = choice(told, "unknown field ") {
        (below(name), format!("is not known here; known are {known}"))
    } else if let Some((given, known)) = choice(told, "unknown variant ") {
        here(format!("is “{}”; it can be {known}", cut(given, SHOWN_MAX)))
    } else if let Some((given, needed)) = given(told, "invalid type: ") {
        here(format!("is {} where {} is needed", kind(given), kind_needed(needed)))
    } else if let Some((given, needed)) = given(told, "invalid value: ") {
        here(format!("is {}, which cannot be; {} is needed", value(given), kind_needed(needed)))
    } else if let Some((_, needed)) = given(told, "invalid length ") {
        here(format!("has another length than it must; {} is needed", kind_needed(needed)))
    } else {
        here(own_words(told))
    };
    FieldError { field, reason }
}

fn sentence(fault: &FieldError) -> String {
    let FieldError { field, reason } = fault;
    let said = if ["is ", "has "].iter().any(|verb| reason.starts_with(verb)) { " " } else { ": " };
    if field.is_empty() {
        format!("The body{said}{reason}.")
    } else {
        format!("“{field}”{said}{reason}.")
    }
}

/// The name in ``missing field `name` ``.
fn quoted<'told>(told: &'told str, kind: &str) -> Option<&'told str> {
    told.strip_prefix(kind)?.strip_prefix('`')?.strip_suffix('`')
}

/// The name and the known ones in ``unknown field `name`, expected one of `a`, `b` ``. What the client sent may hold
/// anything, so it ends where our own part begins.
fn choice<'told>(told: &'told str, kind: &str) -> Option<(&'told str, String)> {
    let told = told.strip_prefix(kind)?.strip_prefix('`')?;
    let Some((name, known)) = told.rsplit_once("`, expected ") else {
        return Some((told.rsplit_once('`').map_or(told, |(name, _)| name), "none".to_owned()));
    };
    let known = known.strip_prefix("one of ").unwrap_or(known);
    Some((name, known.replace('`', "")))
}

/// What was there and what was expected.
fn given<'told>(told: &'told str, kind: &str) -> Option<(&'told str, &'told str)> {
    told.strip_prefix(kind)?.rsplit_once(", expected ")
}

/// What a value is, in words.
fn kind(given: &str) -> String {
    let words = match given.split([' ', '`']).next().unwrap_or_default() {
        "string" | "character" => "text",
        "integer" => "a number",
        "floating" => "a number with decimals",
        "boolean" => return value(given),
        "null" | "unit" => "null",
        "map" => "an object",
        "sequence" => "a list",
        _ => "something else",
    };
    words.to_owned()
}

/// The value itself, where it is short.
fn value(given: &str) -> String {
    let bare = given.split_once('`').and_then(|(_, rest)| rest.strip_suffix('`'));
    let text = given.strip_prefix("string \"").and_then(|rest| rest.strip_suffix('"'));
    match (bare, text) {
        (Some(bare), _) => cut(bare, SHOWN_MAX),
        (None, Some(text)) => format!("“{}”", cut(text, SHOWN_MAX)),
        (None, None) => kind(given),
    }
}

/// What a type of ours takes, in words.
fn kind_needed(needed: &str) -> &str {
    match needed {
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "u8" | "u16" => "a whole number of at most 65535, not below 0",
        "u32" => "a whole number of at most 4294967295, not below 0",
        "u64" | "usize" => "a whole number, not below 0,",
        "f32" | "f64" => "a number",
        "a string" | "string" | "str" | "a borrowed string" => "text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        _ if needed.contains("UUID") => "a UUID",
        _ if needed.starts_with("struct ") => "an object",
        _ if needed.starts_with("a tuple") || needed.starts_with("tuple") => "a list of fixed length",
        _ if needed.starts_with("enum") || needed.starts_with("variant") => "one of the known names",
        own => own,
    }
}

/// Texts of the standard library and of other crates in ours; what is ours stays.
fn own_words(told: &str) -> String {
    let words = match told {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "a whole number is needed"
        }
        "number too large to fit in target type"
        | "number too small to fit in target type"
        | "number out of range" => "is a number beyond all bounds",
        "provided string was not `true` or `false`" => "true or false is needed",
        "recursion limit exceeded" => "is nested too deep",
        "trailing characters" => "is longer than it may be",
        "expected value" | "expected ident" => "is of another kind than is needed here",
        _ if told == "not a UUID" || told.starts_with("UUID parsing failed") => "a UUID is needed",
        own => return cut(own, WORDS_MAX),
    };
    words.to_owned()
}

/// What a client sent must not come back at full length.
fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use crate::http::parse_json;
    use evertill_protocol::{
        api::{MovementRequest, ProductCreate, SaleCreate, SetupRequest},
        upload::RawUpload,
    };
    use serde::de::DeserializeOwned;

    const UUID: &str = "00000000-0000-0000-0000-000000000007";

    fn check<T: DeserializeOwned>(body: &str, code: &str, field: &str, detail: &str) {
        let problem = match parse_json::<T>(body.as_bytes()) {
            Ok(_) => panic!("{body} was taken"),
            Err(error) => error.problem().clone(),
        };
        let fields: Vec<&str> = problem.fields.iter().map(|fault| fault.field.as_str()).collect();
        assert_eq!(
            (problem.code.as_str(), fields.first().copied().unwrap_or(""), problem.detail.as_deref()),
            (code, field, Some(detail)),
            "{body}"
        );
    }

    #[test]
    fn what_a_body_lacks_or_has_wrong_is_told_with_its_place() {
        for (body, field, detail) in [
            (r#"{"sku":"A","name":"B","tax_rate_ppm":0}"#, "price_minor", "“price_minor” is missing."),
            (r#"{"sku":"A","sku":"B"}"#, "sku", "“sku” is there twice."),
            (
                r#"{"colour":"red"}"#,
                "colour",
                "“colour” is not known here; known are id, sku, name, barcodes, category, price_minor, tax_rate_ppm, weighed.",
            ),
            (
                r#"{"price_minor":"1"}"#,
                "price_minor",
                "“price_minor” is text where a whole number is needed.",
            ),
            (
                r#"{"price_minor":1.5}"#,
                "price_minor",
                "“price_minor” is a number with decimals where a whole number is needed.",
            ),
            (
                r#"{"tax_rate_ppm":-1}"#,
                "tax_rate_ppm",
                "“tax_rate_ppm” is -1, which cannot be; a whole number of at most 4294967295, not below 0 is needed.",
            ),
            (r#"{"weighed":1}"#, "weighed", "“weighed” is a number where true or false is needed."),
            (r#"{"name":null}"#, "name", "“name” is null where text is needed."),
            (r#"{"barcodes":"1"}"#, "barcodes", "“barcodes” is text where a list is needed."),
            (r#"{"barcodes":["1",2]}"#, "barcodes[1]", "“barcodes[1]” is a number where text is needed."),
            (r#"{"id":"x"}"#, "id", "“id”: a UUID is needed."),
            (r#"{"id":7}"#, "id", "“id” is a number where a UUID is needed."),
            (
                r#"{"id":"00000000-0000-0000-0000-000000000000"}"#,
                "id",
                "“id”: not a valid id: a UUID other than nil is needed.",
            ),
            (
                r#"["00000000-0000-0000-0000-000000000007","A","B",[],null,1,0,false]"#,
                "",
                "The body is a list where an object is needed.",
            ),
            ("[]", "", "The body is a list where an object is needed."),
            ("7", "", "The body is a number where an object is needed."),
        ] {
            check::<ProductCreate>(body, "invalid", field, detail);
        }
        let sale = |line: &str| {
            format!(
                r#"{{"id":"{UUID}","sale":{{"outlet":"{UUID}","cashier":null,"opened_at":1,"completed_at":2,"currency":"GBP","lines":[{line}]}}}}"#
            )
        };
        check::<SaleCreate>(
            &sale(r#"{"line":1}"#),
            "invalid",
            "sale.lines[0].product",
            "“sale.lines[0].product” is missing.",
        );
        check::<SaleCreate>(
            &sale(r#"{"line":"first"}"#),
            "invalid",
            "sale.lines[0].line",
            "“sale.lines[0].line” is text where a whole number of at most 4294967295, not below 0 is needed.",
        );
        check::<SaleCreate>(
            &sale("[1]"),
            "invalid",
            "sale.lines[0]",
            "“sale.lines[0]” is a list where an object is needed.",
        );
        check::<SaleCreate>(
            r#"{"id":"x","sale":{"currency":"euro"}}"#,
            "invalid",
            "id",
            "“id”: a UUID is needed.",
        );
        check::<SetupRequest>(
            r#"{"currency":"euro"}"#,
            "invalid",
            "currency",
            "“currency”: not a currency: three capital letters are needed, such as GBP.",
        );
        check::<MovementRequest>(
            r#"{"reason":"theft `, expected"}"#,
            "invalid",
            "reason",
            "“reason” is “theft `, expected”; it can be receiving, opening, count, damage, loss, adjustment.",
        );
    }

    #[test]
    fn what_is_no_json_is_told_where_and_what_is_json_is_not_called_none() {
        for (body, detail) in [
            ("", "The body is empty; JSON is needed."),
            ("{\"id\": ", "The body ends before its JSON does."),
            ("{\n  id: 1}", "The body is not JSON: look at line 2, column 3."),
        ] {
            check::<MovementRequest>(body, "malformed", "", detail);
        }
        check::<Vec<u8>>("[] []", "malformed", "", "The body is not JSON: look at line 1, column 4.");
        check::<MovementRequest>(
            r#"{"reason":1}"#,
            "malformed",
            "reason",
            "“reason” is of another kind than is needed here.",
        );
        check::<MovementRequest>(
            r#"{"quantity_milli":9e999}"#,
            "malformed",
            "quantity_milli",
            "“quantity_milli” is a number beyond all bounds.",
        );
        check::<RawUpload>(
            r#"{"lost":[[1,2,3]]}"#,
            "malformed",
            "lost[0]",
            "“lost[0]” is longer than it may be.",
        );
    }

    #[test]
    fn what_was_sent_does_not_come_back_at_full_length() {
        let body = format!(r#"{{"{}":1}}"#, "x".repeat(10_000));
        let error = parse_json::<MovementRequest>(body.as_bytes()).map(|_| ()).expect_err("unknown");
        assert!(serde_json::to_string(error.problem()).is_ok_and(|text| text.len() < 1_000));
    }

    #[test]
    fn a_query_is_told_by_its_names() {
        for (told, detail) in [
            ("limit: invalid digit found in string", "“limit”: a whole number is needed."),
            (
                "unknown field `colour`, expected one of `limit`, `after`",
                "“colour” is not known here; known are limit, after.",
            ),
            (
                "colour: unknown field `colour`, expected one of `limit`, `after`",
                "“colour” is not known here; known are limit, after.",
            ),
            (
                "state: unknown variant `shut`, expected one of `open`, `settled`",
                "“state” is “shut”; it can be open, settled.",
            ),
            ("duplicate field `limit`", "“limit” is there twice."),
        ] {
            let error = super::query(&format!("Failed to deserialize query string: {told}"));
            assert_eq!(error.problem().detail.as_deref(), Some(detail), "{told}");
        }
    }
}
