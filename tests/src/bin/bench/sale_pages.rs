//! Pages of `GET /api/sales` in a shop that has made a million sales.

use crate::figure::{Better, Figure, percentile};
use evertill_tests::{
    native_till::NativeTill,
    server::{Options, Server},
};
use rusqlite::Connection;
use std::time::Instant;

const SALES: u32 = 1_000_000;
const REQUESTS: usize = 200;
const WALK: u32 = 500;

/// p95 at the beginning, the middle and the end of the list, and how far they lie apart.
pub async fn measure() -> Vec<Figure> {
    let mut server = Server::start_demo().await;
    let till = NativeTill::of(&server).await;
    server.stop().await;
    fill(&server, &till);
    server.restart_with(Options { demo: true, web: None }).await;
    let keys = keys(&till).await;
    let mut slowest: Vec<f64> = Vec::new();
    // In turns, so that a slow moment of the machine does not fall on one place alone.
    let mut times = vec![Vec::new(); keys.len()];
    for _ in 0..REQUESTS {
        for (place, key) in keys.iter().enumerate() {
            let started = Instant::now();
            let page = till.get(&format!("/api/sales?limit=50&after={key}")).await;
            times[place].push(started.elapsed().as_secs_f64() * 1000.0);
            assert!(page["items"].as_array().is_some_and(|items| items.len() == 50), "a page of 50");
        }
    }
    for times in &mut times {
        slowest.push(percentile(times, 0.95));
    }
    let least = slowest.iter().copied().fold(f64::INFINITY, f64::min);
    let most = slowest.iter().copied().fold(0.0, f64::max);
    eprintln!("sale pages, p95 at 1, 50 and 99 %: {slowest:.2?} ms");
    let mut spread = Figure::against("sale_pages_spread", (most, least), "ms", Better::Lower, 1.5);
    spread.ok = spread.ok || most - least <= 1.0;
    server.stop().await;
    vec![Figure::plain("sale_pages_p95", most, "ms", Better::Lower, 10.0), spread]
}

/// Books a million sales of three lines behind the server's back, in the rows that booking writes.
fn fill(server: &Server, till: &NativeTill) {
    let db = Connection::open(server.data().join("evertill.db")).expect("the database opens");
    db.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000").expect("pragmas are taken");
    let outlet = till.tokens.outlet.to_bytes().to_vec();
    let terminal = till.tokens.terminal.to_bytes().to_vec();
    let numbers =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {SALES})");
    let id = "unhex(printf('0190000000007000a000%012x', i))";
    let day = "date('2024-01-01', '+' || (i / 1500) || ' days')";
    let statements = [
        format!(
            "{numbers} INSERT INTO inbox (ref, outlet, terminal, epoch, seq, id, kind, schema, receipt, business_date, prev,
               hash, computed, owns_id, state, code, body, raw, carrier, received_at)
             SELECT i, ?1, ?2, 1, i, {id}, 'sale', 1, {day} || '-' || (i % 1500), {day}, zeroblob(32), zeroblob(32),
               zeroblob(32), 1, 'booked', NULL, '{{}}', NULL, NULL, 1704067200000 + i * 60000 FROM n"
        ),
        format!(
            "{numbers} INSERT INTO sales (booked, outlet, id, terminal, epoch, seq, receipt, business_date, completed_at,
               booked_at, currency, total_minor, line_count)
             SELECT i, ?1, {id}, ?2, 1, i, {day} || '-' || (i % 1500), {day}, 1704067200000 + i * 60000,
               1704067201000 + i * 60000, 'GBP', 300 + i % 5000, 3 FROM n"
        ),
    ];
    for statement in &statements {
        db.execute(statement, (&outlet, &terminal)).expect("a million rows fit");
    }
    let lines = format!(
        "{numbers}, l(k) AS (VALUES (1), (2), (3)) INSERT INTO sale_lines
         SELECT ?1, i, k, unhex(printf('0190000000007000b000%012x', (i * 7 + k) % 3000)), 1000, 100, 100, 0, 200000, 17 FROM n, l"
    );
    db.execute(&lines, [&outlet]).expect("three million rows fit");
    db.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").expect("the WAL is written back");
}

/// Keys reached after 1, 50 and 99 % of the list, walking it as any client does.
async fn keys(till: &NativeTill) -> Vec<String> {
    let mut keys = Vec::new();
    let mut after = String::new();
    let mut walked = 0;
    for share in [1, 50, 99] {
        while walked < SALES / 100 * share {
            let page = till.get(&format!("/api/sales?limit={WALK}&after={after}")).await;
            walked += u32::try_from(page["items"].as_array().map_or(0, Vec::len)).unwrap_or(0);
            page["next"].as_str().expect("the list goes on").clone_into(&mut after);
        }
        keys.push(after.clone());
    }
    keys
}
