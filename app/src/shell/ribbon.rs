//! What concerns the whole till for a while: the first catalogue, an update, a revoked terminal, a doubtful clock.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_sync::engine::Attention;

use crate::{
    format,
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::Mood,
        notice::{Notice, Toasts},
        progress::Progress,
    },
    words::nav as say,
};

/// Notices between the bar and the page; empty and without height most of the time.
#[component]
pub fn Ribbon() -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let loading = Memo::new(move |_| shop.loading().is_some());
    let done = Signal::derive(move || shop.loading().map_or(0, |loading| loading.done));
    let total = Signal::derive(move || shop.loading().map_or(0, |loading| loading.total));
    let revoked = move || {
        let queue = shop.queue();
        let left = queue.pending + queue.carried + queue.failed;
        if left > 0 { say::REVOKED.to_owned() } else { say::REVOKED_EMPTY.to_owned() }
    };
    view! {
        <div class="ribbon">
            <Show when=move || loading.get()>
                <Progress label=Signal::derive(|| say::CATALOGUE_LOADING.to_owned()) done=done total=total />
            </Show>
            <Show when=move || shop.money_unkept()>
                <Notice mood=Mood::Bad text=Signal::derive(|| crate::words::sell::MONEY_UNKEPT.to_owned()) />
            </Show>
            <Show when=move || shop.revoked()>
                <Notice mood=Mood::Bad text=Signal::derive(revoked) />
            </Show>
            <Show when=move || shop.attention() == Some(Attention::EnrolAgain)>
                <Notice mood=Mood::Bad text=Signal::derive(|| say::ENROL_AGAIN.to_owned()) />
            </Show>
            <Show when=move || shop.attention() == Some(Attention::Update)>
                <Notice mood=Mood::Wait text=Signal::derive(|| say::TOO_OLD.to_owned())>
                    <Button on:click=move |_| shop.look_for_update()>{crate::words::settings::UPDATE_CHECK}</Button>
                </Notice>
            </Show>
            <Show when=move || shop.update_ready() && shop.idle()>
                <Notice mood=Mood::Good text=Signal::derive(|| say::UPDATE.to_owned())>
                    <Button look=Look::Main on:click=move |_| shop.update_now(toasts) attr:data-testid="update-now">{say::UPDATE_NOW}</Button>
                </Notice>
            </Show>
            <Show when=move || shop.clock_doubt()>
                <Notice mood=Mood::Wait text=Signal::derive(move || say::clock_question(&format::date_time(shop.now_ms())))>
                    <Button on:click=move |_| shop.clock_is_right() attr:data-testid="clock-right">{say::CLOCK_RIGHT}</Button>
                </Notice>
            </Show>
        </div>
    }
}
