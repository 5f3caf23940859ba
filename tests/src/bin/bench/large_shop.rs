//! A till with 100,000 products: first load, search and scan, memory, and the start in the morning without a server.

use crate::{
    catalogue,
    figure::{Better, Figure, median, percentile},
    shop,
};
use evertill_sync::catalogue::rows::{Document, decode_records};
use evertill_tests::{
    browser::{Browser, Page},
    server::Server,
    till_page::TillPage,
};
use serde_json::json;

const PRODUCTS: usize = 100_000;
const FEW: usize = 1000;
const STARTS: usize = 5;
/// Lines of one long sale. Each is made by the first scan of its product, which is what is measured; the further scans of
/// it, which only change a row, are told beside.
const LINES: usize = 60;
const SCANS: usize = 200;
/// Keys after which something may change later for another reason.
const LATE_MAX: u32 = 5;
const KEYS: &str = include_str!("search_keys.txt");

/// Notes, from before the app runs, when it could do what, whether its database rests, and keeps the wasm memories in
/// sight.
const CLOCKS: &str = concat!(include_str!("calm.js"), include_str!("clocks.js"));

/// Which of the figures are wanted.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a figure that is measured or not, independent of the others"
)]
pub struct Wanted {
    /// First load.
    pub load: bool,
    /// Search and scan.
    pub search: bool,
    /// Memory.
    pub memory: bool,
    /// Cold start, and its ratio to a small shop's.
    pub start: bool,
}

/// All that is wanted, on one shop.
pub async fn measure(wanted: Wanted) -> Vec<Figure> {
    let (mut server, _owner) = shop::with_products(PRODUCTS).await;
    let mut browser = Browser::launch_with(&["--enable-precise-memory-info"]).await;
    let mut figures = Vec::new();
    let (till, load_s) = first_load(&server, &browser).await;
    if wanted.load {
        figures.push(Figure::plain("first_load", load_s, "s", Better::Lower, 5.0));
    }
    till.until_controlled().await;
    till.until_synced().await;
    if wanted.search {
        // The load still puts things in order for a moment; keys are about a day of selling.
        till.page.until("the load is over", "database.calm()").await;
        figures.extend(search(&till).await);
    }
    if wanted.memory {
        figures.push(memory(&till).await);
    }
    if wanted.start {
        server.stop().await;
        let last = last_chunks_product(&till).await;
        browser.close().await;
        let large = Morning { browser, origin: server.url(), product: last };
        figures.extend(starts(large, small_shop().await).await);
    } else {
        server.stop().await;
        browser.dismiss();
    }
    figures
}

/// Seconds from the first request for the snapshot until everything is searchable.
async fn first_load(server: &Server, browser: &Browser) -> (TillPage, f64) {
    let page = browser.open_blank().await;
    page.before_load(CLOCKS).await;
    page.goto(&shop::further_link(server).await).await;
    page.until_within(
        std::time::Duration::from_mins(2),
        "the whole catalogue is searchable",
        &format!("Number(document.querySelector('[data-catalogue]')?.dataset.catalogue) >= {PRODUCTS}"),
    )
    .await;
    let (load_ms, ready_first, progress_seen): (f64, bool, bool) = page
        .eval(&format!("[clocks.catalogue({PRODUCTS}) - clocks.snapshot(), clocks.ready < clocks.catalogue({PRODUCTS}), clocks.progress]"))
        .await
        .expect("the clocks ran");
    eprintln!(
        "first load: the till could sell before the end: {ready_first}; a progress bar was shown: {progress_seen}"
    );
    let seconds = if ready_first && progress_seen { load_ms / 1000.0 } else { f64::NAN };
    (TillPage::at(page).await, seconds)
}

