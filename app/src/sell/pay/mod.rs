//! The payment sheet over the cart: cash in one tap, card by hand, or both. It ends in a list of tenders.

mod amount;
mod card;

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::{
    Currency,
    checkout::{CheckoutRefusal, likely_cash_minor},
    sale::{Tender, TenderKind},
};

use super::payment::{Given, Payment};
use crate::{
    format,
    shell::focus_when_there,
    widgets::{
        button::{Button, Look, Size, class_of},
        dialog::{Layer, Place},
        icon::Icon,
        keypad::Keypad,
    },
    words::{self, sell as say},
};
pub use amount::width_class;
use amount::{AmountBox, AmountEntry};
use card::CardForm;

/// What the sheet shows at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// The ways to pay, side by side.
    Choose,
    /// Another cash amount.
    OtherCash,
    /// That cash, much more than anybody hands over: asked about once.
    Doubt { cash_minor: i64, change_minor: i64 },
    /// A card, by hand; the amount may be a part.
    Card(i64),
    /// The first part of a split.
    Split,
}

/// The sheet over `payment`; `give` is called with each part given or taken back, `complete` once with tenders that
/// cover it; `busy` while the sale is saved, `unkept` while the device could not keep what was taken. It does not close
/// while a tender stands: money that was taken must not vanish from the screen.
#[component]
pub fn PaySheet(
    payment: RwSignal<Payment>,
    currency: Currency,
    #[prop(into)] busy: Signal<bool>,
    #[prop(into)] unkept: Signal<bool>,
    give: Callback<Payment>,
    complete: Callback<Vec<Tender>>,
    close: Callback<()>,
) -> impl IntoNode {
    let way = RwSignal::new(Way::Choose);
    let wrong = RwSignal::new(String::new());

    let take = move |kind: TenderKind, amount_minor: i64, reference: String| {
        if busy.get_untracked() {
            return;
        }
        match payment.with_untracked(|payment| payment.give(kind, amount_minor, &reference)) {
            Ok(Given::All(tenders)) => {
                wrong.set(String::new());
                complete.run(tenders);
            }
            Ok(Given::Part(part)) => {
                wrong.set(String::new());
                give.run(part);
                way.set(Way::Choose);
            }
            Err(refusal) => wrong.set(in_words(refusal)),
        }
    };
    let back = Callback::new(move |()| {
        if busy.get_untracked() {
        } else if way.get_untracked() != Way::Choose {
            wrong.set(String::new());
            way.set(Way::Choose);
        } else if let Some(refusal) = payment.with_untracked(standing) {
            wrong.set(refusal);
        } else {
            close.run(());
        }
    });

    let due = Signal::derive(move || format::money(payment.with(Payment::due_minor)));
    view! {
        <Layer label=say::PAYMENT place=Place::Side class="pay-sheet" testid="sheet-pay" firm=true close=back>
            <div class="due" role="status">
                <span class="soft">
                    {move || if payment.with(|payment| payment.tenders().is_empty()) { say::TO_PAY } else { say::STILL_TO_PAY }}
                </span>
                <b data-testid="due" class=move || width_class(&due.get())>{move || due.get()}</b>
            </div>
            <TenderList payment=payment wrong=wrong busy=busy give=give />
            {move || {
                let due_minor = payment.with(Payment::due_minor);
                // Covered, and still here: it could not be completed, and only that is left to do, or to give back.
                let shown = if due_minor == 0 { Way::Choose } else { way.get() };
                match shown {
                    Way::Choose => {
                        view! { <Ways payment=payment currency=currency busy=busy way=way complete=complete give=Callback::new(move |(kind, amount)| take(kind, amount, String::new())) /> }
                            .into_node()
                    }
                    Way::OtherCash => {
                        let counted = move |cash_minor: i64| match payment.with_untracked(|payment| payment.doubtful_change_minor(cash_minor, currency)) {
                            Some(change_minor) => way.set(Way::Doubt { cash_minor, change_minor }),
                            None => take(TenderKind::Cash, cash_minor, String::new()),
                        };
                        view! { <AmountEntry due_minor=due_minor busy=busy take=Callback::new(counted) back=back /> }
                            .into_node()
                    }
                    Way::Doubt { cash_minor, change_minor } => {
                        view! { <Doubt cash_minor=cash_minor change_minor=change_minor busy=busy take=Callback::new(move |()| take(TenderKind::Cash, cash_minor, String::new())) again=Callback::new(move |()| way.set(Way::OtherCash)) /> }
                            .into_node()
                    }
                    Way::Card(amount_minor) => {
                        view! { <CardForm amount_minor=amount_minor busy=busy take=Callback::new(move |reference| take(TenderKind::Card, amount_minor, reference)) back=back /> }
                            .into_node()
                    }
                    Way::Split => {
                        view! { <SplitEntry due_minor=due_minor wrong=wrong way=way give=Callback::new(move |amount| take(TenderKind::Cash, amount, String::new())) back=back /> }
                            .into_node()
                    }
                }
            }}
            <p class="wrong-words strong" role="alert">{move || wrong.get()}</p>
            <p class="wrong-words strong" role="alert" data-testid="money-unkept">
                {move || if unkept.get() { say::MONEY_UNKEPT } else { "" }}
            </p>
            <p class="soft small">
                {move || match (busy.get(), payment.with(|payment| payment.tenders().is_empty())) {
                    (true, _) => say::SAVING,
                    (false, true) => say::ESC_BACK,
                    (false, false) => say::TAKEN_STAYS,
                }}
            </p>
        </Layer>
    }
}

