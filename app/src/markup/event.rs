//! Handlers by the name of their event, so that a closure's argument has the event's type.

use wasm_bindgen::JsCast;

/// What an element does on an event.
pub type Handler = Box<dyn FnMut(web_sys::Event)>;

macro_rules! events {
    ($($name:ident: $event:ident),*) => {$(
        #[doc = concat!("A handler of `", stringify!($name), "`.")]
        pub fn $name(mut handler: impl FnMut(web_sys::$event) + 'static) -> Handler {
            Box::new(move |event| handler(event.unchecked_into()))
        }
    )*};
}

events! {
    change: Event,
    click: MouseEvent,
    focus: FocusEvent,
    input: Event,
    keydown: KeyboardEvent,
    pointerdown: PointerEvent,
    scroll: Event,
    submit: SubmitEvent
}
