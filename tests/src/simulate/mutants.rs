//! Seeded mistakes that prove the checkers: each stands for an engine or a server somebody might write.
//!
//! They sit at the ports, so that the engine under test stays the real one; two sit in the ledger's ERP in memory, which
//! knows them by name ([`Mistake`]).

use evertill_ledger::memory::Mistake;

/// A mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutant {
    /// No mistake: the real thing.
    None,
    /// The server answers before it commits, and sometimes crashes between.
    AcksBeforeCommit,
    /// The server books a sale again when it comes again.
    BooksTwice,
    /// The engine takes a 500 for success.
    TakesFailureForSuccess,
    /// The engine takes any answer for its own, whatever batch it echoes.
    IgnoresBatch,
    /// The engine takes an entry that the answer leaves out for accepted.
    TakesSilenceForSuccess,
    /// The engine removes entries from the outbox before it sends them.
    DeletesBeforeSending,
    /// The engine never queues again what a restored ERP asks for.
    IgnoresResend,
    /// The engine stores the cursor before its page.
    CursorBeforePage,
    /// The engine does not ask which own sales a stock contains.
    IgnoresIncluded,
    /// The till commits sales without strict durability.
    SellsRelaxed,
    /// The ERP forgets what it took, ids and places, after a while.
    ForgetsIds,
    /// The ERP's cursor is the time of a change and not its place in the order of commits.
    CursorByClock,
}

impl Mutant {
    /// Every mistake.
    pub const ALL: [Self; 12] = [
        Self::AcksBeforeCommit,
        Self::BooksTwice,
        Self::TakesFailureForSuccess,
        Self::IgnoresBatch,
        Self::TakesSilenceForSuccess,
        Self::DeletesBeforeSending,
        Self::IgnoresResend,
        Self::CursorBeforePage,
        Self::IgnoresIncluded,
        Self::SellsRelaxed,
        Self::ForgetsIds,
        Self::CursorByClock,
    ];

    /// The ledger's part in it.
    pub(super) const fn of_the_ledger(self) -> Option<Mistake> {
        match self {
            Self::ForgetsIds => Some(Mistake::ForgetsIds),
            Self::CursorByClock => Some(Mistake::CursorByClock),
            _ => None,
        }
    }
}
