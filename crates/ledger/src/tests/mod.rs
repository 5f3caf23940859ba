//! What the shop would notice, on the ERP in memory.

mod booking;
mod outcomes;
mod pulls;
mod seqs;
mod storms;
mod till;
