//! What the app asks of the device it runs on: a sound, the printer, a few preferences, a file to save.

pub mod crash;
pub mod file;
pub mod preferences;
pub mod print;
pub mod sound;
