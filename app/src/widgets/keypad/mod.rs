//! Ten digits, double zero and erase. It reports keys; what they mean is the caller's.

use crate::markup::view;
use crate::reactive::prelude::*;

use super::icon::Icon;
use crate::words;

/// A key of the pad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PadKey {
    /// 0 to 9.
    Digit(u8),
    /// Two zeros at once.
    DoubleZero,
    /// Takes the last digit back.
    Erase,
}

/// The amount in minor units after `key`, as tills count: digits push from the right. Bounded, so it never overflows.
pub fn pressed(amount_minor: i64, key: PadKey) -> i64 {
    /// Twelve digits: more than any drawer holds, in any currency.
    const MOST: i64 = 999_999_999_999;
    let next = match key {
        PadKey::Digit(digit) => amount_minor.saturating_mul(10).saturating_add(i64::from(digit)),
        PadKey::DoubleZero => amount_minor.saturating_mul(100),
        PadKey::Erase => amount_minor / 10,
    };
    if next > MOST { amount_minor } else { next }
}

/// The key of the pad that a key of the keyboard stands for.
pub fn pad_key(key: &str) -> Option<PadKey> {
    match key {
        "Backspace" => Some(PadKey::Erase),
        _ => match key.as_bytes() {
            [digit @ b'0'..=b'9'] => Some(PadKey::Digit(digit - b'0')),
            _ => None,
        },
    }
}

/// The pad.
#[component]
pub fn Keypad(press: Callback<PadKey>) -> impl IntoNode {
    let digit = move |digit: u8| {
        view! { <button type="button" class="button" on:click=move |_| press.run(PadKey::Digit(digit))>{digit.to_string()}</button> }
    };
    view! {
        <div class="keypad" role="group" aria-label=words::sell::KEYPAD>
            {[7, 8, 9, 4, 5, 6, 1, 2, 3, 0].map(digit).into_iter().collect::<Vec<_>>()}
            <button type="button" class="button" on:click=move |_| press.run(PadKey::DoubleZero)>"00"</button>
            <button type="button" class="button" aria-label=words::sell::ERASE on:click=move |_| press.run(PadKey::Erase)>
                <Icon name="erase" />
            </button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_push_from_the_right() {
        let typed = |keys: &[&str]| keys.iter().filter_map(|key| pad_key(key)).fold(0, pressed);
        for (keys, amount) in [
            (&["4", "0", "0", "0"][..], 4_000),
            (&["4", "0", "Backspace"], 4),
            (&["a", "Enter", "7"], 7),
            (&["9"; 14], 999_999_999_999),
        ] {
            assert_eq!(typed(keys), amount, "{keys:?}");
        }
        assert_eq!(pressed(12, PadKey::DoubleZero), 1_200);
    }
}
