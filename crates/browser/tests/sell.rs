//! Selling through the device: what a view that goes away must not undo.

use core::{
    future::Future,
    task::{Context, Waker},
};
use evertill_browser::{Device, OpenCart, open};
use evertill_domain::{
    Id, Quantity, TaxRate,
    cart::{Cart, CartProduct},
    checkout::{CheckoutContext, checkout},
    sale::{Tender, TenderKind},
};
use evertill_protocol::{
    body::{TenderKindV1, TenderV1},
    terminal::{Right, TerminalTokens},
};
use evertill_sync::{
    ports::{Surroundings, fresh_id},
    till::PreparedSale,
};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

// A device is a page's, whatever the other tests run in: a worker has no screen to leave.
wasm_bindgen_test_configure!(run_in_browser);

async fn enrolled() -> Device {
    let device = open().await.expect("this browser can be a till");
    let tokens = TerminalTokens {
        terminal: Id::new(uuid::Uuid::from_u128(7)).expect("not nil"),
        short_code: "T1".to_owned(),
        epoch: 1,
        outlet: Id::new(uuid::Uuid::from_u128(8)).expect("not nil"),
        right: Right::Sell,
        access_token: "a".to_owned(),
        expires_in_s: 900,
        refresh_token: "r".to_owned(),
    };
    device.till().keep_tokens(&tokens, device.surroundings().now_ms()).await.expect("kept");
    device
}

fn prepared(device: &Device, price_minor: i64) -> PreparedSale {
    let surroundings = device.surroundings();
    let mut cart = Cart::default();
    let product = CartProduct {
        id: Id::new(uuid::Uuid::from_u128(9)).expect("not nil"),
        sku: "85123A".to_owned(),
        name: "White hanging heart".to_owned(),
        unit_price_minor: price_minor,
        tax_rate: TaxRate::from_ppm(200_000).expect("a rate"),
        weighed: false,
    };
    cart.add(product, Quantity::ONE).expect("fits");
    let context = CheckoutContext {
        outlet: Id::new(uuid::Uuid::from_u128(8)).expect("not nil"),
        cashier: None,
        currency: "GBP".parse().expect("a currency"),
        opened_at_ms: surroundings.now_ms(),
        completed_at_ms: surroundings.now_ms(),
    };
    let tender = Tender { kind: TenderKind::Cash, amount_minor: price_minor, reference: None };
    let sale = checkout(&cart, vec![tender], context).expect("balances");
    PreparedSale::new(fresh_id(&surroundings), &sale, "2026-04-30".parse().expect("a date")).expect("short")
}

/// Fault 33: the view is left in the middle of Pay. Its future is dropped; the sale is committed all the same.
#[wasm_bindgen_test]
async fn a_sale_outlives_the_view_that_started_it() {
    let device = enrolled().await;
    let before = device
        .till()
        .journal_page(None, 1)
        .await
        .expect("read")
        .first()
        .map_or(0, |entry| entry.position.seq);
    {
        let mut left = Box::pin(device.sell(prepared(&device, 295)));
        assert!(left.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    }
    let next = device.sell(prepared(&device, 300)).await.expect("committed");
    assert_eq!(next.position.seq, before + 2, "the sale that was left is in the journal, and once");
}

/// A cart is held by one tab; the second one that looks gets a cart of its own.
#[wasm_bindgen_test]
async fn a_kept_cart_goes_to_one_tab_alone() {
    let device = enrolled().await;
    let first = with_a_mug(&device).await;
    device.till().save_draft(&first.draft).await.expect("kept");
    let second = device.take_draft().await.expect("read");
    assert_ne!(second.draft.id, first.draft.id);
    let id = first.draft.id;
    drop(first);
    let third = device.take_draft().await.expect("read");
    assert_eq!((third.draft.id, third.draft.cart.lines().len()), (id, 1));
}

/// Two tabs crashed amid a sale. The one whose card was charged is taken up first, with that card, though the other
/// cart is newer.
#[wasm_bindgen_test]
async fn a_cart_for_which_money_was_taken_comes_first() {
    let device = enrolled().await;
    let mut charged = with_a_mug(&device).await;
    let card = TenderV1 { kind: TenderKindV1::Card, amount_minor: 60, reference: Some("A1".to_owned()) };
    charged.draft.tenders.push(card);
    let mut newer = with_a_mug(&device).await;
    newer.draft.changed_at_ms = charged.draft.changed_at_ms + 1;
    for open in [&charged, &newer] {
        device.till().save_draft(&open.draft).await.expect("kept");
    }
    assert!(device.take_charged_draft().await.is_none(), "its tab is there");
    let draft = charged.draft.clone();
    drop((charged, newer));
    assert_eq!(device.take_draft().await.expect("read").draft, draft);
    assert_eq!(device.take_charged_draft().await.expect("its tab is gone").draft, draft);
}

async fn with_a_mug(device: &Device) -> OpenCart {
    let mut open = device.fresh_draft().await;
    let product = CartProduct {
        id: Id::new(uuid::Uuid::from_u128(9)).expect("not nil"),
        sku: "1".to_owned(),
        name: "Mug".to_owned(),
        unit_price_minor: 100,
        tax_rate: TaxRate::ZERO,
        weighed: false,
    };
    open.draft.cart.add(product, Quantity::ONE).expect("fits");
    open
}
