//! What keeps the picture true: the device's notices, the clock, and a look at the cases now and then.

use std::{collections::BTreeMap, time::Duration};

use crate::reactive::prelude::*;
use evertill_browser::{Device, LinkState, Notice};
use evertill_protocol::{api::CaseCount, changes::OutletDoc};
use evertill_sync::{
    ports::{KeyRange, Read, Store, Table},
    rows::Position,
    till::JournalHead,
};
use leptos::task::spawn_local;

use super::{Loading, Shop, day, start_over, write_as};
use crate::format;

/// How often ages and the clock move.
const TICK: Duration = Duration::from_secs(5);
/// How often the cases are counted while nothing else asks.
const CASES_EVERY: Duration = Duration::from_mins(5);
/// How long "Syncing" is shown at least, so that a press is seen to have done something.
pub const SYNCING_SHOWN: Duration = Duration::from_millis(800);

/// Follows the device for the life of the page.
pub fn follow(shop: Shop) {
    let device = shop.device();
    let subscription = device.subscribe(move |notice| heard(shop, notice));
    let kept = StoredValue::new(subscription);
    let tick = set_interval_with_handle(
        move || {
            shop.now_ms.set(format::now_ms());
        },
        TICK,
    );
    let cases = set_interval_with_handle(move || look_at_cases(shop), CASES_EVERY);
    on_cleanup(move || {
        kept.dispose();
        for handle in [tick, cases].into_iter().flatten() {
            handle.clear();
        }
    });
    // A device that slept may wake on another day.
    let woken = window_event_listener_untyped("focus", move |_| doubt_clock(shop));
    on_cleanup(move || woken.remove());
    heard(shop, Notice::Online(true));
    heard(shop, Notice::Update);
    look_at_queue(shop);
    look_at_cases(shop);
    doubt_clock(shop);
}

fn heard(shop: Shop, notice: Notice) {
    if matches!(notice, Notice::Queue | Notice::Identity | Notice::Update) {
        let device = shop.device();
        shop.standstill.set((device.attention(), device.trouble()));
    }
    match notice {
        Notice::Sold => {
            shop.stock_turn.update(|turn| *turn += 1);
            look_at_queue(shop);
        }
        Notice::Queue => look_at_queue(shop),
        Notice::Catalogue => shop.catalogue_turn.update(|turn| *turn += 1),
        Notice::Stock => shop.stock_turn.update(|turn| *turn += 1),
        Notice::Identity => look_at_identity(shop),
        Notice::Progress { loaded, total } => {
            let over = total > 0 && loaded >= total;
            shop.loading.set((!over).then_some(Loading { done: loaded, total }));
        }
        Notice::Online(_) => {
            let since = match shop.device().link_state() {
                LinkState::Offline { since_ms } => Some(since_ms),
                LinkState::Unknown | LinkState::Online => None,
            };
            shop.offline_since_ms.set(since);
            let was = shop.online.get_untracked();
            shop.online.set(since.is_none());
            if since.is_none() && !was {
                look_at_cases(shop);
            }
        }
        Notice::Update => shop.update_ready.set(shop.device().is_update_waiting()),
    }
}

/// Reads the queue again. Answers may overtake each other: only the newest question's answer is shown.
pub fn look_at_queue(shop: Shop) {
    shop.journal_turn.update(|turn| *turn += 1);
    let asked = shop.journal_turn.get_untracked();
    let device = shop.device();
    spawn_local(async move {
        let Ok(queue) = device.till().queue_status().await else { return };
        if shop.journal_turn.try_get_untracked() == Some(asked) {
            shop.queue.set(queue);
        }
    });
}

/// Counts what these epochs lack. It reads past all that waits, so it is asked only where it is shown.
pub fn look_at_missing(shop: Shop, heads: Vec<JournalHead>) {
    let device = shop.device();
    spawn_local(async move {
        let mut missing = BTreeMap::new();
        for head in &heads {
            if let Some(count) = missing_of(device.till().store(), *head).await {
                missing.insert(head.epoch, count);
            }
        }
        if shop.queue.try_with_untracked(|queue| queue.heads == heads) == Some(true) {
            shop.missing.set(missing);
        }
    });
}

/// Entries above what the ERP acknowledged that are not in the journal any more.
async fn missing_of(store: &impl Store, head: JournalHead) -> Option<u64> {
    let key = |seq| Position { epoch: head.epoch, seq }.key();
    let range = KeyRange { first: key(head.acked_through.saturating_add(1)), last: key(u64::MAX) };
    let rows = store.read(vec![Read::Count { table: Table::Journal, range: Some(range) }]).await.ok()?;
    let here = rows.first()?.first()?.1.as_slice().try_into().ok().map(u64::from_be_bytes)?;
    Some(head.issued.saturating_sub(head.acked_through).saturating_sub(here))
}

fn look_at_identity(shop: Shop) {
    let device = shop.device();
    spawn_local(async move {
        match device.till().identity().await {
            Ok(Some(identity)) => {
                shop.identity.set(identity);
            }
            // Another tab left the terminal: this one has nothing to sell with.
            Ok(None) => start_over(),
            Err(_) => {}
        }
        if let Ok(Some(row)) = device.till().outlet().await
            && shop.outlet.try_with_untracked(|outlet| *outlet != row.doc) == Some(true)
        {
            write_as(&row.doc);
            shop.outlet.set(row.doc);
            // What is on the screen is written anew.
            shop.catalogue_turn.update(|turn| *turn += 1);
            shop.stock_turn.update(|turn| *turn += 1);
        }
    });
}

/// Counts the open cases, where this terminal may and the ERP answers.
pub fn look_at_cases(shop: Shop) {
    if !untrack(|| shop.is_owner() && shop.online()) {
        return;
    }
    spawn_local(async move {
        if let Ok(CaseCount { open }) = shop.get("/api/cases/count").await {
            shop.open_cases.set(open);
        }
    });
}

/// A date before the last entry's, or far behind it, is journaled and asked about once; selling goes on.
fn doubt_clock(shop: Shop) {
    // One look at a time: two would journal the same doubt twice.
    if shop.doubting.try_update_value(|doubting| std::mem::replace(doubting, true)) != Some(false) {
        return;
    }
    let device = shop.device();
    spawn_local(async move {
        doubt(shop, &device).await;
        shop.doubting.try_update_value(|doubting| *doubting = false);
    });
}

async fn doubt(shop: Shop, device: &Device) {
    let last = device.till().journal_page(None, 1).await.ok().and_then(|page| page.into_iter().next());
    let Some(last) = last.and_then(|last| last.row) else { return };
    let rule = shop.outlet.with_untracked(OutletDoc::day_rule);
    let Some(notice) = day::suspicion(&rule, shop.stamp_ms(), last.entry.business_date) else {
        return;
    };
    if device.till().journal_clock_suspect(&notice, &device.surroundings()).await.is_ok() {
        shop.clock_doubt.set(true);
        look_at_queue(shop);
    }
}
