//! A small shop to test with: one outlet, one terminal, sales whose sums hold.

use crate::{
    ports::Store,
    rows::Draft,
    till::{PreparedSale, Till},
};
use evertill_domain::{
    BusinessDate, Currency, Id, Quantity, Sale, TaxRate,
    cart::{Cart, CartProduct},
    checkout::{CheckoutContext, checkout},
    id,
    sale::{Tender, TenderKind},
};
use evertill_protocol::{
    body::{TenderKindV1, TenderV1},
    terminal::{Right, TerminalTokens},
};
use std::rc::Rc;
use uuid::Uuid;

/// An id that is the same in each run.
///
/// # Panics
/// For 0, the nil UUID.
pub fn id<Kind>(number: u128) -> Id<Kind> {
    Id::new(Uuid::from_u128(number)).expect("the number of an id is not 0")
}

/// What the ERP answers when terminal `number` enrols in `epoch`.
pub fn tokens(number: u32, epoch: u32) -> TerminalTokens {
    TerminalTokens {
        terminal: id(0x7e00_0000 + u128::from(number)),
        short_code: format!("T{number}"),
        epoch,
        outlet: id(0x0a00_0001),
        right: Right::Sell,
        access_token: format!("access-{number}-{epoch}"),
        expires_in_s: 900,
        refresh_token: format!("refresh-{number}-{epoch}"),
    }
}

/// The till of terminal `number` on this database, enrolled in `epoch`.
pub async fn enrolled<S: Store>(store: Rc<S>, number: u32, epoch: u32, now_ms: i64) -> Till<S> {
    let till = Till::new(store);
    till.keep_tokens(&tokens(number, epoch), now_ms).await.expect("an empty database takes an identity");
    till
}

/// A cart of these products (number, pieces, unit price in minor units), 20 % tax contained.
pub fn cart(lines: &[(u32, i64, i64)]) -> Cart {
    let mut cart = Cart::default();
    for &(number, pieces, unit_price_minor) in lines {
        let product = CartProduct {
            id: id(0x9000_0000 + u128::from(number)),
            sku: format!("SKU-{number}"),
            name: format!("Product number {number}"),
            unit_price_minor,
            tax_rate: TaxRate::from_ppm(200_000).expect("20 % is a rate"),
            weighed: false,
        };
        let quantity = Quantity::from_units(pieces).expect("a few pieces are a quantity");
        cart.add(product, quantity).expect("a small cart takes a few pieces");
    }
    cart
}

/// An open cart of one piece for 2.50.
pub fn draft(number: u128) -> Draft {
    Draft {
        id: id(number),
        opened_at_ms: 1,
        changed_at_ms: 2,
        cart: cart(&[(1, 1, 250)]),
        tenders: Vec::new(),
    }
}

/// The same, with a part paid by card.
pub fn charged_draft(number: u128) -> Draft {
    let card = TenderV1 { kind: TenderKindV1::Card, amount_minor: 100, reference: Some("A1".to_owned()) };
    Draft { tenders: vec![card], ..draft(number) }
}

/// A sale of these products, paid cash exact; see [`cart`].
pub fn sale(lines: &[(u32, i64, i64)], completed_at_ms: i64) -> Sale {
    let cart = cart(lines);
    let total_minor = cart.totals().expect("a small cart adds up").total_minor;
    let tenders = match total_minor {
        0 => Vec::new(),
        amount_minor => vec![Tender { kind: TenderKind::Cash, amount_minor, reference: None }],
    };
    let context = CheckoutContext {
        outlet: id(0x0a00_0001),
        cashier: None,
        currency: "GBP".parse::<Currency>().expect("GBP is a currency"),
        opened_at_ms: completed_at_ms - 30_000,
        completed_at_ms,
    };
    checkout(&cart, tenders, context).expect("an exact payment completes")
}

/// The business date of the test shop, whatever the clock says.
pub fn date() -> BusinessDate {
    "2026-04-30".parse().expect("a date")
}

/// A prepared sale of one piece with this id.
pub fn prepared(sale_id: Id<id::Entry>, completed_at_ms: i64) -> PreparedSale {
    PreparedSale::new(sale_id, &sale(&[(1, 1, 250), (2, 2, 99)], completed_at_ms), date())
        .expect("a short sale fits")
}
