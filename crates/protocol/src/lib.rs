//! What crosses the wire and lies in the outbox, versioned.
