//! After the commit: change due in the largest type of the app, the receipt, and the way to the next customer.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::html;

use super::{
    desk::{Desk, PaidSale},
    pay::width_class,
};
use crate::{
    device::{preferences::Preferences, print},
    format,
    receipt::Receipt,
    shell::focus_when_there,
    widgets::{
        button::{Button, Look, Size},
        dialog::{Layer, Place},
        icon::Icon,
    },
    words::sell as say,
};

/// The sheet for a sale that is durable on this device. New sale has the focus.
#[component]
pub fn PaidSheet(paid: PaidSale) -> impl IntoNode {
    let desk = Desk::here();
    let paper = NodeRef::<html::Div>::new();
    let next = NodeRef::<html::Button>::new();
    let change_minor = paid.receipt.sale.change_minor;
    let given_minor: i64 =
        paid.receipt.sale.tenders.iter().map(|tender| tender.amount_minor).fold(0, i64::saturating_add);
    let change = format::money(change_minor);
    let spoken = say::paid_spoken(&change, &paid.receipt.number);
    let print_now = move || {
        if let Some(paper) = paper.get_untracked() {
            print::receipt(&paper);
        }
    };
    focus_when_there(move || next.get().map(Into::into));
    if Preferences::here().auto_print_now() {
        Effect::new(move |_| {
            if paper.get().is_some() {
                request_animation_frame(print_now);
            }
        });
    }
    let keys = move |event: web_sys::KeyboardEvent| {
        if matches!(event.key().as_str(), "p" | "P")
            && !event.ctrl_key()
            && !event.meta_key()
            && !event.repeat()
        {
            event.prevent_default();
            print_now();
        }
    };
    let again = Callback::new(move |()| desk.new_sale());
    view! {
        <Layer label=say::PAID place=Place::Side class="paid-sheet" testid="paid" bare=true firm=true close=again>
            <div class="change" role="status" aria-label=spoken on:keydown=keys data-sale=paid.id.to_string()>
                <span class="word">
                    <Icon name="check" />
                    {say::PAID}
                    " · "
                    {if change_minor == 0 { say::NO_CHANGE } else { say::CHANGE_DUE }}
                </span>
                <b class=width_class(&change) data-testid="change-due" data-minor=change_minor.to_string()>{change}</b>
                <span class="of">{say::paid_of(&format::money(given_minor), &format::money(paid.receipt.sale.total_minor))}</span>
            </div>
            <div class="receipt-frame" tabindex="0" role="region" aria-label=say::RECEIPT>
                <Receipt doc=paid.receipt paper=paper />
            </div>
            <div class="end-row" on:keydown=keys>
                <Button size=Size::Tall on:click=move |_| print_now() attr:data-testid="print" attr:title=say::PRINT_KEY>
                    <Icon name="printer" />
                    {say::PRINT}
                </Button>
                <button type="button" class=crate::widgets::button::class_of(Look::Main, Size::Tall) node_ref=next data-testid="new-sale" on:click=move |_| desk.new_sale()>
                    {say::NEW_SALE}
                </button>
            </div>
        </Layer>
    }
}
