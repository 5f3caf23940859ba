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
