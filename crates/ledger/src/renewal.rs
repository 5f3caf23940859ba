//! What the number of a refresh token says: of copies of a till, and of servers that were restored.
//!
//! Numbers are counted per (terminal, epoch). Valid are the current one, the one before it until its successor has
//! been used once, and any higher one: then the server was restored.

/// What a token's number means for the epoch it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renewal {
    /// The epoch goes on; this is the number of the token to answer.
    GoOn(i64),
    /// The token is older than it may be: somebody renewed with a copy of it.
    Clone,
    /// The epoch was forked before; whoever asks gets one of its own.
    Forked,
}

/// What the server knows of the tokens of one (terminal, epoch).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The newest number given out; 0 for an epoch that was itself restored.
    pub number: i64,
    /// Whether two histories of the epoch were found.
    pub forked: bool,
}

/// Decides about a token with this number.
pub const fn renew(known: Known, presented: i64) -> Renewal {
    if known.forked {
        Renewal::Forked
    } else if presented >= known.number {
        Renewal::GoOn(presented.saturating_add(1))
    } else if presented + 1 == known.number {
        // The successor was never used, or the current number were higher: its answer was lost on the way, and is
        // given again.
        Renewal::GoOn(known.number)
    } else {
        Renewal::Clone
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Renewal, renew};

    #[test]
    fn what_a_number_means() {
        for (number, presented, expected) in [
            (5, 5, Renewal::GoOn(6)),
            (5, 4, Renewal::GoOn(5)),
            (5, 3, Renewal::Clone),
            (5, 9, Renewal::GoOn(10)),
            (0, 7, Renewal::GoOn(8)),
            (1, 1, Renewal::GoOn(2)),
        ] {
            assert_eq!(
                renew(Known { number, forked: false }, presented),
                expected,
                "{presented} at {number}"
            );
            assert_eq!(renew(Known { number, forked: true }, presented), Renewal::Forked);
        }
    }
}
