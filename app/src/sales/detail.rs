//! One sale in full: its receipt, where it stands, and a copy for a customer who lost theirs.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::{Id, id};
use evertill_protocol::api::SaleDetail;
use leptos::{html, task::spawn_local};

use super::{StateWords, state_words};
use crate::{
    api::ApiError,
    device::print,
    format,
    listing::{fetching, offline_or},
    receipt::{Receipt, ReceiptDoc},
    shop::{Shop, entry::sale_of},
    widgets::{
        button::{Button, Look},
        chip::{Chip, Mood},
        empty::Empty,
        icon::Icon,
    },
    words::{sales as say, sync},
};

/// What is known about a sale, wherever it came from.
#[derive(Clone)]
struct Found {
    doc: ReceiptDoc,
    id: String,
    epoch: u32,
    mood: Mood,
    word: &'static str,
    since: String,
}

/// How far the search for it has come.
#[derive(Clone)]
enum Search {
    /// On this device: milliseconds.
    Looking,
    /// The ERP was asked.
    Asking,
    /// The ERP did not say.
    Failed(ApiError),
    /// It is nowhere.
    Gone,
    /// Here it is.
    Sale(Box<Found>),
}

/// The page at `/sales/:id`: this device's own record first, the ERP's else.
#[component]
pub fn SalePage(id: String) -> impl IntoNode {
    let shop = Shop::here();
    let search = RwSignal::new(Search::Looking);
    let turn = RwSignal::new(());
    Effect::new(move |_| {
        shop.follow_journal();
        turn.track();
        let id = id.clone();
        spawn_local(async move { find(shop, id, search).await });
    });
    view! {
        <div class="page">
            <div class="page-in" data-testid="page-sale">
                <header class="page-head">
                    <h1>{say::DETAIL}</h1>
                    <a href="/sales" class="button">
                        <Icon name="back" />
                        {say::BACK}
                    </a>
                </header>
                {move || match search.get() {
                    Search::Looking => ().into_node(),
                    Search::Asking => fetching(),
                    Search::Gone => view! { <Empty icon="receipt" title=say::GONE text=say::GONE_TEXT /> }.into_node(),
                    Search::Failed(error) => offline_or(&error, say::OFFLINE, move || turn.notify()),
                    Search::Sale(found) => view! { <Detail found=*found /> }.into_node(),
                }}
            </div>
        </div>
    }
}

/// Looks for it; the page may have been left meanwhile.
async fn find(shop: Shop, id: String, search: RwSignal<Search>) {
    let Ok(entry_id) = id.parse() else { return search.set(Search::Gone) };
    if let Some(found) = on_this_device(shop, entry_id, &id).await {
        return search.set(Search::Sale(Box::new(found)));
    }
    // What is shown already is only looked at again.
    let shown = move || search.try_with_untracked(|search| matches!(search, Search::Sale(_))) != Some(false);
    if !shown() {
        search.set(Search::Asking);
    }
    match shop.get::<SaleDetail>(&format!("/api/sales/{id}")).await {
        Ok(detail) => search.set(Search::Sale(Box::new(booked(shop, detail, id)))),
        Err(error) if error.code() == "not_found" => search.set(Search::Gone),
        Err(error) if !shown() => search.set(Search::Failed(error)),
        Err(_) => {}
    }
}

async fn on_this_device(shop: Shop, entry_id: Id<id::Entry>, id: &str) -> Option<Found> {
    let entry = shop.entry(entry_id).await.ok()??;
    let StateWords { mood, word, since } = state_words(&entry.state, shop.now_ms_untracked());
    let stored = entry.row?.entry;
    let sale = sale_of(&stored)?;
    let doc = ReceiptDoc {
        head: shop.receipt_head(),
        terminal: shop.terminal_label(entry.position.epoch),
        number: stored.receipt.clone().unwrap_or_default(),
        seq: entry.position.seq,
        hash: stored.hash.to_string(),
        sale,
        copy: true,
    };
    Some(Found { doc, id: id.to_owned(), epoch: entry.position.epoch, mood, word, since })
}

fn booked(shop: Shop, detail: SaleDetail, id: String) -> Found {
    let doc = ReceiptDoc {
        head: shop.receipt_head(),
        terminal: detail.row.terminal.clone(),
        number: detail.row.receipt.clone().unwrap_or_default(),
        seq: detail.seq,
        hash: detail.hash.to_string(),
        sale: detail.sale,
        copy: true,
    };
    let since = say::booked(&format::date_time(detail.row.booked_at));
    Found { doc, id, epoch: detail.epoch, mood: Mood::Good, word: sync::SYNCED, since }
}

#[component]
fn Detail(found: Found) -> impl IntoNode {
    let Found { doc, id, epoch, mood, word, since } = found;
    let paper = NodeRef::<html::Div>::new();
    let print_copy = move |_| {
        if let Some(paper) = paper.get_untracked() {
            print::receipt(&paper);
        }
    };
    let (seq, hash) = (doc.seq, doc.hash.clone());
    view! {
        <div class="sale-split">
            <section class="card">
                <dl>
                    <dt>{say::NUMBER}</dt>
                    <dd>{format!("{} {}", doc.terminal, doc.number)}</dd>
                    <dt>{say::WHEN}</dt>
                    <dd>{format::date_time(doc.sale.completed_at)}</dd>
                    <dt>{say::TOTAL}</dt>
                    <dd>{format::money(doc.sale.total_minor)}</dd>
                    <dt>{say::STATE}</dt>
                    <dd>
                        <Chip mood=mood text=Signal::derive(move || word.to_owned()) />
                        " "
                        {since}
                    </dd>
                    <dt>{say::ENTRY}</dt>
                    <dd>{format::count(seq)} " · " {say::EPOCH} " " {epoch.to_string()}</dd>
                    <dt>{say::ID}</dt>
                    <dd class="mono">{id}</dd>
                    <dt>{say::HASH}</dt>
                    <dd class="mono">{hash}</dd>
                </dl>
                <div class="buttons">
                    <Button look=Look::Main on:click=print_copy attr:data-testid="reprint">
                        <Icon name="printer" />
                        {say::REPRINT}
                    </Button>
                </div>
            </section>
            <div class="receipt-frame">
                <Receipt doc=doc paper=paper />
            </div>
        </div>
    }
}
