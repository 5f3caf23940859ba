//! The sync engine as the service worker runs it.
