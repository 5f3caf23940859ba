//! The till and the back office: what people see.
//!
//! `shop` is the picture of the device's store for the views, `widgets` the pieces, `words` every word, `format` every
//! figure; each page has a folder of its own. Rules lie in `domain`, what is written and sent in `sync`.

mod address;
mod api;
mod cases;
mod device;
mod format;
mod kit;
mod listing;
mod markup;
mod products;
mod reactive;
mod receipt;
mod root;
mod sales;
mod sell;
mod settings;
mod shell;
mod shop;
mod sync;
mod threshold;
mod widgets;
mod words;

fn main() {
    device::crash::name_panics();
    markup::mount(root::Root);
}
