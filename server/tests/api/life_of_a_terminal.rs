//! Enrolment, renewal, copies, restored servers, revoking.

use crate::harness::{TestServer, outcome};
use evertill_protocol::{
    terminal::{Remembered, Right, TerminalRow, TerminalTokens},
    upload::{Directives, UploadAnswer},
};
use evertill_server::db::DATABASE_FILE;
use serde_json::json;
use uuid::Uuid;

/// Kinds of the cases that are open, oldest first.
async fn cases(server: &TestServer) -> Vec<String> {
    let mut reader = server.state.db.read().await.expect("a reader");
    sqlx::query_scalar("SELECT kind FROM cases ORDER BY number").fetch_all(&mut *reader).await.expect("cases")
}

/// As if this much of the terminal's journal had come.
async fn pretend_entries(server: &TestServer, tokens: &TerminalTokens, head: i64) {
    let mut tx = server.state.db.write().await.expect("the writer");
    sqlx::query(
        "UPDATE epochs SET head = $3, contiguous = $3, max_seq = $3 WHERE terminal = $1 AND epoch = $2",
    )
    .bind(tokens.terminal.uuid())
    .bind(tokens.epoch)
    .bind(head)
    .execute(&mut *tx)
    .await
    .expect("written");
    tx.commit().await.expect("committed");
}

/// As if the terminal had been given this right.
async fn set_right(server: &TestServer, tokens: &TerminalTokens, right: &str) {
    let mut tx = server.state.db.write().await.expect("the writer");
    sqlx::query("UPDATE terminals SET \"right\" = $2 WHERE id = $1")
        .bind(tokens.terminal.uuid())
        .bind(right)
        .execute(&mut *tx)
        .await
        .expect("written");
    tx.commit().await.expect("committed");
}

async fn works(server: &TestServer, tokens: &TerminalTokens) -> (u16, String) {
    outcome(server.get("/api/products").bearer_auth(&tokens.access_token)).await
}

/// What an upload without entries is told.
async fn directives(server: &TestServer, tokens: &TerminalTokens, acked_through: u64) -> Directives {
    let body = json!({ "protocol": 1, "terminal": tokens.terminal, "epoch": tokens.epoch, "batch": Uuid::now_v7(),
                       "sent_at": 0, "head": acked_through, "acked_through": acked_through, "pending": 0,
                       "oldest_age_s": 0, "lost": [], "entries": [] });
    let answer = server.post("/api/sync/sales", &body).bearer_auth(&tokens.access_token).send().await;
    let answer = answer.expect("an answer");
    assert_eq!(answer.status(), 200);
    answer.json::<UploadAnswer>().await.expect("an answer to an upload").directives
}

