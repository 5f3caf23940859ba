//! The simulator itself: a seed plays alike each time, the real engine is not accused, and mistakes are noticed.
//! `cargo xtask simulate` plays the many seeds and all mistakes, optimised.

use evertill_tests::simulate::{Mutant, play};

#[test]
fn a_seed_plays_alike_each_time_and_breaks_nothing() {
    for seed in 1..=4 {
        let (first, second) = (play(seed, Mutant::None), play(seed, Mutant::None));
        assert_eq!(first.trace, second.trace, "seed {seed} differs between two runs");
        assert!(first.violations.is_empty(), "seed {seed}: {:?}", first.violations);
    }
}

#[test]
fn mistakes_are_noticed() {
    for (mutant, seeds) in [
        (Mutant::BooksTwice, 10),
        (Mutant::DeletesBeforeSending, 10),
        (Mutant::SellsRelaxed, 10),
        (Mutant::CursorByClock, 10),
        // A quarter of the seeds have an entry that comes again after it was forgotten.
        (Mutant::ForgetsIds, 60),
    ] {
        let noticed = (1..=seeds).any(|seed| !play(seed, mutant).violations.is_empty());
        assert!(noticed, "{mutant:?}: nobody noticed in {seeds} seeds");
    }
}
