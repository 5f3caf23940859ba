//! From a cart and tenders to a balanced sale, or the reason why not yet.

use crate::{
    Currency, Id, Sale,
    cart::Cart,
    id,
    sale::{SaleLine, SaleParts, Tender, TenderKind, tax_rows},
};

/// Longest card reference, in characters.
pub const REFERENCE_MAX: usize = 64;

/// What a checkout needs to know beside cart and tenders.
#[derive(Clone, Copy, Debug)]
pub struct CheckoutContext {
    /// Where it is sold.
    pub outlet: Id<id::Outlet>,
    /// Who sells, once people exist.
    pub cashier: Option<Id<id::Person>>,
    /// The outlet's currency.
    pub currency: Currency,
    /// When the cart opened, in milliseconds UTC.
    pub opened_at_ms: i64,
    /// Now, in milliseconds UTC.
    pub completed_at_ms: i64,
}

/// Why a cart cannot be completed with these tenders. The sale stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckoutRefusal {
    /// Nothing to sell.
    #[error("the cart is empty")]
    Empty,
    /// More has to be given.
    #[error("not enough was given")]
    Short {
        /// What is missing, in minor units.
        missing_minor: i64,
    },
    /// Cards pay at most what is due: change comes from cash alone.
    #[error("a card cannot pay more than is due")]
    CardOverTendered,
    /// A tender of zero or less.
    #[error("a tender is above zero")]
    Amount,
    /// The card's reference is too long.
    #[error("a card reference has at most 64 characters")]
    Reference,
    /// The amounts are more than can be counted.
    #[error("the amount is too large")]
    TooLarge,
}

/// The balanced sale: every line, tax, tender and the change due.
pub fn checkout(
    cart: &Cart,
    tenders: Vec<Tender>,
    context: CheckoutContext,
) -> Result<Sale, CheckoutRefusal> {
    if cart.is_empty() {
        return Err(CheckoutRefusal::Empty);
    }
    let lines = lines(cart).ok_or(CheckoutRefusal::TooLarge)?;
    let taxes = tax_rows(&lines).ok_or(CheckoutRefusal::TooLarge)?;
    let total_minor = cart.totals().ok_or(CheckoutRefusal::TooLarge)?.total_minor;
    let change_minor = match balance(total_minor, &tenders)? {
        Balance::Due(missing_minor) => return Err(CheckoutRefusal::Short { missing_minor }),
        Balance::Change(change_minor) => change_minor,
    };
    Sale::new(SaleParts {
        outlet: context.outlet,
        cashier: context.cashier,
        opened_at_ms: context.opened_at_ms,
        completed_at_ms: context.completed_at_ms,
        currency: context.currency,
        lines,
        taxes,
        tenders,
        change_minor,
        rounding_minor: 0,
        total_minor,
    })
    .map_err(|_| CheckoutRefusal::TooLarge)
}

/// What is left to pay, or what to hand back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// Still due, in minor units; above zero.
    Due(i64),
    /// Paid in full; change due in minor units, from zero.
    Change(i64),
}

/// How the tenders given so far stand against the total.
pub fn balance(total_minor: i64, tenders: &[Tender]) -> Result<Balance, CheckoutRefusal> {
    let (mut cash, mut card) = (0_i64, 0_i64);
    for tender in tenders {
        if tender.amount_minor <= 0 {
            return Err(CheckoutRefusal::Amount);
        }
        if tender.reference.as_ref().is_some_and(|reference| reference.chars().count() > REFERENCE_MAX) {
            return Err(CheckoutRefusal::Reference);
        }
        let sum = match tender.kind {
            TenderKind::Cash => &mut cash,
            TenderKind::Card => &mut card,
        };
        *sum = sum.checked_add(tender.amount_minor).ok_or(CheckoutRefusal::TooLarge)?;
    }
    if card > total_minor {
        return Err(CheckoutRefusal::CardOverTendered);
    }
    let given = cash.checked_add(card).ok_or(CheckoutRefusal::TooLarge)?;
    let over = given.checked_sub(total_minor).ok_or(CheckoutRefusal::TooLarge)?;
    Ok(if over < 0 { Balance::Due(over.saturating_neg()) } else { Balance::Change(over) })
}

