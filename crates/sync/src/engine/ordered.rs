//! Ordered collections filled one by one. Collecting into them would sort first, and each such sort is more code than
//! a service worker can afford.

use std::collections::{BTreeMap, BTreeSet};

/// The pairs by key; the last of equals counts.
pub(super) fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// The items in order, each once.
pub(super) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
