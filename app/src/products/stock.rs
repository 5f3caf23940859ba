//! Receiving and correcting stock: one movement, with its reason, booked once however often it is sent.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_protocol::api::{MovementAnswer, MovementReason, MovementRequest, ProductRow};
use leptos::task::spawn_local;

use crate::{
    api::{ApiError, Body},
    format,
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::Mood,
        field::{Field, Select},
        notice::{Notice, Toasts},
    },
    words::{self, products as say},
};

/// What a person may give as reason, with the words for it.
const REASONS: [(MovementReason, &str, &str); 5] = [
    (MovementReason::Receiving, "receiving", say::RECEIVED),
    (MovementReason::Count, "count", say::CORRECTION),
    (MovementReason::Damage, "damage", say::DAMAGED),
    (MovementReason::Loss, "loss", say::LOST),
    (MovementReason::Adjustment, "adjustment", say::OTHER_REASON),
];

/// The form for one product.
#[component]
pub fn MoveStock(row: ProductRow, done: Callback<()>, close: Callback<()>) -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let quantity = RwSignal::new(String::new());
    let reason = RwSignal::new("receiving".to_owned());
    let wrong = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let movement = StoredValue::new(shop.fresh_uuid());
    let product = row.id;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let quantity_milli = match format::read_quantity(&quantity.get_untracked()) {
            Ok(0) => return wrong.set(say::BAD_QUANTITY.to_owned()),
            Ok(milli) => milli,
            Err(misread) => return wrong.set(words::misread(misread, say::BAD_QUANTITY)),
        };
        if busy.get_untracked() {
            return;
        }
        wrong.set(String::new());
        problem.set(None);
        busy.set(true);
        let chosen = reason.with_untracked(|key| {
            REASONS.iter().find(|(_, known, _)| known == key).map(|(reason, ..)| *reason)
        });
        let request = MovementRequest {
            id: movement.get_value(),
            product,
            quantity_milli,
            reason: chosen.unwrap_or(MovementReason::Adjustment),
        };
        spawn_local(async move {
            let answer: Result<MovementAnswer, ApiError> =
                shop.call("POST", "/api/stock/movements", None, Body::json(&request)).await;
            busy.set(false);
            match answer {
                Ok(answer) => {
                    toasts.say(Mood::Good, say::moved(&format::quantity(answer.on_hand_milli)));
                    done.run(());
                    // The form may have been closed before the answer came.
                    if busy.try_get_untracked().is_some() {
                        close.run(());
                    }
                }
                Err(error) if busy.try_get_untracked().is_none() => {
                    toasts.say(Mood::Bad, error.words(say::OFFLINE));
                }
                Err(error) => problem.set(Some(error)),
            }
        });
    };
    view! {
        <form class="card-form" on:submit=submit novalidate>
            <p>
                <b>{row.fields.name}</b>
                " "
                <span class="soft">{say::on_hand_now(&format::quantity(row.on_hand_milli))}</span>
            </p>
            <div class="fields">
                <Field id="m-quantity" label=say::MOVE_QUANTITY value=quantity hint=say::MOVE_QUANTITY_HINT inputmode="text" wrong=wrong required=true />
                <Select
                    id="m-reason"
                    label=say::MOVE_REASON
                    value=reason
                    options=REASONS.iter().map(|(_, key, words)| ((*key).to_owned(), (*words).to_owned())).collect()
                />
            </div>
            {move || problem.get().map(|error| view! { <Notice mood=Mood::Bad text=Signal::derive(move || error.words(say::OFFLINE)) /> })}
            <div class="buttons end">
                <Button on:click=move |_| close.run(())>{words::CANCEL}</Button>
                <Button look=Look::Main submit=true disabled=busy attr:data-testid="movement-book">{say::MOVE_DO}</Button>
            </div>
        </form>
    }
}