async fn search(till: &TillPage) -> Vec<Figure> {
    let keys: Vec<&str> = KEYS.lines().collect();
    assert_eq!(keys.len(), 500);
    let barcodes: Vec<String> =
        (0..SCANS).map(|turn| catalogue::barcode(turn % LINES * 1657 % PRODUCTS + 1)).collect();
    let script = format!("({})({}, {})", include_str!("search.js"), json!(keys), json!(barcodes));
    let (mut keys, mut scans, mut bursts, late, missed): (Vec<f64>, Vec<f64>, Vec<f64>, u32, u32) =
        till.page.eval(&script).await.expect("the page searches");
    let mut again = scans.split_off(LINES);
    eprintln!(
        "search p50 {:.2} ms, worst {:.2} ms, later changes after {late} keys; \
         scan that makes a line p50 {:.2} ms, scan of a line that is there p50 {:.2} ms and p99 {:.2} ms, {missed} missed; all keys of a scan, one right after the other: p50 {:.2} ms, worst {:.2} ms",
        median(&mut keys),
        percentile(&mut keys, 1.0),
        median(&mut scans),
        median(&mut again),
        percentile(&mut again, 0.99),
        median(&mut bursts),
        percentile(&mut bursts, 1.0)
    );
    // What comes in a later task was not measured; a notice from the ERP may do so once in a while.
    let key = if late <= LATE_MAX { percentile(&mut keys, 0.99) } else { f64::NAN };
    let scan = if missed == 0 { percentile(&mut scans, 0.99) } else { f64::NAN };
    vec![
        Figure::plain("search_key_p99", key, "ms", Better::Lower, 16.0),
        Figure::plain("scan_to_line_p99", scan, "ms", Better::Lower, 16.0),
    ]
}

async fn memory(till: &TillPage) -> Figure {
    for _ in 0..3 {
        till.page.call("HeapProfiler.collectGarbage", json!({})).await.expect("garbage is collected");
    }
    let usage = till.page.call("Runtime.getHeapUsage", json!({})).await.expect("the heap is measured");
    let wasm: f64 = till.page.eval("clocks.wasmBytes()").await.expect("the memories were seen");
    let heap = usage["usedSize"].as_f64().unwrap_or(f64::NAN);
    eprintln!("memory: wasm {:.1} MB, JS heap {:.1} MB", wasm / 1e6, heap / 1e6);
    let all = if wasm > 0.0 { (wasm + heap) / 1e6 } else { f64::NAN };
    Figure::plain("memory", all, "MB", Better::Lower, 150.0)
}

/// A product that lies in the last chunk of the catalogue.
async fn last_chunks_product(till: &TillPage) -> (String, String) {
    let rows = till.rows("chunks").await;
    let found = rows.iter().rev().find_map(|(_, value)| {
        let records = decode_records(value).ok()?;
        records.iter().rev().find_map(|record| match &record.document {
            Document::Product(product) => Some((product.sku.clone(), product.name.clone())),
            _ => None,
        })
    });
    found.expect("the catalogue lies in chunks")
}

/// A till at night: its browser is closed, its server stopped.
struct Morning {
    browser: Browser,
    origin: String,
    product: (String, String),
}

impl Morning {
    /// Starts with a fresh browser process and no server. Milliseconds until the product is found, and until the search
    /// takes a key.
    async fn start(&mut self) -> (f64, f64) {
        let (sku, name) = &self.product;
        self.browser.start().await;
        let page = self.browser.open_blank().await;
        page.before_load(CLOCKS).await;
        page.before_load(&format!("clocks.search({}, {})", json!(name), json!(sku))).await;
        page.goto(&format!("{}/", self.origin)).await;
        page.until("the product is found", "clocks.found").await;
        let times = page.eval("[clocks.found, clocks.field]").await.expect("the clocks ran");
        leave(page).await;
        self.browser.close().await;
        times
    }
}

/// The large shop and the small one in turns, so that whatever the machine does meanwhile falls on both.
async fn starts(mut large: Morning, mut small: Morning) -> [Figure; 2] {
    let (mut found, mut field, mut of_small) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let (found_ms, field_ms) = large.start().await;
        found.push(found_ms / 1000.0);
        field.push(field_ms);
        of_small.push(small.start().await.1);
    }
    eprintln!(
        "cold starts: found after {found:.2?} s, field after {field:.0?} ms, in the small shop {of_small:.0?} ms"
    );
    large.browser.dismiss();
    small.browser.dismiss();
    let both = (median(&mut field), median(&mut of_small));
    [
        Figure::plain("cold_start", median(&mut found), "s", Better::Lower, 2.0),
        Figure::against("cold_start_field", both, "ms", Better::Lower, 1.5),
    ]
}

/// A shop of few products.
async fn small_shop() -> Morning {
    let (mut server, _owner) = shop::with_products(FEW).await;
    let mut browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &shop::further_link(&server).await).await;
    till.until_controlled().await;
    till.until_synced().await;
    server.stop().await;
    browser.close().await;
    let product = (catalogue::sku(1), catalogue::name(1));
    Morning { browser, origin: server.url(), product }
}

async fn leave(page: Page) {
    page.close().await;
}
