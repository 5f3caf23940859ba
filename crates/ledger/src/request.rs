//! What a request must hold to before its entries are looked at.

use crate::Received;
use crate::received::SEQ_MAX;
use evertill_protocol::{PROTOCOL, UPLOAD_BODIES_MAX, UPLOAD_ENTRIES_MAX, upload::Upload};

/// Most ranges in `lost`.
pub const LOST_MAX: usize = 10_000;

/// Why a whole request is not taken. Nothing of it is kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// More than the protocol allows in one request: 413.
    #[error(
        "at most {UPLOAD_ENTRIES_MAX} entries and {UPLOAD_BODIES_MAX} bytes of bodies go into one upload"
    )]
    TooLarge,
    /// A protocol that this version does not know yet: 503.
    #[error("this server speaks protocol {PROTOCOL}; it will be updated")]
    NewerProtocol,
    /// There never was such a protocol: 400.
    #[error("there is no protocol 0")]
    NoProtocol,
    /// A range in `lost` is reversed, starts at 0, or there are too many: 400.
    #[error(
        "a range in lost begins at 1 or above and ends at or after its beginning; at most {LOST_MAX} of them"
    )]
    Lost,
    /// This epoch was never issued to the terminal: 409.
    #[error("this epoch was never issued to the terminal")]
    Epoch,
    /// The terminal is not known: 404.
    #[error("the terminal is not known here")]
    UnknownTerminal,
}

impl Unfit {
    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self {
            Self::TooLarge => 413,
            Self::NewerProtocol => 503,
            Self::NoProtocol | Self::Lost => 400,
            Self::Epoch => 409,
            Self::UnknownTerminal => 404,
        }
    }

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::NewerProtocol => "newer_protocol",
            Self::NoProtocol => "protocol",
            Self::Lost => "lost",
            Self::Epoch => "epoch",
            Self::UnknownTerminal => "unknown_terminal",
        }
    }
}

/// Checks the envelope's numbers.
pub fn check<E>(upload: &Upload<E>) -> Result<(), Unfit> {
    match upload.protocol {
        0 => return Err(Unfit::NoProtocol),
        PROTOCOL => {}
        _ => return Err(Unfit::NewerProtocol),
    }
    if upload.entries.len() > UPLOAD_ENTRIES_MAX {
        return Err(Unfit::TooLarge);
    }
    let good = |(first, last): &(u64, u64)| (1..=*last).contains(first) && *last <= SEQ_MAX;
    if upload.lost.len() > LOST_MAX || !upload.lost.iter().all(good) {
        return Err(Unfit::Lost);
    }
    Ok(())
}

/// Checks the size of all bodies together.
pub fn check_bodies(entries: &[Received]) -> Result<(), Unfit> {
    let size = |received: &Received| {
        received.entry.as_ref().map_or(received.raw.get().len(), |entry| entry.body.len())
    };
    let total = entries.iter().map(size).fold(0_usize, usize::saturating_add);
    if total > UPLOAD_BODIES_MAX { Err(Unfit::TooLarge) } else { Ok(()) }
}
