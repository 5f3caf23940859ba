//! SIGKILL of the browser's whole process tree at random moments: what was shown as paid is there, each number once.

use crate::offline_story::number;
use evertill_tests::{browser::Browser, demo_shop, till_page::TillPage};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

const ROUNDS: u32 = 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_shown_as_paid_survives_twenty_kills() {
    let (server, mut browser, till) = demo_shop::with_a_till().await;
    till.until_controlled().await;
    let mut till = till;
    let mut chance = Chance::seeded();
    for round in 0..ROUNDS {
        let before = browser.paid().len();
        till.start_selling().await;
        // A few sales, and then any moment of the next one.
        let sales = 1 + usize::try_from(chance.below(5)).expect("a few");
        till.page.until("the round sells", &format!("evertillSelling.sold() >= {sales}")).await;
        // Not a wait for something: the moment of the kill is the chance that is tested.
        tokio::time::sleep(Duration::from_millis(chance.below(200))).await;
        browser.kill().await;
        assert!(browser.paid().len() >= before + sales, "each sale was reported before the kill");
        browser.start().await;
        till = TillPage::open(&browser, &server.url()).await;
        check_nothing_missing(&browser, &till, round).await;
    }
    // A cart that was open at the kill is a draft, not a sale; everything else arrives.
    till.until_synced_within(Duration::from_mins(2)).await;
    let journal = till.journal().await;
    let ledger = server.ledger();
    ledger.assert_dense();
    ledger.assert_stock_adds_up();
    assert_eq!(ledger.sale_count(), journal.len() as u64, "the ERP has what the journal has");

    let written = browser.reports("written");
    assert!(written.len() >= browser.paid().len(), "each sale was one transaction");
    for report in written {
        assert_eq!(report["durability"], "strict", "{report}");
        for store in ["journal", "outbox", "heads", "counters", "drafts"] {
            let stores = report["written"].as_array().cloned().unwrap_or_default();
            assert!(stores.iter().any(|name| name == store), "{store} is written with the sale: {report}");
        }
    }
    browser.finish().await;
    server.close().await;
}

async fn check_nothing_missing(browser: &Browser, till: &TillPage, round: u32) {
    let (journal, receipts) = (till.journal().await, till.receipts().await);
    let distinct: BTreeSet<&String> = receipts.iter().collect();
    assert_eq!(distinct.len(), receipts.len(), "round {round}: a receipt number was given twice");
    // Per date exactly 1 to n: a number that was drawn for a sale that never was would be missing.
    let mut by_date: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for row in &journal {
        let date = row["entry"]["business_date"].as_str().unwrap_or_default();
        let receipt = row["entry"]["receipt"].as_str().unwrap_or_default();
        let count = receipt.strip_prefix(date).and_then(|rest| rest.strip_prefix('-')?.parse().ok());
        by_date.entry(date).or_default().push(count.expect("a receipt number is its date and a count"));
    }
    for (date, mut counts) in by_date {
        counts.sort_unstable();
        let all: Vec<u32> = (1..).take(counts.len()).collect();
        assert_eq!(counts, all, "round {round}: a receipt number of {date} is missing");
    }
    for paid in browser.paid() {
        assert!(distinct.contains(&number(&paid)), "round {round}: {paid} was shown as paid and is gone");
    }
    let seqs: Vec<u64> = journal.iter().filter_map(|row| row["entry"]["seq"].as_u64()).collect();
    let dense: Vec<u64> = (1..=seqs.len() as u64).collect();
    assert_eq!(seqs, dense, "round {round}: the journal has a hole");
}

/// Random moments that can be had again: the seed is printed, and `EVERTILL_SEED` sets it.
pub struct Chance(u64);

impl Chance {
    pub fn seeded() -> Self {
        let given = std::env::var("EVERTILL_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().1 | 1);
        eprintln!("EVERTILL_SEED={seed}");
        Self(seed)
    }

    /// From 0 to below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}
