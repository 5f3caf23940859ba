//! The receipt as a document: what stands on it, in which order. The same on screen and on paper.

use crate::markup::{Node, view};
use crate::reactive::prelude::*;
use evertill_protocol::body::{SaleV1, TenderKindV1};
use leptos::html;

use crate::{format, words::sell as words};

/// Whose receipt it is, as the shop prints it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptHead {
    /// Name of the shop.
    pub shop: String,
    /// Its address, line by line.
    pub address: Vec<String>,
    /// Its tax id.
    pub tax_id: Option<String>,
}

/// Everything that a receipt says.
#[derive(Clone, Debug, PartialEq)]
pub struct ReceiptDoc {
    /// The shop.
    pub head: ReceiptHead,
    /// `T1`, `T2b`.
    pub terminal: String,
    /// `2026-04-30-07`.
    pub number: String,
    /// Place in the terminal's journal.
    pub seq: u64,
    /// The entry's hash in hex; its beginning is printed.
    pub hash: String,
    /// What was sold and how it was paid.
    pub sale: SaleV1,
    /// Whether it is printed again.
    pub copy: bool,
}

/// `9f3c 71aa`: enough of a hash to find an entry by.
pub fn short_hash(hash: &str) -> String {
    let part = |from: usize, to: usize| hash.get(from..to).unwrap_or_default();
    format!("{} {}", part(0, 4), part(4, 8))
}

/// The receipt. `paper` is the element to hand to the printer.
#[component]
pub fn Receipt(doc: ReceiptDoc, paper: NodeRef<html::Div>) -> impl IntoNode {
    let ReceiptDoc { head, terminal, number, seq, hash, sale, copy } = doc;
    let lines = sale.lines.iter().map(line).collect::<Vec<_>>();
    let tenders = sale
        .tenders
        .iter()
        .map(|tender| {
            let name = match (tender.kind, &tender.reference) {
                (TenderKindV1::Cash, _) => words::CASH.to_owned(),
                (TenderKindV1::Card, None) => words::CARD.to_owned(),
                (TenderKindV1::Card, Some(reference)) => format!("{} {reference}", words::CARD),
            };
            row(name, format::money_bare(tender.amount_minor))
        })
        .collect::<Vec<_>>();
    let taxes = sale
        .taxes
        .iter()
        .map(|tax| {
            view! {
                <tr>
                    <td>{format::rate(i64::from(tax.rate_ppm.ppm()))}</td>
                    <td>{format::money_bare(tax.net_minor)}</td>
                    <td>{format::money_bare(tax.tax_minor)}</td>
                    <td>{format::money_bare(tax.gross_minor)}</td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    view! {
        <div class="receipt" node_ref=paper data-testid="receipt" role="document" aria-label=words::RECEIPT>
            {copy.then(|| view! { <div class="copy">{words::COPY}</div> })}
            <span class="mid shop">{head.shop}</span>
            {head.address.into_iter().map(|line| view! { <span class="mid">{line}</span> }).collect::<Vec<_>>()}
            {head.tax_id.map(|id| view! { <span class="mid">{id}</span> })}
            <hr class="rule" />
            {row(format::date_time(sale.completed_at), terminal)}
            <div class="row strong">
                <span>{words::RECEIPT_NO}" "<span data-testid="receipt-number">{number}</span></span>
                <span></span>
            </div>
            <hr class="rule" />
            {lines}
            <hr class="rule" />
            <div class="row grand">
                <span>{format!("{} {}", words::RECEIPT_TOTAL, sale.currency)}</span>
                <span>{format::money_bare(sale.total_minor)}</span>
            </div>
            {(sale.rounding_minor != 0).then(|| row(words::ROUNDING.to_owned(), format::money_bare(sale.rounding_minor)))}
            {tenders}
            {(sale.change_minor != 0).then(|| row(words::CHANGE.to_owned(), format::money_bare(sale.change_minor)))}
            <hr class="rule" />
            <table class=table_class(sale.total_minor)>
                <thead>
                    <tr>
                        <th>{words::TAX}</th>
                        <th>{words::NET}</th>
                        <th>{words::TAX}</th>
                        <th>{words::GROSS}</th>
                    </tr>
                </thead>
                <tbody>{taxes}</tbody>
            </table>
            <hr class="rule" />
            <span class="mid">{words::journal(&seq.to_string(), &short_hash(&hash))}</span>
        </div>
    }
}

/// Four columns of large amounts fit the paper in a smaller type.
fn table_class(total_minor: i64) -> &'static str {
    match format::money_bare(total_minor).chars().count() {
        0..=9 => "",
        10..=13 => "long",
        _ => "longer",
    }
}

fn line(line: &evertill_protocol::body::LineV1) -> Node {
    let paid_minor = line.gross_minor.saturating_sub(line.discount_minor);
    let single = line.quantity_milli == 1_000;
    let each =
        words::each(&format::quantity(line.quantity_milli), &format::money_bare(line.unit_price_minor));
    view! {
        <div class="row">
            <span>{line.name.clone()}</span>
            <span>{format::money_bare(paid_minor)}</span>
        </div>
        {(!single).then(|| view! { <div class="of">{each}</div> })}
        {(line.discount_minor != 0)
            .then(|| view! { <div class="of">{words::DISCOUNT}" −"{format::money_bare(line.discount_minor)}</div> })}
    }
    .into_node()
}

fn row(left: String, right: String) -> Node {
    view! {
        <div class="row">
            <span>{left}</span>
            <span>{right}</span>
        </div>
    }
    .into_node()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_hash_is_shown_by_its_beginning() {
        assert_eq!(super::short_hash("9f3c71aa00"), "9f3c 71aa");
        assert_eq!(super::short_hash("9f"), " ");
    }
}
