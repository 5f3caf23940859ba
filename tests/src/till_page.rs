//! A till as a cashier sees it: search, tiles, cart, payment, receipt, the sync chip.

mod worker_story;

use crate::{
    browser::{Browser, Page},
    deadline::{PATIENCE, until_true, until_within},
};
use serde_json::Value;
use std::time::{Duration, Instant};
use worker_story::WorkerStory;

/// A page that stands on the till.
#[derive(Clone, Debug)]
pub struct TillPage {
    /// The page itself.
    pub page: Page,
}

/// A sale as the screen showed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Receipt number as printed on the receipt.
    pub receipt: String,
    /// Total on the cart before paying.
    pub total_minor: i64,
}

/// `[data-testid="…"]`.
pub fn by(testid: &str) -> String {
    format!("[data-testid=\"{testid}\"]")
}

impl TillPage {
    /// Opens the link that enrols this browser and waits until the till can sell the whole catalogue.
    pub async fn enrol(browser: &Browser, link: &str) -> Self {
        Self::at(browser.open(link).await).await
    }

    /// Opens the till in a browser that is enrolled already.
    pub async fn open(browser: &Browser, origin: &str) -> Self {
        Self::at(browser.open(&format!("{origin}/")).await).await
    }

    /// The till in this page, once it can sell.
    pub async fn at(page: Page) -> Self {
        let till = Self { page };
        till.until_ready().await;
        till
    }

    /// Waits until the till can sell.
    pub async fn until_ready(&self) {
        self.page
            .until_within(
                Duration::from_secs(90),
                "the till can sell",
                "document.querySelector('[data-ready=\"till\"]') && Number(document.querySelector('[data-catalogue]')?.dataset.catalogue) > 0",
            )
            .await;
    }

    /// Receipt numbers of the journal, in order.
    pub async fn receipts(&self) -> Vec<String> {
        let journal = self.journal().await;
        journal.iter().filter_map(|row| row["entry"]["receipt"].as_str().map(ToOwned::to_owned)).collect()
    }

    /// Searchable products.
    pub async fn catalogue_count(&self) -> u64 {
        let script = "Number(document.querySelector('[data-catalogue]')?.dataset.catalogue ?? 0)";
        self.page.eval(script).await.expect("a number")
    }

    /// Puts a product into the cart by searching for its code and tapping its tile.
    pub async fn add(&self, sku: &str) {
        self.page.fill(&by("search"), sku).await;
        self.page.click(&format!("{}[data-sku=\"{sku}\"]", by("tile"))).await;
        self.page.until_shown(&format!("{}[data-sku=\"{sku}\"]", by("cart-line"))).await;
        self.page.fill(&by("search"), "").await;
    }

    /// Waits until the first line of the cart has this quantity, in thousandths.
    pub async fn until_quantity(&self, milli: i64) {
        let there =
            format!("document.querySelector({:?})?.dataset.quantityMilli === '{milli}'", by("cart-line"));
        self.page.until(&format!("{milli} thousandths are in the cart"), &there).await;
    }

    /// What the cart adds up to.
    pub async fn total_minor(&self) -> i64 {
        let text = self.page.attribute(&by("total"), "data-minor").await.unwrap_or_default();
        text.parse().unwrap_or(0)
    }

    /// (sku, quantity in thousandths) of each line.
    pub async fn lines(&self) -> Vec<(String, i64)> {
        let script = format!(
            "[...document.querySelectorAll({:?})].map((line) => [line.dataset.sku, Number(line.dataset.quantityMilli)])",
            by("cart-line")
        );
        self.page.eval(&script).await.expect("lines of the cart")
    }

    /// Pays in cash, exactly; answers what the screen then shows. Leaves the receipt open.
    pub async fn pay_exact(&self) -> Shown {
        let total_minor = self.total_minor().await;
        self.page.click(&by("pay")).await;
        self.page.click(&by("cash-exact")).await;
        self.shown_as_paid(total_minor).await
    }

    /// Waits until the sale is shown as paid.
    pub async fn shown_as_paid(&self, total_minor: i64) -> Shown {
        self.page.until_shown(&by("paid")).await;
        self.page.until_shown(&by("receipt-number")).await;
        Shown { receipt: self.page.text(&by("receipt-number")).await, total_minor }
    }

    /// Closes the receipt and starts the next sale.
    pub async fn new_sale(&self) {
        self.page.click(&by("new-sale")).await;
        self.page.until_gone(&by("paid")).await;
    }

    /// One whole sale, in cash.
    pub async fn sell(&self, skus: &[&str]) -> Shown {
        for sku in skus {
            self.add(sku).await;
        }
        let shown = self.pay_exact().await;
        self.new_sale().await;
        shown
    }

    /// Adds a product to the open cart and pays it all.
    pub async fn sell_what_is_open_and(&self, sku: &str) -> Shown {
        self.sell(&[sku]).await
    }

    /// Sells one product after another as fast as the app lets it, by itself, until [`TillPage::stop_selling`] or
    /// the end of the page. What it shows as paid is reported by the probes.
    pub async fn start_selling(&self) {
        let script = include_str!("till_page/sell_on.js");
        self.page.eval::<()>(script).await.expect("the page starts to sell");
    }

    /// Lets the sale under way end; answers how many were sold.
    pub async fn stop_selling(&self) -> u32 {
        self.page.eval::<()>("void evertillSelling.stop()").await.expect("the page sells");
        self.page.until("the sale under way ends", "evertillSelling.ended").await;
        self.page.eval("evertillSelling.sold()").await.expect("a number")
    }