/// Up to four amounts a customer is likely to hand over for `due_minor`, lowest first, all above it:
/// the next whole unit and the next multiples of the notes in circulation. Where that is too small to be counted out, as
/// in currencies of large numbers, the steps are 1, 2 and 5 of the powers of ten up to what is due.
pub fn likely_cash_minor(due_minor: i64, currency: Currency) -> Vec<i64> {
    let unit = 10_i64.saturating_pow(u32::from(currency.decimals()));
    let steps: &[i64] =
        if currency.decimals() == 0 { &[100, 500, 1000, 5000, 10_000] } else { &[1, 5, 10, 20, 50, 100] };
    let largest = steps.last().copied().unwrap_or(1);
    let larger = (0..=18_u32)
        .flat_map(|power| [1, 2, 5].map(|first: i64| first.saturating_mul(10_i64.saturating_pow(power))));
    let larger = larger.filter(|step| *step > largest && step.saturating_mul(unit) <= due_minor);
    let steps = steps.iter().copied().chain(larger);
    // Nobody counts out less than half a hundredth.
    let steps = steps.filter(|step| step.saturating_mul(unit) >= due_minor / 200);
    let next = |step: i64| {
        let step = step.checked_mul(unit)?;
        let rest = due_minor.checked_rem(step)?;
        due_minor.checked_add(step)?.checked_sub(rest)
    };
    let mut amounts = Vec::new();
    // A due amount that is a round note already: "exact" is that note, and the next one is offered.
    for amount in steps.filter_map(next).filter(|amount| *amount > due_minor) {
        if let Err(place) = amounts.binary_search(&amount) {
            amounts.insert(place, amount);
        }
    }
    amounts.truncate(4);
    amounts
}

