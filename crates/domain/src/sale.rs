//! A completed sale: a fact whose sums hold. Built by the till's checkout and, from what arrives, by the ERP.

use crate::{Currency, Id, Quantity, TaxRate, cart::LINES_MAX, id, quantity::LINE_QUANTITY_MAX};
use core::ops::Deref;

/// The largest amount a sale may name anywhere, in minor units; sums of a thousand such lines still fit.
pub const AMOUNT_MINOR_MAX: i64 = 1_000_000_000_000_000;

/// One line as it was sold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleLine {
    /// Place on the receipt, from 1.
    pub line: u32,
    /// The product; the ERP may not know it.
    pub product: Id<id::Product>,
    /// Article code when it was sold.
    pub sku: String,
    /// Name when it was sold.
    pub name: String,
    /// How much; above zero.
    pub quantity: Quantity,
    /// Unit price in minor units, tax included.
    pub unit_price_minor: i64,
    /// Quantity × unit price, rounded half away from zero, before discount.
    pub gross_minor: i64,
    /// What was taken off, from 0 to the gross.
    pub discount_minor: i64,
    /// Tax rate.
    pub tax_rate: TaxRate,
    /// Tax contained in gross − discount.
    pub tax_minor: i64,
}

impl SaleLine {
    /// What the line costs: gross − discount, in minor units. The constructor of [`Sale`] bounds both.
    pub fn paid_minor(&self) -> i64 {
        self.gross_minor.saturating_sub(self.discount_minor)
    }
}

/// Net, tax and gross of one rate over the receipt, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaxRow {
    /// The rate.
    pub rate: TaxRate,
    /// Gross − tax.
    pub net_minor: i64,
    /// Sum of the lines' tax.
    pub tax_minor: i64,
    /// Sum of what the lines cost.
    pub gross_minor: i64,
}

/// A means of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TenderKind {
    /// Notes and coins.
    Cash,
    /// A card, entered by hand after the bank's own terminal said yes.
    Card,
}

/// What a customer gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tender {
    /// The means.
    pub kind: TenderKind,
    /// How much was given, in minor units; above zero.
    pub amount_minor: i64,
    /// The slip's reference, for a card.
    pub reference: Option<String>,
}

/// The fields of a sale as somebody stated them, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SaleParts {
    /// Where it was sold.
    pub outlet: Id<id::Outlet>,
    /// Who sold it, once people exist.
    pub cashier: Option<Id<id::Person>>,
    /// When the cart opened, in milliseconds UTC by the till's clock.
    pub opened_at_ms: i64,
    /// When it was paid, in milliseconds UTC by the till's clock.
    pub completed_at_ms: i64,
    /// The currency of every amount.
    pub currency: Currency,
    /// What was sold, 1 to 1,000 lines.
    pub lines: Vec<SaleLine>,
    /// A row per tax rate that occurs, in any order.
    pub taxes: Vec<TaxRow>,
    /// What was given.
    pub tenders: Vec<Tender>,
    /// What was handed back, in minor units.
    pub change_minor: i64,
    /// Cash rounding, in minor units, of either sign.
    pub rounding_minor: i64,
    /// What had to be paid, in minor units.
    pub total_minor: i64,
}

/// A sale whose sums hold. Read its fields through [`SaleParts`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale(SaleParts);

/// Why stated fields are not a sale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SaleError {
    /// A field lies outside what a sale can have.
    #[error("{0}")]
    Range(&'static str),
    /// Sums do not hold; says which.
    #[error("{what}: stated {stated}, adds up to {computed}")]
    Arithmetic {
        /// Which sum.
        what: &'static str,
        /// As stated, in minor units.
        stated: i64,
        /// As computed, in minor units.
        computed: i64,
    },
}

impl Deref for Sale {
    type Target = SaleParts;
    fn deref(&self) -> &SaleParts {
        &self.0
    }
}

impl Sale {
    /// The sale, if every sum of docs/sync-protocol.md "Adding up" holds. A line's own tax is not judged here:
    /// see [`Sale::tax_deviations`].
    pub fn new(parts: SaleParts) -> Result<Self, SaleError> {
        check_ranges(&parts)?;
        check_lines(&parts)?;
        check_taxes(&parts)?;
        check_payment(&parts)?;
        Ok(Self(parts))
    }

    /// The checked fields, given away.
    pub fn into_parts(self) -> SaleParts {
        self.0
    }

    /// Lines whose stated tax is off the rule, with what the rule gives.
    pub fn tax_deviations(&self) -> impl Iterator<Item = (&SaleLine, i64)> {
        self.lines.iter().filter_map(|line| {
            let by_rule = line.tax_rate.contained_in(line.paid_minor())?;
            (by_rule != line.tax_minor).then_some((line, by_rule))
        })
    }

    /// Cash that stayed in the drawer: cash tendered − change due, in minor units.
    pub fn cash_kept_minor(&self) -> i64 {
        self.tenders
            .iter()
            .filter(|tender| tender.kind == TenderKind::Cash)
            .map(|tender| tender.amount_minor)
            .fold(0_i64, i64::saturating_add)
            .saturating_sub(self.change_minor)
    }

