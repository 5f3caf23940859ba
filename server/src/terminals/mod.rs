//! A terminal's life: enrolment by one-time code, renewal of its tokens, new epochs, revoking.
//!
//! Guarantees (docs/sync-protocol.md, "Terminal life"): a lost answer burns no code and no token; a copy of a profile
//! gets an epoch of its own instead of a lock-out; what a signed token or cookie names is made anew when the server was
//! restored from before it; a revoked terminal can still hand in what it sold.

pub mod codes;
mod cookie;
mod enrol;
mod qr;
mod renew;
mod revoke;
mod routes;
pub(crate) mod store;

pub use revoke::revoke;
pub use routes::routes;

use crate::{
    auth::{
        Keys,
        tokens::{ACCESS_LIFE_S, Access, Bearer, Refresh},
    },
    books, cases,
    db::WriteTx,
};
use evertill_protocol::terminal::TerminalTokens;

/// I2: nobody can prove that an epoch which ends, by enrolling anew or by a fork, had nothing pending.
async fn epoch_ends(
    tx: &mut WriteTx<'_>,
    terminal: &store::Terminal,
    ended: u32,
    now_ms: i64,
) -> Result<(), sqlx::Error> {
    let Some(journal) = books::journal(tx, terminal.id, ended, None).await? else { return Ok(()) };
    match evertill_ledger::journal::epoch_ended(&journal.facts, journal.max_seq, journal.head) {
        Some(case) => cases::open(tx, terminal.outlet, &[case], now_ms).await,
        None => Ok(()),
    }
}

/// The answer of enrolment and renewal. `issued_s` goes into the refresh token, so that a repeated answer is the same.
fn answer(
    keys: &Keys,
    bearer: Bearer,
    number: i64,
    issued_s: i64,
    access_s: i64,
    upload_only: bool,
) -> TerminalTokens {
    TerminalTokens {
        terminal: bearer.terminal,
        short_code: bearer.short_code.clone(),
        epoch: bearer.epoch,
        outlet: bearer.outlet,
        right: bearer.right,
        access_token: Access { upload_only, ..Access::issued(bearer.clone(), access_s) }.sign(keys),
        expires_in_s: ACCESS_LIFE_S.unsigned_abs(),
        refresh_token: Refresh::sign(keys, bearer, number, issued_s),
    }
}
