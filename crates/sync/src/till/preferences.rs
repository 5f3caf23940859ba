//! How this device likes to be used: a text for each name. What a name means is the app's business.
//!
//! They belong to the device: leaving the terminal leaves them as they are.

use super::Till;
use crate::{
    ports::{Decision, Durability, Read, Store, StoreError, Table, Write},
    rows::meta,
};

/// Version byte of a preference; UTF-8 text follows.
const TEXT: u8 = 1;
const ON: &str = "on";

impl<S: Store> Till<S> {
    /// The texts under these names, in their order; `None` where nothing was kept or nothing can be read.
    pub async fn preferences(&self, names: &[&str]) -> Result<Vec<Option<String>>, StoreError> {
        let reads = names.iter().map(|name| Read::Get(Table::Meta, meta::preference(name))).collect();
        let rows = self.store.read(reads).await?;
        Ok(rows.iter().map(|rows| text(&rows.first()?.1)).collect())
    }

    /// Keeps a text under each name.
    pub async fn keep_preferences(&self, kept: &[(&str, String)]) -> Result<(), StoreError> {
        let writes = kept.iter().map(|(name, text)| kept_as(name, text)).collect();
        let decide = |_| Decision::Commit(writes, ());
        self.store.transact(Durability::Relaxed, &[Table::Meta], Vec::new(), decide).await
    }

    /// Whether this browser left its terminal on purpose. It goes with the storage: what was emptied knows nothing of
    /// it.
    pub async fn left(&self) -> Result<bool, StoreError> {
        Ok(self.preferences(&[meta::LEFT]).await?.first().is_some_and(|left| left.as_deref() == Some(ON)))
    }
}

/// The write that says that this browser left its terminal on purpose.
pub(super) fn leaving() -> Write {
    kept_as(meta::LEFT, ON)
}

fn kept_as(name: &str, text: &str) -> Write {
    Write::Put(Table::Meta, meta::preference(name), [&[TEXT], text.as_bytes()].concat())
}

fn text(value: &[u8]) -> Option<String> {
    match value.split_first() {
        Some((&TEXT, text)) => String::from_utf8(text.to_vec()).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{MemoryStore, run_ready, shop};
    use std::rc::Rc;

    #[test]
    fn preferences_outlive_the_terminal_and_leaving_is_remembered_until_the_next() {
        let store = MemoryStore::new();
        let till = run_ready(shop::enrolled(Rc::new(store.clone()), 1, 1, 0));
        let read = || run_ready(till.preferences(&["sound", "theme"])).expect("readable");
        assert_eq!(read(), [None, None]);
        run_ready(till.keep_preferences(&[("sound", "off".to_owned())])).expect("kept");
        assert_eq!(read(), [Some("off".to_owned()), None]);
        // The row as it lies there: later versions read it.
        let rows = store.rows(Table::Meta);
        assert!(rows.contains(&(b"preference:sound".to_vec(), b"\x01off".to_vec())));

        assert_eq!(run_ready(till.left()), Ok(false));
        run_ready(till.reset(None)).expect("nothing is only here");
        assert_eq!(run_ready(till.left()), Ok(true));
        assert_eq!(read(), [Some("off".to_owned()), None]);
        assert_eq!(store.rows(Table::Meta).len(), 2, "nothing else is left of the terminal");
        run_ready(till.keep_tokens(&shop::tokens(1, 2), 0)).expect("enrolled again");
        assert_eq!(run_ready(till.left()), Ok(false));
    }
}
