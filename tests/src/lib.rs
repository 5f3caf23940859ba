//! End to end in real browsers, simulation runs, databases, architecture.
