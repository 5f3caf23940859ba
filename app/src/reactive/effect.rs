//! What happens because something changed.

/// Something done soon after the page was built, and again whenever what it read has changed.
pub struct Effect;

impl Effect {
    /// An effect of the present owner.
    #[expect(clippy::new_ret_no_self, reason = "as in Leptos; nobody touches an effect again")]
    pub fn new(act: impl FnMut(Option<()>) + 'static) {
        Self::of(Box::new(act));
    }

    fn of(mut act: Box<dyn FnMut(Option<()>)>) {
        leptos::prelude::Effect::new(move |before: Option<()>| act(before));
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use crate::{
        markup::{
            IntoNode,
            stage::{Stage, settled},
        },
        reactive::prelude::*,
    };
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn an_effect_runs_soon_once_for_all_changes_and_ends_with_its_owner() {
        let (signal, other, seen) = (RwSignal::new(1), RwSignal::new(10), StoredValue::new(vec![]));
        let stage = Stage::new(move || {
            Effect::new(move |_| {
                let sum = signal.get() + other.get();
                seen.update_value(|seen| seen.push(sum));
            });
            ().into_node()
        });
        assert!(seen.with_value(Vec::is_empty), "not while the page is made");
        settled().await;
        assert_eq!(seen.get_value(), [11]);
        signal.set(2);
        signal.set(3);
        other.set(20);
        settled().await;
        assert_eq!(seen.get_value(), [11, 23]);
        signal.set(4);
        drop(stage);
        settled().await;
        signal.set(5);
        settled().await;
        assert_eq!(seen.get_value(), [11, 23]);
    }

    #[wasm_bindgen_test]
    async fn an_effect_follows_what_it_read_the_last_time() {
        let (chosen, one, other) = (RwSignal::new(true), RwSignal::new(1), RwSignal::new(10));
        let seen = StoredValue::new(vec![]);
        let _stage = Stage::new(move || {
            Effect::new(move |_| {
                let read = if chosen.get() { one.get() } else { other.get() };
                seen.update_value(|seen| seen.push(read));
            });
            ().into_node()
        });
        settled().await;
        one.set(2);
        settled().await;
        chosen.set(false);
        settled().await;
        one.set(3);
        settled().await;
        other.set(11);
        settled().await;
        assert_eq!(seen.get_value(), [1, 2, 10, 11]);
    }
}
