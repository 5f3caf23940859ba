//! Maps and sets for what comes in few pieces or in order: pairs in a vector, in order of their keys.
//!
//! Each type that a tree of the standard library holds is three to five kilobytes of code to download; here it is some
//! hundred bytes. A key that comes in order is appended; one that does not moves those behind it, so a catalogue is
//! nothing for these.

/// Values by key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallMap<K, V>(Vec<(K, V)>);

/// Keys, each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmallSet<K>(SmallMap<K, ()>);

impl<K, V> Default for SmallMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> SmallMap<K, V> {
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// The value of this key.
    pub fn get(&self, key: &K) -> Option<&V> {
        let place = self.place(key).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let place = self.place(key).ok()?;
        self.0.get_mut(place).map(|(_, value)| value)
    }

    /// The pair with the lowest key.
    pub fn first_mut(&mut self) -> Option<(&K, &mut V)> {
        self.0.first_mut().map(|(key, value)| (&*key, value))
    }

    /// The value of this key, which is `absent` if there was none.
    pub fn or_insert(&mut self, key: K, absent: V) -> &mut V {
        let place = self.place(&key).unwrap_or_else(|place| {
            self.0.insert(place, (key, absent));
            place
        });
        &mut self.0[place].1
    }

    /// Puts a value there; the one before is answered.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(place) => self.0.get_mut(place).map(|(_, known)| core::mem::replace(known, value)),
            Err(place) => {
                self.0.insert(place, (key, value));
                None
            }
        }
    }

    /// Takes the value of this key out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.place(key).ok().map(|place| self.0.remove(place).1)
    }

    /// Takes all out for which `keep` says no.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| keep(key, value));
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The pairs, lowest key first.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// The keys, lowest first.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.0.iter().map(|(key, _)| key)
    }

    /// The values, that of the lowest key first.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.0.iter().map(|(_, value)| value)
    }
}

/// Of pairs with the same key the last counts.
impl<K: Ord, V> FromIterator<(K, V)> for SmallMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut map = Self::default();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        map
    }
}

impl<K> Default for SmallSet<K> {
    fn default() -> Self {
        Self(SmallMap::default())
    }
}

impl<K: Ord> SmallSet<K> {
    /// Whether this key is there.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Puts a key in.
    pub fn insert(&mut self, key: K) {
        self.0.insert(key, ());
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &K) {
        self.0.remove(key);
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The keys, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = &K> {
        self.0.keys()
    }

    /// The keys, lowest first.
    pub fn into_vec(self) -> Vec<K> {
        self.0.0.into_iter().map(|(key, ())| key).collect()
    }
}

impl<K: Ord> FromIterator<K> for SmallSet<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::default();
        for key in keys {
            set.insert(key);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::{SmallMap, SmallSet};
    use std::collections::BTreeMap;

    #[test]
    fn a_small_map_is_a_map_in_order_of_its_keys() {
        let (mut small, mut known) = (SmallMap::default(), BTreeMap::new());
        for step in 0_u32..400 {
            let key = step * 7919 % 61;
            match step % 5 {
                0 => assert_eq!(small.remove(&key), known.remove(&key), "{step}"),
                1 => *small.or_insert(key, 9) += 1,
                _ => assert_eq!(small.insert(key, step), known.insert(key, step), "{step}"),
            }
            if step % 5 == 1 {
                *known.entry(key).or_insert(9) += 1;
            }
            assert_eq!(small.get(&key), known.get(&key), "{step}");
            assert!(small.iter().eq(&known) && small.len() == known.len(), "{step}");
        }
        assert_eq!(small.first_mut().map(|(key, _)| *key), known.keys().next().copied());
        small.retain(|key, value| {
            *value += 1;
            key % 2 == 0
        });
        known.retain(|key, value| {
            *value += 1;
            key % 2 == 0
        });
        assert!(small.keys().eq(known.keys()) && small.values().eq(known.values()));
        small.clear();
        assert!(small.is_empty() && !small.contains_key(&0) && small.get_mut(&0).is_none());
    }

    #[test]
    fn the_last_of_equal_keys_counts() {
        let map: SmallMap<u8, char> = [(2, 'a'), (1, 'b'), (2, 'c')].into_iter().collect();
        assert!(map.iter().eq([(&1, &'b'), (&2, &'c')]));
        let mut set: SmallSet<u8> = [3, 1, 3].into_iter().collect();
        set.remove(&1);
        assert!(set.contains(&3) && !set.contains(&1));
        assert!(set.iter().eq(&[3]));
    }
}
