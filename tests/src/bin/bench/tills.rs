//! Four tills in a process of their own: the real engine over its store in memory, each with sales made offline.
//!
//! The parent starts it as `bench tills <origin> <sales each> <plain|gzip> <code>…`. It enrols, sells a little online,
//! makes the offline sales, says `ready`, waits for a line, drains, and prints how long that took in seconds.

use evertill_sync::{
    engine::{Engine, Options, Wake},
    ports::{Surroundings as _, Table},
    testing::MemoryStore,
};
use evertill_tests::{
    native_engine::{HttpTransport, Native, fill},
    native_till::NativeTill,
};
use std::{
    io::Write as _,
    rc::Rc,
    sync::{Arc, Barrier},
    time::Instant,
};

/// How many products they sell.
pub const WARES: usize = 60;
/// Sales of each till that were sent one by one before the network went. The engine doubles its batch with each of
/// them: by then it has the full size that the protocol allows, as after any day of trade.
pub const ONLINE: usize = 4;

/// Runs the tills; answers after the last one is drained.
pub fn run(arguments: &[String]) {
    let [origin, sales, encoding, codes @ ..] = arguments else { panic!("origin, sales, encoding, codes") };
    let sales: usize = sales.parse().expect("a number of sales");
    let gzip = encoding == "gzip";
    let ready = Arc::new(Barrier::new(codes.len() + 1));
    let go = Arc::new(Barrier::new(codes.len() + 1));
    let threads: Vec<_> = codes
        .iter()
        .map(|code| {
            let (origin, code) = (origin.clone(), code.clone());
            let (ready, go) = (Arc::clone(&ready), Arc::clone(&go));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.expect("a runtime");
                let till = runtime.block_on(Loaded::new(&origin, &code, sales, gzip));
                ready.wait();
                go.wait();
                runtime.block_on(till.drain());
            })
        })
        .collect();
    ready.wait();
    say("ready");
    std::io::stdin().read_line(&mut String::new()).expect("the parent says when");
    let started = Instant::now();
    go.wait();
    for thread in threads {
        thread.join().expect("a till drains");
    }
    say(&started.elapsed().as_secs_f64().to_string());
}

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).expect("the parent listens");
}

/// An enrolled till with its engine and a full outbox.
struct Loaded {
    store: MemoryStore,
    engine: Engine<MemoryStore, HttpTransport, Native>,
}

impl Loaded {
    async fn new(origin: &str, code: &str, sales: usize, gzip: bool) -> Self {
        let enrolled = NativeTill::enrol(origin, code).await;
        let wares = enrolled.wares(WARES).await;
        let store = MemoryStore::new();
        let transport = HttpTransport::to(origin);
        let transport = if gzip { transport.packed() } else { transport };
        let options = Options { visible: true, ..Options::default() };
        let engine = Engine::new(Rc::new(store.clone()), transport, Native, options);
        for _ in 0..ONLINE {
            fill(&store, &enrolled, &wares, 1).await;
            let round = engine.send_round(Wake::Start).await;
            assert_eq!(round.delivered, 1, "a sale made online arrives at once");
        }
        fill(&store, &enrolled, &wares, sales).await;
        Self { store, engine }
    }

    async fn drain(&self) {
        while !self.store.keys(Table::Outbox).is_empty() {
            let round = self.engine.send_round(Wake::Start).await;
            if !round.complete {
                // The engine says itself when it may ask again; nothing else would tell.
                Native.sleep(round.next_attempt_in_ms.unwrap_or(10)).await;
            }
        }
        assert!(self.store.keys(Table::Failed).is_empty(), "every sale was taken");
    }
}
