//! What an answer is worth. A 200 counts only if it is JSON of the right shape: captive portals answer 200 too.

use super::{course::Event, retry_after};
use crate::ports::{Response, TransportError};
use evertill_protocol::{
    json::{self, Raw},
    upload::{Directives, EntryResult, Have, UploadAnswer},
};
use serde::Deserialize;
use uuid::Uuid;

/// What an exchange brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict<T> {
    /// A valid answer.
    Answer(T),
    /// 401: renew the token.
    Unauthorised,
    /// 403 `revoked`.
    Revoked,
    /// 404 `unknown_terminal`.
    UnknownTerminal,
    /// 409 `epoch`: this epoch was never issued.
    UnknownEpoch,
    /// 410 `resync`.
    Resync,
    /// 426: this app is too old to pull.
    UpdateNeeded,
    /// 400 with our problem document: something in it cannot be read.
    Malformed,
    /// 413, ours or a proxy's.
    TooLarge,
    /// Nothing that counts; what it means for the pace.
    Nothing(Event),
}

/// The part of a problem document that a program branches on.
#[derive(Deserialize)]
struct ProblemCode {
    code: String,
}

/// Judges an answer that should be a JSON document of type `T`.
pub fn judge<'answer, T: Deserialize<'answer>>(
    answer: &'answer Result<Response, TransportError>,
    now_ms: i64,
) -> Verdict<T> {
    judge_body(answer, now_ms).read(|body| json::read(body).ok())
}

impl<T> Verdict<T> {
    /// The same of what is read from the answer; what cannot be read is no answer.
    fn read<U>(self, read: impl FnOnce(T) -> Option<U>) -> Verdict<U> {
        match self {
            Self::Answer(answer) => read(answer).map_or(Verdict::Nothing(Event::Lost), Verdict::Answer),
            Self::Unauthorised => Verdict::Unauthorised,
            Self::Revoked => Verdict::Revoked,
            Self::UnknownTerminal => Verdict::UnknownTerminal,
            Self::UnknownEpoch => Verdict::UnknownEpoch,
            Self::Resync => Verdict::Resync,
            Self::UpdateNeeded => Verdict::UpdateNeeded,
            Self::Malformed => Verdict::Malformed,
            Self::TooLarge => Verdict::TooLarge,
            Self::Nothing(event) => Verdict::Nothing(event),
        }
    }
}

/// Judges an answer by everything but its document.
fn judge_body(answer: &Result<Response, TransportError>, now_ms: i64) -> Verdict<&[u8]> {
    let response = match answer {
        Ok(response) => response,
        Err(TransportError::Timeout) => return Verdict::Nothing(Event::Failed { entries: 0 }),
        Err(TransportError::Unreachable(_)) => return Verdict::Nothing(Event::Lost),
    };
    let json = response.content_type.as_deref().is_some_and(is_json);
    let code = || {
        let problem = json::read::<ProblemCode>(&response.body).ok().filter(|_| json);
        problem.map(|problem| problem.code)
    };
    match response.status {
        200 if json => Verdict::Answer(&response.body),
        400 if code().is_some() => Verdict::Malformed,
        401 => Verdict::Unauthorised,
        403 if code().as_deref() == Some("revoked") => Verdict::Revoked,
        404 if code().as_deref() == Some("unknown_terminal") => Verdict::UnknownTerminal,
        409 if code().as_deref() == Some("epoch") => Verdict::UnknownEpoch,
        410 if code().is_some() => Verdict::Resync,
        413 => Verdict::TooLarge,
        426 => Verdict::UpdateNeeded,
        429 | 503 => {
            let retry_after =
                response.retry_after.as_deref().and_then(|text| retry_after::parse(text, now_ms));
            Verdict::Nothing(Event::Busy { retry_after })
        }
        500.. => Verdict::Nothing(Event::Failed { entries: 0 }),
        _ => Verdict::Nothing(Event::Lost),
    }
}

/// The answer to an upload, where an outcome that this version does not know is as good as missing.
#[derive(Deserialize)]
struct LooseAnswer<'text> {
    #[serde(deserialize_with = "evertill_domain::id::read_uuid")]
    batch: Uuid,
    server_time: i64,
    #[serde(borrow)]
    results: Vec<Raw<'text>>,
    have: Have,
    #[serde(default)]
    durable_through: u64,
    #[serde(default)]
    directives: Directives,
}

/// Judges the answer to an upload. It counts only if it echoes `batch`.
pub fn judge_upload(
    answer: &Result<Response, TransportError>,
    batch: Uuid,
    now_ms: i64,
) -> Verdict<UploadAnswer> {
    judge_body(answer, now_ms).read(|body| read_upload_answer(body).filter(|answer| answer.batch == batch))
}

fn read_upload_answer(body: &[u8]) -> Option<UploadAnswer> {
    let loose: LooseAnswer<'_> = json::read(body).ok()?;
    let nothing = || EntryResult {
        seq: 0,
        id: Uuid::nil(),
        outcome: evertill_protocol::upload::Outcome::Retry,
        code: None,
        reference: None,
        retry_after_ms: None,
    };
    let read = |result: &Raw<'_>| json::read(result.text().as_bytes()).unwrap_or_else(|_| nothing());
    Some(UploadAnswer {
        batch: loose.batch,
        server_time: loose.server_time,
        results: loose.results.iter().map(read).collect(),
        have: loose.have,
        durable_through: loose.durable_through,
        directives: loose.directives,
    })
}