/// The ways to pay, side by side. Exact has the focus, so that Enter is enough.
#[component]
fn Ways(
    payment: RwSignal<Payment>,
    currency: Currency,
    #[prop(into)] busy: Signal<bool>,
    way: RwSignal<Way>,
    complete: Callback<Vec<Tender>>,
    give: Callback<(TenderKind, i64)>,
) -> impl IntoNode {
    let now = payment.get_untracked();
    let due_minor = now.due_minor();
    if due_minor == 0 {
        // A sale that costs nothing needs no tender; one that was not saved has them all.
        let words = match now.change_minor() {
            0 => say::NOTHING_TO_PAY.to_owned(),
            change_minor => say::change_preview(&format::money(change_minor)),
        };
        return view! {
            <div class="part">
                <p class="strong">{words}</p>
                <Button look=Look::Main size=Size::Tall disabled=busy on:click=move |_| complete.run(now.tenders().to_vec()) attr:autofocus=true attr:data-testid="cash-exact">
                    {say::FINISH_FREE}
                </Button>
            </div>
        }
        .into_node();
    }
    let cash = move |amount_minor: i64| give.run((TenderKind::Cash, amount_minor));
    let notes = likely_cash_minor(due_minor, currency)
        .into_iter()
        .map(|note_minor| {
            view! {
                <button
                    type="button"
                    class="button"
                    data-testid="cash-note"
                    data-minor=note_minor.to_string()
                    disabled=move || busy.get()
                    on:click=move |_| cash(note_minor)
                >
                    <span>{format::money(note_minor)}</span>
                    <small>{say::change_preview(&format::money(note_minor - due_minor))}</small>
                </button>
            }
        })
        .collect::<Vec<_>>();
    let focus = NodeRef::<leptos::html::Button>::new();
    focus_when_there(move || focus.get().map(Into::into));
    view! {
        <section class="part">
            <h3>{say::CASH}</h3>
            <div class=format!("notes {}", width_class(&format::money(due_minor)))>
                <button
                    type="button"
                    class="button main"
                    node_ref=focus
                    data-testid="cash-exact"
                    disabled=move || busy.get()
                    on:click=move |_| cash(due_minor)
                >
                    <span>{say::EXACT}</span>
                    <small>{format::money(due_minor)}</small>
                </button>
                {notes}
                <button type="button" class="button" data-testid="cash-other" disabled=move || busy.get() on:click=move |_| way.set(Way::OtherCash)>
                    {say::OTHER}
                </button>
            </div>
        </section>
        <section class="part">
            <h3>{say::CARD}</h3>
            <div class="ways">
                <Button size=Size::Tall disabled=busy on:click=move |_| way.set(Way::Card(due_minor)) attr:data-testid="card">
                    <Icon name="card" />
                    {say::CARD_BY_HAND}
                </Button>
                <Button size=Size::Tall disabled=busy on:click=move |_| way.set(Way::Split) attr:data-testid="split">
                    {say::SPLIT}
                </Button>
            </div>
        </section>
    }
    .into_node()
}

/// Asks about cash that nobody hands over. Counting again has the focus: a second Enter books nothing.
#[component]
fn Doubt(
    cash_minor: i64,
    change_minor: i64,
    #[prop(into)] busy: Signal<bool>,
    take: Callback<()>,
    again: Callback<()>,
) -> impl IntoNode {
    let focus = NodeRef::<leptos::html::Button>::new();
    focus_when_there(move || focus.get().map(Into::into));
    view! {
        <section class="part" data-testid="doubt">
            <h3>{say::CASH}</h3>
            <p class="strong" role="alert">{say::doubtful_change(&format::money(cash_minor), &format::money(change_minor))}</p>
            <div class="ways">
                <button type="button" class=class_of(Look::Main, Size::Tall) node_ref=focus data-testid="doubt-again" on:click=move |_| again.run(())>
                    {say::COUNT_AGAIN}
                </button>
                <Button size=Size::Tall disabled=busy on:click=move |_| take.run(()) attr:data-testid="doubt-right">{say::IT_IS_RIGHT}</Button>
            </div>
        </section>
    }
}