    /// Whether more change was handed back than cash was tendered: a card, which pays at most the total, paid more. Such
    /// a sale happened all the same, so that a constructor does not refuse it.
    pub fn is_change_beyond_cash(&self) -> bool {
        self.cash_kept_minor() < 0
    }
}

/// The tax rows that belong to these lines, highest rate first; `None` on overflow.
pub fn tax_rows(lines: &[SaleLine]) -> Option<Vec<TaxRow>> {
    let mut rows: Vec<TaxRow> = Vec::new();
    for line in lines {
        let at = rows.partition_point(|row| row.rate > line.tax_rate);
        if rows.get(at).is_none_or(|row| row.rate != line.tax_rate) {
            let row = TaxRow { rate: line.tax_rate, net_minor: 0, tax_minor: 0, gross_minor: 0 };
            rows.insert(at, row);
        }
        let row = rows.get_mut(at)?;
        row.gross_minor = row.gross_minor.checked_add(line.gross_minor.checked_sub(line.discount_minor)?)?;
        row.tax_minor = row.tax_minor.checked_add(line.tax_minor)?;
        row.net_minor = row.gross_minor.checked_sub(row.tax_minor)?;
    }
    Some(rows)
}

fn check_ranges(parts: &SaleParts) -> Result<(), SaleError> {
    let amount = |value: i64| (0..=AMOUNT_MINOR_MAX).contains(&value);
    let range = |holds: bool, what: &'static str| if holds { Ok(()) } else { Err(SaleError::Range(what)) };
    range(!parts.lines.is_empty(), "a sale has at least one line")?;
    range(parts.lines.len() <= LINES_MAX, "a sale has at most 1,000 lines")?;
    range(parts.tenders.len() <= LINES_MAX, "a sale has at most 1,000 tenders")?;
    for (place, line) in parts.lines.iter().enumerate() {
        range(usize::try_from(line.line).ok() == place.checked_add(1), "lines are numbered from 1 in order")?;
        range(
            line.quantity > Quantity::ZERO && line.quantity <= LINE_QUANTITY_MAX,
            "a line's quantity lies above 0 and at most at 1,000,000",
        )?;
        range(amount(line.unit_price_minor), "a unit price is not negative and not absurd")?;
        range(amount(line.gross_minor), "a line's gross is not negative and not absurd")?;
        range(line.discount_minor >= 0, "a discount is not negative")?;
        range(line.discount_minor <= line.gross_minor, "a discount is at most the line's gross")?;
        range(amount(line.tax_minor), "a line's tax is not negative and not absurd")?;
    }
    for tender in &parts.tenders {
        range(tender.amount_minor > 0 && amount(tender.amount_minor), "a tender is above 0 and not absurd")?;
    }
    range(amount(parts.change_minor), "change is not negative and not absurd")?;
    range(amount(parts.total_minor), "a total is not negative and not absurd")?;
    range(amount(parts.rounding_minor.saturating_abs()), "cash rounding is not absurd")
}

fn check_lines(parts: &SaleParts) -> Result<(), SaleError> {
    for line in &parts.lines {
        let gross = line.quantity.times_price_minor(line.unit_price_minor).unwrap_or(i64::MAX);
        equal("gross_minor of a line", line.gross_minor, gross)?;
    }
    Ok(())
}

fn check_taxes(parts: &SaleParts) -> Result<(), SaleError> {
    let computed = tax_rows(&parts.lines).ok_or(SaleError::Range("the amounts are too large"))?;
    equal("number of tax rows", count(parts.taxes.len()), count(computed.len()))?;
    for row in &computed {
        let Some(stated) = parts.taxes.iter().find(|stated| stated.rate == row.rate) else {
            return Err(SaleError::Arithmetic {
                what: "a tax row is missing",
                stated: 0,
                computed: row.gross_minor,
            });
        };
        equal("gross_minor of a tax row", stated.gross_minor, row.gross_minor)?;
        equal("tax_minor of a tax row", stated.tax_minor, row.tax_minor)?;
        equal("net_minor of a tax row", stated.net_minor, row.net_minor)?;
    }
    Ok(())
}

fn check_payment(parts: &SaleParts) -> Result<(), SaleError> {
    let sum = |values: &mut dyn Iterator<Item = i64>| values.fold(0_i64, i64::saturating_add);
    let paid = sum(&mut parts.lines.iter().map(SaleLine::paid_minor));
    equal("total_minor", parts.total_minor, paid.saturating_add(parts.rounding_minor))?;
    let tendered = sum(&mut parts.tenders.iter().map(|tender| tender.amount_minor));
    equal("tenders minus change", tendered.saturating_sub(parts.change_minor), parts.total_minor)
}

fn equal(what: &'static str, stated: i64, computed: i64) -> Result<(), SaleError> {
    if stated == computed { Ok(()) } else { Err(SaleError::Arithmetic { what, stated, computed }) }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