fn lines(cart: &Cart) -> Option<Vec<SaleLine>> {
    cart.lines()
        .iter()
        .enumerate()
        .map(|(place, line)| {
            let gross_minor = line.gross_minor()?;
            Some(SaleLine {
                line: u32::try_from(place.checked_add(1)?).ok()?,
                product: line.product.id,
                sku: line.product.sku.clone(),
                name: line.product.name.clone(),
                quantity: line.quantity,
                unit_price_minor: line.product.unit_price_minor,
                gross_minor,
                discount_minor: 0,
                tax_rate: line.product.tax_rate,
                tax_minor: line.product.tax_rate.contained_in(gross_minor)?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Balance, CheckoutContext, CheckoutRefusal, balance, checkout, likely_cash_minor};
    use crate::{
        Currency, Id, Quantity, Sale,
        cart::{Cart, CartProduct, tests::product},
        sale::{SaleError, Tender, TenderKind},
    };
    use proptest::prelude::*;
    use uuid::Uuid;

    fn gbp() -> Currency {
        "GBP".parse().expect("a currency")
    }
    fn context() -> CheckoutContext {
        CheckoutContext {
            outlet: Id::new(Uuid::from_u128(1)).expect("not nil"),
            cashier: None,
            currency: gbp(),
            opened_at_ms: 1,
            completed_at_ms: 2,
        }
    }
    fn cash(amount_minor: i64) -> Tender {
        Tender { kind: TenderKind::Cash, amount_minor, reference: None }
    }
    fn card(amount_minor: i64) -> Tender {
        Tender { kind: TenderKind::Card, amount_minor, reference: Some("A-1".into()) }
    }
    fn cart() -> Cart {
        let mut cart = Cart::default();
        cart.add(product(1, 208), Quantity::from_milli(3000)).expect("fits");
        cart
    }

    #[test]
    fn the_example_of_the_protocol() {
        let sale = checkout(&cart(), vec![cash(700)], context()).expect("balances");
        assert_eq!((sale.total_minor, sale.change_minor, sale.lines[0].tax_minor), (624, 76, 104));
        assert_eq!((sale.taxes[0].net_minor, sale.taxes[0].gross_minor), (520, 624));
        assert_eq!(sale.cash_kept_minor(), 624);
    }

    #[test]
    fn tenders_as_a_table() {
        for (tenders, expected) in [
            (vec![], Ok(Balance::Due(624))),
            (vec![cash(624)], Ok(Balance::Change(0))),
            (vec![cash(600)], Ok(Balance::Due(24))),
            (vec![card(624)], Ok(Balance::Change(0))),
            (vec![card(625)], Err(CheckoutRefusal::CardOverTendered)),
            (vec![card(600), cash(50)], Ok(Balance::Change(26))),
            (vec![cash(0)], Err(CheckoutRefusal::Amount)),
            (vec![cash(-5)], Err(CheckoutRefusal::Amount)),
            (vec![cash(i64::MAX), cash(1)], Err(CheckoutRefusal::TooLarge)),
        ] {
            assert_eq!(balance(624, &tenders), expected, "{tenders:?}");
        }
        assert_eq!(checkout(&Cart::default(), vec![], context()), Err(CheckoutRefusal::Empty));
        assert_eq!(
            checkout(&cart(), vec![cash(600)], context()),
            Err(CheckoutRefusal::Short { missing_minor: 24 })
        );
    }

    #[test]
    fn likely_notes() {
        for (due, expected) in [
            (3171, vec![3200, 3500, 4000, 5000]),
            (624, vec![700, 1000, 2000, 5000]),
            (2000, vec![2100, 2500, 3000, 4000]),
            (1, vec![100, 500, 1000, 2000]),
        ] {
            assert_eq!(likely_cash_minor(due, gbp()), expected, "{due}");
        }
        for (code, due, expected) in [
            ("IDR", 12_750_100, vec![12_800_000, 13_000_000, 14_000_000, 15_000_000]),
            ("IDR", 12_750_500, vec![12_800_000, 13_000_000, 14_000_000, 15_000_000]),
            ("JPY", 127_501, vec![128_000, 130_000, 140_000, 150_000]),
            ("JPY", 980, vec![1_000, 5_000, 10_000]),
            ("KWD", 1_250, vec![2_000, 5_000, 10_000, 20_000]),
            ("GBP", 12_750, vec![12_800, 13_000, 14_000, 15_000]),
        ] {
            let currency = code.parse().expect("a currency");
            assert_eq!(likely_cash_minor(due, currency), expected, "{code} {due}");
        }
    }

    #[test]
    fn sums_that_do_not_hold_are_refused() {
        let good = checkout(&cart(), vec![cash(700)], context()).expect("balances").into_parts();
        let mut bad = good.clone();
        bad.total_minor = 625;
        assert!(matches!(Sale::new(bad), Err(SaleError::Arithmetic { what: "total_minor", .. })));
        let mut bad = good.clone();
        bad.lines[0].gross_minor = 623;
        assert!(matches!(Sale::new(bad), Err(SaleError::Arithmetic { .. })));
        let mut bad = good.clone();
        bad.lines[0].quantity = Quantity::from_milli(-3000);
        assert!(matches!(Sale::new(bad), Err(SaleError::Range(_))));
        let mut off_by_a_penny = good;
        off_by_a_penny.lines[0].tax_minor = 103;
        off_by_a_penny.taxes[0].tax_minor = 103;
        off_by_a_penny.taxes[0].net_minor = 521;
        let sale = Sale::new(off_by_a_penny).expect("sums hold");
        assert_eq!(sale.tax_deviations().map(|(_, by_rule)| by_rule).collect::<Vec<_>>(), [104]);
    }

    proptest! {
        #[test]
        fn every_checkout_balances_in_any_order_of_lines(
            lines in prop::collection::vec((1u128..50, 0i64..100_000, 1i64..100_000, any::<bool>()), 1..30),
            extra in 0i64..10_000,
        ) {
            let mut cart = Cart::default();
            let mut reversed = Cart::default();
            let fill = |cart: &mut Cart, (number, price, milli, weighed): &(u128, i64, i64, bool)| {
                let milli = if *weighed { *milli } else { milli * 1000 };
                cart.add(CartProduct { weighed: *weighed, ..product(number * 2 + u128::from(*weighed), *price) }, Quantity::from_milli(milli))
            };
            for line in &lines { prop_assert!(fill(&mut cart, line).is_ok()); }
            for line in lines.iter().rev() { prop_assert!(fill(&mut reversed, line).is_ok()); }
            let totals = cart.totals().expect("adds up");
            prop_assert_eq!(totals.total_minor, reversed.totals().expect("adds up").total_minor);
            prop_assert_eq!(totals.total_minor, totals.net_minor + totals.taxes.iter().map(|(_, tax)| tax).sum::<i64>());
            let tenders = if totals.total_minor + extra == 0 { vec![] } else { vec![cash(totals.total_minor + extra)] };
            let sale = checkout(&cart, tenders, context()).expect("balances");
            prop_assert_eq!(sale.change_minor, extra);
            prop_assert_eq!(sale.tax_deviations().count(), 0);
        }
    }
}
