//! The offline engine of a till: journal, outbox, upload, pull; pure step, small driver, ports.
