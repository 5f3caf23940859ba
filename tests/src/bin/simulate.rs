//! `cargo xtask simulate --seeds N [--from S]`: plays seeds and says what each fault was met by.

use evertill_tests::simulate::{Mutant, Outcome, play};
use std::{collections::BTreeMap, process::ExitCode};

/// A run of so many seeds also plays the seeded mistakes.
const MUTANTS_FROM: u64 = 500;
/// Seeds after which a mistake that nobody noticed counts as unnoticed.
const MUTANT_SEEDS_MAX: u64 = 400;

/// A run of so many seeds must have met every fault that it is about.
const FAULTS_FROM: u64 = 200;
/// The numbers of these faults in docs/faults.md.
const FAULTS: [u32; 15] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 16, 18, 28, 29];

/// Numbers of faults that never struck.
fn absent(faults: &BTreeMap<&'static str, u64>) -> Vec<u32> {
    let number = |name: &&str| name.split(' ').next().and_then(|number| number.parse::<u32>().ok());
    let struck: Vec<u32> = faults.keys().filter_map(number).collect();
    FAULTS.into_iter().filter(|fault| !struck.contains(fault)).collect()
}

/// The same seed on two threads at once. Each seed must play alike every time, or a failure could not be replayed.
fn twice(seed: u64) -> (Outcome, Outcome) {
    std::thread::scope(|threads| {
        let again = threads.spawn(move || play(seed, Mutant::None));
        let outcome = std::panic::catch_unwind(|| play(seed, Mutant::None)).unwrap_or_else(|_| {
            let mut outcome = Outcome::default();
            outcome.violations.push("the engine panicked".to_owned());
            outcome
        });
        (outcome, again.join().unwrap_or_default())
    })
}

/// Says by which seed each seeded mistake is caught, and how many are not.
#[expect(clippy::print_stdout, reason = "a program whose output is its result")]
fn prove_checkers() -> usize {
    let mut unnoticed = 0;
    for mutant in Mutant::ALL {
        let mut played = (1..=MUTANT_SEEDS_MAX).map(|seed| (seed, play(seed, mutant).violations));
        let caught = played.find_map(|(seed, violations)| Some((seed, violations.into_iter().next()?)));
        if let Some((seed, violation)) = caught {
            println!("mistake {mutant:?} caught by seed {seed}: {violation}");
        } else {
            unnoticed += 1;
            println!("mistake {mutant:?} NOT caught in {MUTANT_SEEDS_MAX} seeds");
        }
    }
    unnoticed
}

#[expect(clippy::print_stdout, reason = "a program whose output is its result")]
fn main() -> ExitCode {
    let mut seeds = 1000_u64;
    let mut from = 1_u64;
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().and_then(|value| value.parse().ok());
        match (name.as_str(), value) {
            ("--seeds", Some(value)) => seeds = value,
            ("--from", Some(value)) => from = value,
            _ => {
                println!("usage: simulate [--seeds N] [--from S]");
                return ExitCode::from(2);
            }
        }
    }
    let mut faults: BTreeMap<&'static str, u64> = BTreeMap::new();
    let (mut passed, mut failed, mut paid) = (0_u64, 0_u64, 0_usize);
    for seed in from..from + seeds {
        let (outcome, again) = twice(seed);
        let repeats = outcome.trace == again.trace;
        for (fault, count) in &outcome.faults {
            *faults.entry(fault).or_default() += count;
        }
        paid += outcome.paid;
        if outcome.violations.is_empty() && repeats {
            passed += 1;
            continue;
        }
        failed += 1;
        println!("seed {seed} failed; replay with: cargo xtask simulate --seeds 1 --from {seed}");
        if !repeats {
            println!("  two runs of this seed differ");
        }
        println!("  {}", outcome.plan);
        for violation in &outcome.violations {
            println!("  {violation}");
        }
    }
    // A run long enough to trust also proves that the checkers would notice.
    let unnoticed = if seeds >= MUTANTS_FROM { prove_checkers() } else { 0 };
    for (fault, count) in &faults {
        println!("{count:>9} × fault {fault}");
    }
    let absent = if seeds >= FAULTS_FROM { absent(&faults) } else { Vec::new() };
    for fault in &absent {
        println!("fault {fault} never struck: the run says nothing about it");
    }
    println!("{paid:>9} sales paid");
    println!("{passed} passed, {failed} failed");
    if failed == 0 && unnoticed == 0 && absent.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
