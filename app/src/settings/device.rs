//! How this device likes to be used.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::scan::ScanThresholds;

use crate::{
    device::preferences::{CHARACTERS_MIN, GAP_MS, Preferences, Theme},
    widgets::{
        button::Button,
        chip::Mood,
        field::{Check, Field, Select},
        notice::Notice,
    },
    words::{TRY_AGAIN, settings as say},
};

/// Printing by itself, the sound, and when keys count as a scan.
#[component]
pub fn Receipts() -> impl IntoNode {
    let preferences = Preferences::here();
    let now = preferences.scan_now();
    let gap = RwSignal::new(now.gap_ms.to_string());
    let least = RwSignal::new(now.characters_min.to_string());
    let read_gap =
        move || gap.with(|text| text.trim().parse::<u32>().ok().filter(|gap| GAP_MS.contains(gap)));
    let read_least = move || {
        least.with(|text| text.trim().parse::<u8>().ok().filter(|least| CHARACTERS_MIN.contains(least)))
    };
    Effect::new(move |_| {
        if let (Some(gap_ms), Some(characters_min)) = (read_gap(), read_least()) {
            let typed = ScanThresholds { gap_ms, characters_min };
            if typed != preferences.scan_now() {
                preferences.set_scan(typed);
            }
        }
    });
    let gap_wrong = move || if read_gap().is_some() { String::new() } else { say::SCAN_BAD_GAP.to_owned() };
    let least_wrong =
        move || if read_least().is_some() { String::new() } else { say::SCAN_BAD_MIN.to_owned() };
    let reset = move |_| {
        let usual = ScanThresholds::default();
        gap.set(usual.gap_ms.to_string());
        least.set(usual.characters_min.to_string());
    };
    view! {
        <section class="card">
            <h2>{say::RECEIPTS}</h2>
            <Check label=say::AUTO_PRINT checked=Signal::derive(move || preferences.auto_print()) change=move |on| preferences.set_auto_print(on) />
            <Check label=say::SOUND checked=Signal::derive(move || preferences.sound()) change=move |on| preferences.set_sound(on) />
            <p class="soft small">{say::SCAN_HINT}</p>
            <div class="fields">
                <Field id="scan-gap" label=say::SCAN_GAP value=gap inputmode="numeric" wrong=Signal::derive(gap_wrong) />
                <Field id="scan-least" label=say::SCAN_MIN value=least inputmode="numeric" wrong=Signal::derive(least_wrong) />
            </div>
            <div class="buttons">
                <Button on:click=reset>{say::SCAN_RESET}</Button>
            </div>
            <Unkept shown=Signal::derive(move || preferences.unkept()) again=move |()| preferences.keep_waiting() />
        </section>
    }
}

/// Light or dark.
#[component]
pub fn Look() -> impl IntoNode {
    let preferences = Preferences::here();
    let chosen = RwSignal::new(preferences.theme_now().key().to_owned());
    Effect::new(move |_| {
        let theme = Theme::from_key(&chosen.get());
        if theme != preferences.theme_now() {
            preferences.set_theme(theme);
        }
    });
    let options =
        [(Theme::Auto, say::THEME_AUTO), (Theme::Light, say::THEME_LIGHT), (Theme::Dark, say::THEME_DARK)];
    view! {
        <section class="card">
            <h2>{say::LOOK}</h2>
            <Select id="theme" label=say::THEME value=chosen options=options.map(|(theme, words)| (theme.key().to_owned(), words.to_owned())).to_vec() />
            <Unkept shown=Signal::derive(move || preferences.theme_unkept()) again=move |()| preferences.keep_theme() />
        </section>
    }
}

/// Says, while it is so, that a change on this card could not be kept.
#[component]
fn Unkept(shown: Signal<bool>, #[prop(into)] again: Callback<()>) -> impl IntoNode {
    view! {
        <Show when=move || shown.get()>
            <Notice mood=Mood::Bad text=Signal::derive(|| say::UNKEPT.to_owned())>
                <Button on:click=move |_| again.run(()) attr:data-testid="unkept-again">{TRY_AGAIN}</Button>
            </Notice>
        </Show>
    }
}
