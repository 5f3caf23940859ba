//! Which of a terminal's own entries are booked in the stock of an answer.

use crate::ranges::SeqSet;
use evertill_protocol::changes::Included;

/// One epoch of a terminal, as far as `included` needs it.
#[derive(Clone, Debug)]
pub struct EpochBookings {
    /// Which epoch.
    pub epoch: u32,
    /// Greatest n with 1…n had.
    pub contiguous: u64,
    /// Booked seqs above `contiguous`.
    pub booked_above: SeqSet,
    /// Seqs up to `contiguous` under which nothing is booked: unbooked entries and lost ones.
    pub unbooked: SeqSet,
}

impl EpochBookings {
    /// The ranges of booked seqs; `None` if nothing is booked.
    pub fn included(&self) -> Option<Included> {
        let booked = SeqSet::through(self.contiguous).without(&self.unbooked).with(&self.booked_above);
        (!booked.is_empty()).then(|| Included { epoch: self.epoch, seqs: booked.ranges().to_vec() })
    }
}
