//! What the service worker does when the browser wakes it: send what waits, then sleep. The page is the main engine.

use crate::{
    Browser, DATABASE, Fetch, IndexedDb, Role, background_sync, js,
    lease::Lease,
    notice::{Channel, Word},
};
use evertill_sync::{
    engine::{Engine, Options, Wake},
    ports::{Read, Store, StoreError, Table},
};
use std::rc::Rc;

/// Rounds of one waking; the browser ends a worker that takes long.
const ROUNDS: u32 = 4;
/// Longest wait between them. What waits longer is for the next waking.
const WAIT_MOST_MS: u64 = 5_000;

/// Sends what waits. `Err` asks the browser to wake the worker again; nothing is lost either way.
pub async fn drain(last_chance: bool) -> Result<(), String> {
    let store = Rc::new(IndexedDb::new(DATABASE, Role::Worker));
    match store.open().await {
        Ok(()) => {}
        // No till was ever opened here: nothing to send.
        Err(StoreError::Unavailable(_)) if !last_chance => return Ok(()),
        Err(error) => return Err(error.to_string()),
    }
    let lease = Lease::new(Rc::clone(&store));
    if !lease.take().await {
        // A page is awake and sends by itself; the word makes it look now.
        Channel::speaking(DATABASE).say(Word::Look);
        return Ok(());
    }
    let engine = Engine::new(Rc::clone(&store), Fetch, Browser, Options::default());
    let mut delivered = 0;
    let mut wake = Wake::Start;
    for round in 1..=ROUNDS {
        let came_to = engine.send_round(wake).await;
        delivered += came_to.delivered;
        let Some(next_ms) = came_to.next_attempt_in_ms else { break };
        if came_to.complete || round == ROUNDS || next_ms > WAIT_MOST_MS {
            break;
        }
        js::sleep(next_ms).await;
        wake = Wake::Timer;
    }
    if delivered > 0 {
        let channel = Channel::speaking(DATABASE);
        channel.say(Word::Queue);
        channel.say(Word::Identity);
    }
    let waiting = waiting(&store).await?;
    if waiting == 0 {
        return Ok(());
    }
    if last_chance && let Some(registration) = js::property(&js_sys::global(), "registration") {
        background_sync::register(&registration);
    }
    Err(format!("{waiting} entries still wait"))
}

async fn waiting(store: &IndexedDb) -> Result<u64, String> {
    let count = |table| Read::Count { table, range: None };
    let answers = store.read(vec![count(Table::Outbox), count(Table::Carried)]).await;
    let answers = answers.map_err(|error| error.to_string())?;
    let counts = answers.iter().flatten().filter_map(|(_, count)| count.as_slice().try_into().ok());
    Ok(counts.map(u64::from_be_bytes).sum())
}