/// `application/json` and `application/problem+json`, with or without parameters.
fn is_json(content_type: &str) -> bool {
    content_type.split(['/', '+', ';']).any(|part| part.trim() == "json")
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use proptest::prelude::*;

    #[expect(clippy::unnecessary_wraps, reason = "what a transport answers")]
    fn response(status: u16, content_type: &str, body: &str) -> Result<Response, TransportError> {
        Ok(Response {
            status,
            content_type: Some(content_type.to_owned()),
            retry_after: Some("7".to_owned()),
            body: body.as_bytes().to_vec(),
        })
    }

    const VALID: &str = r#"{"batch":"00000000-0000-0000-0000-000000000007","server_time":1,"results":[],
        "have":{"contiguous":0,"max":0,"missing":[]},"unknown":1}"#;

    #[test]
    fn only_json_that_echoes_the_batch_is_an_answer() {
        let batch = Uuid::from_u128(7);
        let lost = Verdict::Nothing(Event::Lost);
        let judge = |answer| judge_upload(&answer, batch, 0);
        assert!(matches!(judge(response(200, "application/json", VALID)), Verdict::Answer(_)));
        assert_eq!(judge(response(200, "text/html", VALID)), lost);
        assert_eq!(judge(response(200, "application/json", "<html>")), lost);
        assert_eq!(judge(response(200, "application/json", &VALID[..VALID.len() / 2])), lost);
        assert_eq!(judge(response(201, "application/json", VALID)), lost);
        assert_eq!(
            judge(response(500, "application/json", VALID)),
            Verdict::Nothing(Event::Failed { entries: 0 })
        );
        let other = judge_upload(&response(200, "application/json", VALID), Uuid::from_u128(8), 0);
        assert_eq!(other, lost);
    }

    #[test]
    fn an_unknown_outcome_is_as_good_as_missing() {
        let result = r#"[{"seq":1,"id":"00000000-0000-0000-0000-000000000001","outcome":"embalmed"}]"#;
        let body = VALID.replace("[],\n        \"have", &format!("{result},\"have"));
        let Verdict::Answer(answer) =
            judge_upload(&response(200, "application/json", &body), Uuid::from_u128(7), 0)
        else {
            panic!("an answer");
        };
        assert_eq!(answer.results.len(), 1);
        assert!(answer.results[0].id.is_nil());
    }

    #[test]
    fn problems_are_told_by_their_code() {
        let problem = |status, code: &str| {
            let body = format!(r#"{{"type":"t","title":"t","status":{status},"code":"{code}"}}"#);
            judge::<u32>(&response(status, "application/problem+json", &body), 0)
        };
        assert_eq!(problem(400, "envelope"), Verdict::Malformed);
        assert_eq!(problem(403, "revoked"), Verdict::Revoked);
        assert_eq!(problem(403, "other"), Verdict::Nothing(Event::Lost));
        assert_eq!(problem(404, "unknown_terminal"), Verdict::UnknownTerminal);
        assert_eq!(problem(404, "not_found"), Verdict::Nothing(Event::Lost));
        assert_eq!(problem(409, "epoch"), Verdict::UnknownEpoch);
        assert_eq!(problem(410, "resync"), Verdict::Resync);
        let html = judge::<u32>(&response(400, "text/html", "<h1>Bad gateway</h1>"), 0);
        assert_eq!(html, Verdict::Nothing(Event::Lost));
        let busy = Verdict::Nothing(Event::Busy { retry_after: Some(Duration::from_secs(7)) });
        assert_eq!(judge::<u32>(&response(503, "text/html", ""), 0), busy);
        assert_eq!(judge::<u32>(&response(413, "text/html", ""), 0), Verdict::TooLarge);
    }

    proptest! {
        /// Fault 7: whatever else an answer is, it counts for no batch but its own, and only whole.
        #[test]
        fn an_answer_counts_whole_and_for_its_own_batch_alone(
            echoed in 0..4_u128,
            asked in 0..4_u128,
            cut in 0..VALID.len(),
            status in prop_oneof![Just(200_u16), 100..600_u16],
            content_type in prop_oneof![Just("application/json"), Just("text/html"), Just("text/plain"), Just("")],
        ) {
            let valid = VALID.replace("000000000007", &format!("{echoed:012}"));
            let judge = |status, body: &str| {
                judge_upload(&response(status, content_type, body), Uuid::from_u128(asked), 0)
            };
            let counts = |verdict: Verdict<UploadAnswer>| matches!(verdict, Verdict::Answer(_));
            let whole = status == 200 && content_type == "application/json" && echoed == asked;
            prop_assert_eq!(counts(judge(status, &valid)), whole);
            prop_assert!(!counts(judge(status, &valid[..cut])), "half an answer counted");
        }
    }
}
