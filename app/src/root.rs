//! From the first paint to a page: may this browser be a till, is it one, and which page was asked for.

use crate::markup::{Node, view};
use crate::reactive::prelude::*;
use evertill_browser::{Device, LinkState, Notice, OpenError};
use evertill_protocol::changes::OutletDoc;
use evertill_sync::rows::Identity;
use leptos::task::spawn_local;

use crate::{
    address::{self, Address, Page},
    cases::CasesPage,
    device::preferences::Preferences,
    kit::KitPage,
    products::ProductsPage,
    sales::{SalePage, SalesPage},
    sell::{SellPage, desk::Desk, elsewhere::ScansElsewhere},
    settings::SettingsPage,
    shell::{Shell, not_found::NotFound},
    shop::{Loading, OpenCart, Shop, door::Door, write_as},
    sync::SyncPage,
    threshold::{Broken, EnrolPage, FirstLoad, Insecure, Opening, SetupPage, code_in_address, missing},
    widgets::notice::Toasts,
    words::nav,
};

/// How far this page has come.
#[derive(Clone)]
enum Way {
    /// The store is being opened.
    Opening,
    /// It does not open.
    Broken(OpenError),
    /// It is open; this browser is no terminal, or a page before the till was asked for.
    Threshold(Device),
    /// A terminal that has not heard of its shop yet: seconds after enrolment.
    FirstLoad(Device),
    /// A till.
    Till(Device, Box<(Identity, OutletDoc)>),
}

/// Everything.
#[component]
pub fn Root() -> impl IntoNode {
    Preferences::provide();
    Toasts::provide();
    let lacking = missing();
    if lacking.is_empty() {
        view! { <Fit /> }
    } else {
        view! { <Insecure missing=lacking /> }
    }
}

/// A browser that may be a till.
#[component]
fn Fit() -> impl IntoNode {
    let way = RwSignal::new(Way::Opening);
    let preferences = Preferences::here();
    spawn_local(async move {
        match evertill_browser::open().await {
            Ok(device) => {
                preferences.take_up(device.clone()).await;
                go_on(device, way).await;
            }
            Err(error) => way.set(Way::Broken(error)),
        }
    });
    move || match way.get() {
        Way::Opening => view! { <Opening /> }.into_node(),
        Way::Broken(error) => view! { <Broken why=error.to_string() /> }.into_node(),
        Way::Threshold(device) => threshold(Door::of(device)),
        Way::FirstLoad(device) => view! { <Waiting device=device way=way /> }.into_node(),
        Way::Till(device, shop) => {
            let (identity, outlet) = *shop;
            view! { <Till device=device identity=identity outlet=outlet /> }.into_node()
        }
    }
}

async fn go_on(device: Device, way: RwSignal<Way>) {
    let identity = device.identity();
    let is_threshold = matches!(path_name().trim_end_matches('/'), "/enrol" | "/setup");
    let code_asked = is_threshold && !code_in_address().is_empty();
    let next = match identity {
        // A link without a code has nothing to say to a terminal: it gets the till, and the till's address.
        Some(identity) if !code_asked => {
            if is_threshold {
                address::replace("/");
            }
            match device.till().outlet().await {
                Ok(Some(row)) => Way::Till(device, Box::new((identity, row.doc))),
                Ok(None) | Err(_) => Way::FirstLoad(device),
            }
        }
        _ => Way::Threshold(device),
    };
    // A page becomes a till once. Two notices may have asked for it at the same time.
    if way.try_with_untracked(|way| matches!(way, Way::Till(..))) == Some(false) {
        way.set(next);
    }
}

fn threshold(door: Door) -> Node {
    if path_name().trim_end_matches('/') == "/setup" && door.terminal().is_none() {
        view! { <SetupPage door=door /> }.into_node()
    } else {
        view! { <EnrolPage door=door /> }.into_node()
    }
}

fn path_name() -> String {
    web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// Waits for the shop's own data, with the progress of what comes with it.
#[component]
fn Waiting(device: Device, way: RwSignal<Way>) -> impl IntoNode {
    let loading = RwSignal::new(None::<Loading>);
    // What is told from now on are changes: how it stands already is asked.
    let online = RwSignal::new(!matches!(device.link_state(), LinkState::Offline { .. }));
    let told = device.clone();
    let look_again = move |notice| match notice {
        Notice::Progress { loaded, total } => loading.set(Some(Loading { done: loaded, total })),
        Notice::Online(answers) => online.set(answers),
        Notice::Identity | Notice::Catalogue => {
            let device = told.clone();
            spawn_local(async move {
                if let Ok(Some(_)) = device.till().outlet().await {
                    go_on(device, way).await;
                }
            });
        }
        Notice::Sold | Notice::Queue | Notice::Stock | Notice::Update => {}
    };
    let subscription = StoredValue::new(device.subscribe(look_again));
    on_cleanup(move || subscription.dispose());
    device.sync_now();
    view! { <FirstLoad loading=loading online=online /> }
}

/// The till of an enrolled browser.
#[component]
fn Till(device: Device, identity: Identity, outlet: OutletDoc) -> impl IntoNode {
    write_as(&outlet);
    let shop = Shop::provide(device, identity, outlet);
    let cart = RwSignal::new(None::<OpenCart>);
    spawn_local(async move { cart.set(Some(shop.take_cart().await)) });
    move || match cart.get() {
        None => view! { <Opening /> }.into_node(),
        Some(open) => view! { <Pages open=open /> }.into_node(),
    }
}

#[component]
fn Pages(open: OpenCart) -> impl IntoNode {
    let shop = Shop::here();
    Desk::provide(open);
    // What tests and stylesheets may know about the till.
    Effect::new(move |_| {
        if let Some(body) = document().body() {
            drop(body.set_attribute("data-ready", "till"));
            drop(body.set_attribute("data-catalogue", &shop.catalogue_len().to_string()));
        }
    });
    let address = Address::provide();
    let page = Memo::new(move |_| address.page());
    // A page that is opened is read out by its title; one that is gone to in the same document is not.
    let arrived = RwSignal::new("");
    let opened = StoredValue::new(false);
    Effect::new(move |_| {
        let name = page.with(Page::name);
        document().set_title(&nav::title(name, &shop.outlet_name()));
        if opened.try_update_value(|opened| std::mem::replace(opened, true)) == Some(true) {
            arrived.set(name);
        }
    });
    view! {
        <span class="only-spoken" role="status" data-testid="arrived">{move || arrived.get()}</span>
        <Show when=move || page.get() != Page::Sell>
            <ScansElsewhere />
        </Show>
        <Shell>
            {move || match page.get() {
                Page::Sell => view! { <SellPage /> }.into_node(),
                Page::Products => view! { <ProductsPage /> }.into_node(),
                Page::Sales => view! { <SalesPage /> }.into_node(),
                Page::Sale(id) => view! { <SalePage id=id /> }.into_node(),
                Page::Sync => view! { <SyncPage /> }.into_node(),
                Page::Cases => view! { <CasesPage /> }.into_node(),
                Page::Settings => view! { <SettingsPage /> }.into_node(),
                Page::Kit => view! { <KitPage /> }.into_node(),
                Page::Unknown => view! { <NotFound /> }.into_node(),
            }}
        </Shell>
    }
}
