//! The ports of the sync engine in a browser: IndexedDB, fetch, clock, Web Locks, wake-ups.
