//! The rules of selling: money, quantity, tax, cart, checkout, sale, stock, business day.
//!
//! Pure: no IO, no clock, no randomness, no async, no floats. Time and fresh ids are arguments.
//! The same code runs in the till (WASM) and in the ERP, so both sides add up alike.
//!
//! # Glossary
//! | word | meaning |
//! |---|---|
//! | outlet | one shop: a time zone, a currency, a stock |
//! | terminal | one enrolled browser profile that sells for an outlet |
//! | cart | what a customer is about to buy; a *draft* while it lies in storage |
//! | sale | a completed exchange of goods for money; a fact, never changed |
//! | tender | a means of payment given for a sale: cash, card |
//! | change due | what the cashier hands back, from cash alone |
//! | journal | what a terminal has done, an append-only series of entries |
//! | movement | one signed change of a product's stock; on-hand is their sum |
//! | business date | the day a sale counts for: local date minus the outlet's cut-off hour |
//! | minor unit | the smallest unit of a currency: a penny, a cent, a yen |
//! | milli | a thousandth of a unit or of a kilogram |
//! | ppm | parts per million: 200,000 ppm is 20 % |

#![deny(clippy::float_arithmetic)]
#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

pub mod barcode;
pub mod business_day;
pub mod cart;
pub mod checkout;
#[cfg_attr(
    not(test),
    expect(clippy::arithmetic_side_effects, reason = "days of the years 0 to 12,000 and little more")
)]
mod civil;
pub mod id;
pub mod legible;
pub mod money;
pub mod product;
pub mod quantity;
pub mod receipt_number;
mod rounding;
pub mod sale;
pub mod scan;
pub mod search;
mod small_letter;
pub mod stock;
pub mod tax;
#[cfg_attr(
    not(test),
    expect(clippy::arithmetic_side_effects, reason = "each number is bounded where it is read")
)]
mod zone;

pub use business_day::BusinessDate;
pub use id::Id;
pub use money::{Currency, Money};
pub use quantity::Quantity;
pub use receipt_number::ReceiptNumber;
pub use sale::Sale;
pub use tax::TaxRate;
