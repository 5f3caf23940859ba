//! What remains of a failure of the app itself.

/// From here on a panic leaves its words in the console before the module stops. `public/start.js`, which does not need
/// this module to be alive, then says that paid sales are safe and starts the page afresh.
pub fn name_panics() {
    std::panic::set_hook(Box::new(|info| web_sys::console::error_1(&info.to_string().into())));
}