#[tokio::test]
async fn a_lost_answer_burns_no_code() {
    let server = TestServer::demo().await;
    let (code, device) = (server.code().await.code, Uuid::now_v7());
    let first = server.enrol_with(&code, device).await;
    let again = server.enrol_with(&code, device).await;
    assert_eq!((again.terminal, again.epoch), (first.terminal, first.epoch));
    assert_eq!(works(&server, &again).await.0, 200);
    server.renew(&first.refresh_token, Uuid::now_v7()).await;
    let other = json!({ "code": code, "device": Uuid::now_v7() });
    assert_eq!(outcome(server.post("/api/terminals/enrol", &other)).await, (410, "code_used".to_owned()));
    server.advance_ms(24 * 60 * 60 * 1000);
    let late = json!({ "code": code, "device": device });
    assert_eq!(outcome(server.post("/api/terminals/enrol", &late)).await, (410, "code_used".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn access_ends_after_a_quarter_of_an_hour_and_survives_a_restart() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    assert_eq!(tokens.expires_in_s, 900);
    let server = server.restart().await;
    assert_eq!(works(&server, &tokens).await.0, 200);
    server.advance_ms(900_000);
    assert_eq!(works(&server, &tokens).await, (401, "unauthorized".to_owned()));
    let renewed = server.renew(&tokens.refresh_token, Uuid::now_v7()).await;
    assert_eq!(works(&server, &renewed).await.0, 200);
    server.stop().await;
}

#[tokio::test]
async fn the_same_ask_gets_the_same_answer() {
    let server = TestServer::demo().await;
    let tokens = server.enrol().await;
    let ask = Uuid::now_v7();
    let first = server.renew(&tokens.refresh_token, ask).await;
    server.advance_ms(60_000);
    assert_eq!(server.renew(&tokens.refresh_token, ask).await, first);
    server.advance_ms(3_600_000);
    let late = server.renew(&tokens.refresh_token, ask).await;
    assert_eq!(late.refresh_token, first.refresh_token);
    assert_eq!(works(&server, &late).await.0, 200, "an answer is of use whenever it comes");
    server.stop().await;
}

#[tokio::test]
async fn the_token_before_is_good_until_its_successor_is_used() {
    let server = TestServer::demo().await;
    let first = server.enrol().await;
    let lost = server.renew(&first.refresh_token, Uuid::now_v7()).await;
    let second = server.renew(&first.refresh_token, Uuid::now_v7()).await;
    assert_eq!((second.epoch, lost.epoch), (1, 1));
    let third = server.renew(&second.refresh_token, Uuid::now_v7()).await;
    assert_eq!(third.epoch, 1);
    assert!(cases(&server).await.is_empty());

    let copy = server.renew(&first.refresh_token, Uuid::now_v7()).await;
    assert_eq!((copy.terminal, copy.epoch), (first.terminal, 2), "a copy gets a journal of its own");
    assert_eq!(works(&server, &copy).await.0, 200, "and nobody is locked out");
    assert_eq!(cases(&server).await, ["clone"]);
    assert!(directives(&server, &third, 0).await.new_epoch, "the original is told to ask for a new epoch");
    assert!(!directives(&server, &copy, 0).await.new_epoch);
    let original = server.renew(&third.refresh_token, Uuid::now_v7()).await;
    assert_eq!(original.epoch, 3, "whose epoch is forked gets a fresh one too");
    let ask = Uuid::now_v7();
    let more = server.renew(&third.refresh_token, ask).await;
    assert_eq!(
        server.renew(&third.refresh_token, ask).await,
        more,
        "also there the same ask gets the same answer"
    );
    assert_eq!(server.renew(&original.refresh_token, Uuid::now_v7()).await.epoch, 3);
    assert_eq!(cases(&server).await, ["clone"], "one case for one copy");
    server.stop().await;
}

/// What a fork opens and closes: kind and state of each case, in order.
async fn case_states(server: &TestServer) -> Vec<(String, String)> {
    let mut reader = server.state.db.read().await.expect("a reader");
    sqlx::query_as("SELECT kind, state FROM cases ORDER BY number")
        .fetch_all(&mut *reader)
        .await
        .expect("cases")
}

#[tokio::test]
async fn a_fork_names_what_the_erp_has_of_the_epoch_that_ends() {
    let server = TestServer::demo().await;
    let first = server.enrol().await;
    let second = server.renew(&first.refresh_token, Uuid::now_v7()).await;
    let third = server.renew(&second.refresh_token, Uuid::now_v7()).await;
    pretend_entries(&server, &first, 12).await;
    assert_eq!(server.renew(&first.refresh_token, Uuid::now_v7()).await.epoch, 2);
    let open = |kind: &str| (kind.to_owned(), "open".to_owned());
    assert_eq!(case_states(&server).await, [open("clone"), open("epoch_ended")]);
    assert_eq!(server.renew(&third.refresh_token, Uuid::now_v7()).await.epoch, 3);
    assert_eq!(case_states(&server).await.len(), 2, "one case for one epoch");
    directives(&server, &third, 12).await;
    let settled = ("epoch_ended".to_owned(), "settled".to_owned());
    assert_eq!(case_states(&server).await, [open("clone"), settled], "all of it is there");
    server.stop().await;
}

#[tokio::test]
async fn a_revoked_terminal_is_heard_at_its_own_pace() {
    let server = TestServer::demo().await;
    let (owner, other) = (server.enrol().await, server.enrol().await);
    let path = format!("/api/terminals/{}/revoke", other.terminal);
    let revoked = server.post(&path, &json!({})).bearer_auth(&owner.access_token);
    assert_eq!(outcome(revoked).await.0, 204);
    let mut heard = 0;
    let refused = loop {
        let body = json!({ "protocol": 1, "terminal": other.terminal, "epoch": 1, "batch": Uuid::now_v7(),
                           "sent_at": 0, "head": 0, "acked_through": 0, "pending": 0, "oldest_age_s": 0,
                           "lost": [], "entries": [] });
        let answer = server.post("/api/sync/sales", &body).bearer_auth(&other.access_token).send().await;
        let answer = answer.expect("an answer");
        if answer.status() != 200 {
            break answer;
        }
        heard += 1;
        assert!(heard < 1000, "it may ask as often as it likes");
    };
    assert!(heard >= 60, "enough to drain what it has: {heard}");
    assert_eq!((refused.status().as_u16(), refused.headers().contains_key("retry-after")), (429, true));
    assert_eq!(crate::harness::problem(refused).await.code, "too_many");
    directives(&server, &owner, 0).await;
    server.stop().await;
}

#[tokio::test]
async fn what_a_signed_token_names_outlives_a_restored_server() {
    let server = TestServer::demo().await;
    let owner = server.enrol().await;
    let backup = server.folder().join("backup.db");
    server.state.db.copy_to(&backup).await.expect("a backup");
    let ahead = server.renew(&owner.refresh_token, Uuid::now_v7()).await;
    let ahead = server.renew(&ahead.refresh_token, Uuid::now_v7()).await;
    let unknown = server.enrol().await;
    assert_eq!(unknown.short_code, "T2");

    let folder = server.folder().to_owned();
    let server = {
        // The clock goes on; the database is yesterday's.
        let restored = server.restart_with(|| {
            for old in ["-wal", "-shm"] {
                let _ = std::fs::remove_file(folder.join(format!("{DATABASE_FILE}{old}")));
            }
            std::fs::rename(&backup, folder.join(DATABASE_FILE)).expect("the backup takes its place");
        });
        restored.await
    };
    let higher = server.renew(&ahead.refresh_token, Uuid::now_v7()).await;
    assert_eq!(
        (higher.terminal, higher.epoch),
        (owner.terminal, 1),
        "a number ahead of the server's is no copy"
    );
    assert!(cases(&server).await.is_empty());
    assert_eq!(works(&server, &unknown).await, (401, "renew".to_owned()));
    let back = server.renew(&unknown.refresh_token, Uuid::now_v7()).await;
    assert_eq!((back.terminal, back.short_code.as_str(), back.epoch), (unknown.terminal, "T2", 1));
    assert_eq!(works(&server, &back).await.0, 200);
    assert_eq!(cases(&server).await, ["restored"]);
    assert_eq!(directives(&server, &back, 7).await.resend_from, Some(1), "and is asked for what it has");
    server.stop().await;
}

#[tokio::test]
async fn a_browser_that_lost_its_database_goes_on_as_the_same_terminal() {
    let server = TestServer::demo().await;
    let (code, device) = (server.code().await.code, Uuid::now_v7());
    let enrolled = server
        .post("/api/terminals/enrol", &json!({ "code": code, "device": device }))
        .header("origin", "https://shop.example")
        .send()
        .await
        .expect("an answer");
    let cookie = enrolled.headers()["set-cookie"].to_str().expect("text").to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Secure", "Max-Age=", "Path=/api/terminals"] {
        assert!(cookie.contains(part), "{part} in {cookie}");
    }
    let cookie = cookie.split(';').next().expect("name and value").to_owned();
    let tokens: TerminalTokens = enrolled.json().await.expect("tokens");
    pretend_entries(&server, &tokens, 12).await;

    let remembered =
        server.get("/api/terminals/remembered").header("cookie", &cookie).send().await.expect("an answer");
    let remembered: Remembered = remembered.json().await.expect("what it was");
    assert_eq!(remembered.terminal, Some(tokens.terminal));
    assert_eq!((remembered.short_code.as_deref(), remembered.epoch), (Some("T1"), Some(1)));
    let nothing = server.get("/api/terminals/remembered").header("cookie", "evertill_terminal=forged");
    let nothing: Remembered = nothing.send().await.expect("an answer").json().await.expect("nothing");
    assert_eq!((nothing.terminal, nothing.epoch), (None, None));

    let enrol = |code: &str| {
        let body = json!({ "code": code, "device": Uuid::now_v7() });
        server.post("/api/terminals/enrol", &body).header("cookie", &cookie)
    };
    let anew = async |code: &str| -> TerminalTokens {
        enrol(code).send().await.expect("an answer").json().await.expect("tokens")
    };
    let back = anew(&server.code().await.code).await;
    assert_eq!(
        (back.terminal, back.epoch, back.right),
        (tokens.terminal, 2, Right::Owner),
        "the shop keeps its owner"
    );
    let other = server.enrol().await;
    assert_eq!((other.short_code.as_str(), other.right), ("T2", Right::Sell));
    let its_own = server.code_for("T1").await.code;
    let back = anew(&its_own).await;
    assert_eq!((back.terminal, back.epoch, back.right), (tokens.terminal, 3, Right::Owner));
    set_right(&server, &other, "owner").await;
    let back = anew(&server.code().await.code).await;
    assert_eq!((back.epoch, back.right), (4, Right::Sell), "a cookie authorises nothing");
    set_right(&server, &other, "sell").await;
    let back = anew(&server.code().await.code).await;
    assert_eq!((back.epoch, back.right), (5, Right::Owner), "the code does");
    assert_eq!(cases(&server).await, ["epoch_ended"]);
    let drained = server.renew(&tokens.refresh_token, Uuid::now_v7()).await;
    assert_eq!(drained.epoch, 1, "the old epoch can still be handed in");
    server.stop().await;
}

#[tokio::test]
async fn a_terminal_is_enrolled_anew_on_another_device() {
    let server = TestServer::demo().await;
    let owner = server.enrol().await;
    let second = server.enrol().await;
    let body = json!({ "terminal": second.terminal });
    let code = server
        .post("/api/terminals/codes", &body)
        .bearer_auth(&owner.access_token)
        .header("Origin", "https://shop.example")
        .send()
        .await
        .expect("an answer");
    assert_eq!(code.status(), 201);
    let code: evertill_protocol::terminal::CodeAnswer = code.json().await.expect("a code");
    assert!(code.qr.len() >= 21 && code.qr.iter().all(|row| row.len() == code.qr.len()), "{:?}", code.qr);
    let anew = server.enrol_with(&code.code, Uuid::now_v7()).await;
    assert_eq!((anew.terminal, anew.epoch, anew.short_code.as_str()), (second.terminal, 2, "T2"));
    assert!(cases(&server).await.is_empty(), "an epoch from which nothing ever came opens no case");
    let unknown = json!({ "terminal": Uuid::now_v7() });
    let unknown = server.post("/api/terminals/codes", &unknown).bearer_auth(&owner.access_token);
    assert_eq!(outcome(unknown).await, (404, "not_found".to_owned()));
    server.stop().await;
}

#[tokio::test]
async fn only_the_owner_rules_over_terminals() {
    let server = TestServer::demo().await;
    let (owner, other) = (server.enrol().await, server.enrol().await);
    let revoke = |id: &dyn std::fmt::Display| format!("/api/terminals/{id}/revoke");
    for request in [
        server.get("/api/terminals"),
        server.post("/api/terminals/codes", &json!({})),
        server.post(&revoke(&owner.terminal), &json!({})),
    ] {
        assert_eq!(outcome(request.bearer_auth(&other.access_token)).await, (403, "forbidden".to_owned()));
    }
    let as_owner = |request: reqwest::RequestBuilder| request.bearer_auth(&owner.access_token);
    let own = as_owner(server.post(&revoke(&owner.terminal), &json!({})));
    assert_eq!(outcome(own).await, (409, "own_terminal".to_owned()));
    let unknown = as_owner(server.post(&revoke(&Uuid::now_v7()), &json!({})));
    assert_eq!(outcome(unknown).await, (404, "not_found".to_owned()));
    for _ in 0..2 {
        assert_eq!(outcome(as_owner(server.post(&revoke(&other.terminal), &json!({})))).await.0, 204);
    }
    let rows = as_owner(server.get("/api/terminals")).send().await.expect("an answer");
    let rows: Vec<TerminalRow> = rows.json().await.expect("rows");
    let seen: Vec<_> = rows.iter().map(|row| (row.short_code.as_str(), row.revoked)).collect();
    assert_eq!(seen, [("T1", false), ("T2", true)]);

    assert_eq!(works(&server, &other).await, (403, "revoked".to_owned()));
    let token = server.renew(&other.refresh_token, Uuid::now_v7()).await;
    assert_eq!(
        works(&server, &token).await,
        (403, "revoked".to_owned()),
        "its new token is good for uploads alone"
    );
    server.stop().await;
}