/// The first part of a split: an amount below what is due, then how it is paid.
#[component]
fn SplitEntry(
    due_minor: i64,
    wrong: RwSignal<String>,
    way: RwSignal<Way>,
    give: Callback<i64>,
    back: Callback<()>,
) -> impl IntoNode {
    let amount = RwSignal::new(0_i64);
    let part = move || {
        let amount_minor = amount.get_untracked();
        let fits = amount_minor > 0 && amount_minor < due_minor;
        wrong.set(match (fits, amount_minor) {
            (true, _) => String::new(),
            (false, 0) => say::ABOVE_ZERO.to_owned(),
            (false, _) => say::PART_TOO_LARGE.to_owned(),
        });
        fits.then_some(amount_minor)
    };
    view! {
        <section class="part" on:keydown=move |event| amount::typed(&event, amount)>
            <p class="soft">{say::SPLIT_TEXT}</p>
            <AmountBox amount=amount outcome=Signal::derive(move || say::missing(&format::money((due_minor - amount.get()).max(0)))) />
            <Keypad press=Callback::new(move |key| amount.update(|now| *now = crate::widgets::keypad::pressed(*now, key))) />
            <div class="ways">
                <Button size=Size::Tall look=Look::Main on:click=move |_| if let Some(amount) = part() { give.run(amount) } attr:data-testid="split-cash">
                    <Icon name="cash" />
                    {say::TAKE_CASH}
                </Button>
                <Button
                    size=Size::Tall
                    look=Look::Main
                    on:click=move |_| if let Some(amount) = part() { way.set(Way::Card(amount)) }
                    attr:data-testid="split-card"
                >
                    <Icon name="card" />
                    {say::TAKE_CARD}
                </Button>
            </div>
            <Button on:click=move |_| back.run(())>{say::BACK}</Button>
        </section>
    }
}

/// What was given so far, each part with a way to take it back.
#[component]
fn TenderList(
    payment: RwSignal<Payment>,
    wrong: RwSignal<String>,
    #[prop(into)] busy: Signal<bool>,
    give: Callback<Payment>,
) -> impl IntoNode {
    let rows = move || {
        payment.with(|given| {
            given
                .tenders()
                .iter()
                .enumerate()
                .map(|(at, tender)| {
                    let name = match tender.kind {
                        TenderKind::Cash => say::CASH,
                        TenderKind::Card => say::CARD,
                    };
                    let amount = format::money(tender.amount_minor);
                    let drop_it = move |_| {
                        wrong.set(String::new());
                        give.run(payment.with_untracked(|payment| payment.without(at)));
                    };
                    let take_back = say::take_back(&format!("{name} {amount}"));
                    view! {
                        <li>
                            <span>
                                {name} " " <span class="soft">{tender.reference.clone()}</span>
                            </span>
                            <span class="pair">
                                <b class="num">{amount}</b>
                                <button
                                    type="button"
                                    class="button plain square"
                                    aria-label=take_back
                                    data-testid="take-back"
                                    disabled=move || busy.get()
                                    on:click=drop_it
                                >
                                    <Icon name="close" />
                                </button>
                            </span>
                        </li>
                    }
                })
                .collect::<Vec<_>>()
        })
    };
    view! {
        <Show when=move || payment.with(|payment| !payment.tenders().is_empty())>
            <section class="part">
                <h3>{say::GIVEN}</h3>
                <ul class="tenders">{rows}</ul>
            </section>
        </Show>
    }
}

/// Why the sheet stays open: the first tender that stands. `None` when nothing was given.
fn standing(payment: &Payment) -> Option<String> {
    let tender = payment.tenders().first()?;
    let card = (tender.kind == TenderKind::Card).then(|| tender.reference.as_deref().unwrap_or_default());
    Some(say::taken_first(&format::money(tender.amount_minor), card))
}

/// Why a tender was not taken.
pub fn in_words(refusal: CheckoutRefusal) -> String {
    match refusal {
        CheckoutRefusal::Empty => words::sell::EMPTY_CART.to_owned(),
        CheckoutRefusal::Short { missing_minor } => say::missing(&format::money(missing_minor)),
        CheckoutRefusal::CardOverTendered => say::CARD_OVER.to_owned(),
        CheckoutRefusal::Amount => say::ABOVE_ZERO.to_owned(),
        CheckoutRefusal::Reference => say::REFERENCE_LONG.to_owned(),
        CheckoutRefusal::TooLarge => say::TOO_LARGE.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tender_that_stands_is_named_and_keeps_the_sheet_open() {
        let total = Payment::of(1_000);
        assert_eq!(standing(&total), None);
        for (kind, reference, words) in [
            (TenderKind::Card, "REF-1", "5.00 was taken by card \u{2068}REF-1\u{2069}; take it back first."),
            (TenderKind::Card, "", "5.00 was taken by card; take it back first."),
            (TenderKind::Cash, "", "5.00 was taken in cash; take it back first."),
        ] {
            let Ok(Given::Part(part)) = total.give(kind, 500, reference) else { panic!("a part") };
            assert_eq!(standing(&part).as_deref(), Some(words));
            assert_eq!(standing(&part.without(0)), None);
        }
    }
}
