//! The pieces every page is put together from, one folder each, shown together on `/kit`.
//!
//! They know the shop's look and keyboard manners, and nothing about sales.

pub mod button;
pub mod chip;
pub mod choice;
pub mod dialog;
pub mod empty;
pub mod field;
pub mod icon;
pub mod initial;
pub mod keypad;
pub mod notice;
pub mod progress;
pub mod stepper;
pub mod table;
pub mod tabs;
