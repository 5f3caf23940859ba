//! The change feed's cursor: which feed, how far, and a mark of the commit that wrote the row there, so that
//! a cursor from before a restore is known for what it is.

use uuid::Uuid;

/// A place in the change feed. Travels as opaque text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The feed's name.
    pub feed: Uuid,
    /// Number of the last change that was read; 0 before the first.
    pub position: u64,
    /// Mark of the commit that wrote `position`; 0 for position 0.
    pub mark: u64,
}

/// The feed as it is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedFacts {
    /// Its name.
    pub feed: Uuid,
    /// Number of its newest change.
    pub position: u64,
    /// Cursors before this position miss forgotten deletes.
    pub tombstones_from: u64,
    /// Mark of the commit that wrote the cursor's position, if there is such a commit.
    pub mark_at_cursor: Option<u64>,
}

/// The cursor leads nowhere: the till must load a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cursor is no longer good; load a snapshot")]
pub struct Resync;

impl Cursor {
    /// The text that the till keeps: URL-safe.
    pub fn encode(&self) -> String {
        format!("{}-{:x}-{:x}", self.feed.simple(), self.position, self.mark)
    }

    /// The cursor in this text; what no server ever wrote asks for a resync.
    pub fn decode(text: &str) -> Result<Self, Resync> {
        let mut parts = text.split('-');
        let (Some(feed), Some(position), Some(mark), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Resync);
        };
        let number = |part: &str| u64::from_str_radix(part, 16).map_err(|_| Resync);
        let feed = Uuid::try_parse(feed).map_err(|_| Resync)?;
        Ok(Self { feed, position: number(position)?, mark: number(mark)? })
    }

    /// Whether changes can be read from here.
    pub fn check(&self, facts: &FeedFacts) -> Result<(), Resync> {
        let good = self.feed == facts.feed
            && self.position <= facts.position
            && self.position >= facts.tombstones_from
            && (if self.position == 0 { self.mark == 0 } else { facts.mark_at_cursor == Some(self.mark) });
        if good { Ok(()) } else { Err(Resync) }
    }
}

/// Where a snapshot's next page begins. Travels as opaque, URL-safe text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SnapshotPlace {
    /// The cursor of the first page, repeated on every page.
    pub cursor: Cursor,
    /// The last position that was read.
    pub read_through: u64,
    /// About how many documents there are.
    pub total: u64,
}

impl SnapshotPlace {
    /// The text that the till passes as `after`.
    pub fn encode(&self) -> String {
        format!("{}-{:x}-{:x}", self.cursor.encode(), self.read_through, self.total)
    }

    /// The place in this text.
    pub fn decode(text: &str) -> Result<Self, Resync> {
        let (rest, total) = text.rsplit_once('-').ok_or(Resync)?;
        let (cursor, read_through) = rest.rsplit_once('-').ok_or(Resync)?;
        let number = |part: &str| u64::from_str_radix(part, 16).map_err(|_| Resync);
        Ok(Self {
            cursor: Cursor::decode(cursor)?,
            read_through: number(read_through)?,
            total: number(total)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Cursor, FeedFacts, Resync, SnapshotPlace};
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn only_a_cursor_of_this_history_is_good() {
        let feed = Uuid::from_u128(7);
        let cursor = Cursor { feed, position: 5, mark: 9 };
        let facts = FeedFacts { feed, position: 8, tombstones_from: 0, mark_at_cursor: Some(9) };
        assert_eq!(cursor.check(&facts), Ok(()));
        for (facts, why) in [
            (FeedFacts { feed: Uuid::from_u128(8), ..facts }, "another feed"),
            (FeedFacts { position: 4, ..facts }, "a restored ERP, still behind"),
            (FeedFacts { mark_at_cursor: Some(10), ..facts }, "a restored ERP that wrote on"),
            (FeedFacts { mark_at_cursor: None, ..facts }, "no such commit"),
            (FeedFacts { tombstones_from: 6, ..facts }, "older than the tombstones"),
        ] {
            assert_eq!(cursor.check(&facts), Err(Resync), "{why}");
        }
    }

    proptest! {
        #[test]
        fn texts_are_read_back(feed: u128, position: u64, mark: u64, read_through: u64, total: u64) {
            let cursor = Cursor { feed: Uuid::from_u128(feed), position, mark };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
            let place = SnapshotPlace { cursor, read_through, total };
            prop_assert_eq!(SnapshotPlace::decode(&place.encode()), Ok(place));
        }
    }
}