    /// How many sales the chip says are waiting.
    pub async fn pending(&self) -> u64 {
        let text = self.page.attribute(&by("sync-chip"), "data-pending").await.unwrap_or_default();
        text.parse().unwrap_or(0)
    }

    /// The chip's state: `synced`, `waiting`, `offline`, `attention`.
    pub async fn chip(&self) -> String {
        self.page.attribute(&by("sync-chip"), "data-state").await.unwrap_or_default()
    }

    /// Waits until the chip says that everything is synced.
    pub async fn until_synced(&self) {
        self.until_synced_within(PATIENCE).await;
    }

    /// The same with a deadline of its own. Asks the database too: the chip follows it a moment later.
    pub async fn until_synced_within(&self, within: Duration) {
        let waiting = each_store("outbox", "readonly", "(rows, settled) => settled(rows.count())");
        let script = format!(
            "{waiting}.then((counts) => {{
                const chip = document.querySelector({:?});
                return !counts.some(Boolean) && chip?.dataset.state === 'synced' && chip.dataset.pending === '0';
            }})",
            by("sync-chip")
        );
        self.page.until_within(within, "all is synced", &script).await;
    }

    /// Waits until so many sales are waiting.
    pub async fn until_pending(&self, count: u64) {
        let script = format!("document.querySelector({:?})?.dataset.pending === '{count}'", by("sync-chip"));
        self.page.until(&format!("{count} sales are waiting"), &script).await;
    }

    /// The page is answered by its service worker, so that it can be loaded again without the server.
    pub async fn until_controlled(&self) {
        let mut story = WorkerStory::listen(self).await;
        let started = Instant::now();
        let what = "the service worker keeps a complete version and answers this page";
        // Asked without `ready`, which would hang for as long as the thing that is waited for.
        let script = "navigator.serviceWorker.getRegistration()
            .then((r) => r?.active?.state === 'activated' && navigator.serviceWorker.controller !== null)";
        let kept = until_within(PATIENCE * 2, what, || async {
            let kept = self.page.eval::<bool>(script).await.unwrap_or(false);
            (kept || started.elapsed() > PATIENCE).then_some(kept)
        })
        .await;
        if !kept {
            let picture = self.page.picture("not-controlled").await;
            panic!(
                "waited {} s in vain until {what}; picture: {picture}\n{}",
                PATIENCE.as_secs(),
                story.tell(self).await
            );
        }
    }

    /// Every row of an object store of the till's database, as numbers: [(key, value)].
    pub async fn rows(&self, store: &str) -> Vec<(Vec<u8>, Vec<u8>)> {
        let work = "async (rows, settled) => {
            const bytes = (thing) => thing instanceof ArrayBuffer ? [...new Uint8Array(thing)]
                : ArrayBuffer.isView(thing) ? [...new Uint8Array(thing.buffer, thing.byteOffset, thing.byteLength)]
                : [...new TextEncoder().encode(String(thing))];
            const [keys, values] = await Promise.all([settled(rows.getAllKeys()), settled(rows.getAll())]);
            return keys.map((key, place) => [bytes(key), bytes(values[place])]);
        }";
        let script = format!("{}.then((answers) => answers.flat())", each_store(store, "readonly", work));
        self.page.eval(&script).await.expect("the database can be read")
    }

    /// How many rows an object store of the till's database has.
    pub async fn row_count(&self, store: &str) -> u64 {
        let counts = each_store(store, "readonly", "(rows, settled) => settled(rows.count())");
        let script = format!("{counts}.then((counts) => counts.reduce((sum, count) => sum + count, 0))");
        self.page.eval(&script).await.expect("the database can be read")
    }

    /// Puts these bytes where that row lies, behind the app's back: as damage or another hand would.
    pub async fn overwrite(&self, store: &str, key: &[u8], value: &[u8]) {
        let put = format!(
            "(rows, settled) => settled(rows.put(new Uint8Array({value:?}), new Uint8Array({key:?})))"
        );
        let script = format!("{}.then(() => null)", each_store(store, "readwrite", &put));
        self.page.eval::<()>(&script).await.expect("the database can be written");
    }

    /// Waits until the open cart, and nothing else, is in the database.
    pub async fn until_draft_kept(&self) {
        until_true("the cart is in the database", || async { self.row_count("drafts").await == 1 }).await;
    }

    /// The journal as the device holds it: the entries' JSON, in order.
    pub async fn journal(&self) -> Vec<Value> {
        let rows = self.rows("journal").await;
        rows.iter().filter_map(|(_, value)| serde_json::from_slice(value.get(1..)?).ok()).collect()
    }
}

/// A script that does `work(store, settled)` with every object store of this name; its value is a list of the answers.
fn each_store(store: &str, mode: &str, work: &str) -> String {
    format!(
        "(async () => {{
            const settled = (request) => new Promise((done, fail) => {{
                request.onsuccess = () => done(request.result);
                request.onerror = () => fail(request.error);
            }});
            const answers = [];
            for (const {{ name }} of await indexedDB.databases()) {{
                const database = await settled(indexedDB.open(name));
                if (database.objectStoreNames.contains({store:?})) {{
                    const rows = database.transaction({store:?}, {mode:?}).objectStore({store:?});
                    answers.push(await ({work})(rows, settled));
                }}
                database.close();
            }}
            return answers;
        }})()"
    )
}
