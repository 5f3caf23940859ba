//! `cargo xtask bench`: every figure that was promised, measured in release, against references measured in the
//! same run. Prints a table, writes `summary.json`, and fails when one falls short.

#![expect(clippy::print_stdout, reason = "a command line tool answers on stdout")]

mod bare_sqlite;
mod catalogue;
mod commit;
mod drain;
mod figure;
mod large_shop;
mod sale_pages;
mod shop;
mod sizes;
mod tills;
mod upload;

use evertill_tests::surroundings;
use figure::{Figure, Told};
use large_shop::Wanted;
use std::{path::PathBuf, process::ExitCode};

const NAMES: [&str; 14] = [
    "upload",
    "drain",
    "drain_longest_task",
    "pay_to_complete_p95",
    "search_key_p99",
    "scan_to_line_p99",
    "cold_start",
    "cold_start_field",
    "first_load",
    "memory",
    "size_app",
    "size_worker",
    "sale_pages_p95",
    "sale_pages_spread",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["tills", ..] => {
            tills::run(&arguments[1..]);
            ExitCode::SUCCESS
        }
        [] => run(None),
        ["--only", name] if NAMES.iter().any(|known| known.starts_with(name)) => run(Some(name)),
        _ => {
            eprintln!("usage: bench [--only NAME], NAME one of, or the beginning of: {}", NAMES.join(" "));
            ExitCode::from(2)
        }
    }
}

fn run(only: Option<&str>) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let (figures, told) = runtime.expect("a runtime").block_on(measure(only));
    println!();
    for figure in &figures {
        println!("{figure}");
        for told in told.iter().filter(|told| told.beside == figure.name) {
            println!("{told}");
        }
    }
    let summary = std::env::var_os("EVERTILL_BENCH_SUMMARY")
        .map_or_else(|| surroundings::target_folder().join("bench/summary.json"), PathBuf::from);
    figure::write_summary(&figures, &summary);
    println!("\n{}", summary.display());
    if figures.is_empty() || figures.iter().any(|figure| !figure.ok) {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

async fn measure(only: Option<&str>) -> (Vec<Figure>, Vec<Told>) {
    let wanted = |name: &str| only.is_none_or(|only| name.starts_with(only));
    let any = |names: &[&str]| names.iter().any(|name| wanted(name));
    let (mut figures, mut told) = (Vec::new(), Vec::new());
    let mut take = |(measured, beside): (Vec<Figure>, Told), figures: &mut Vec<Figure>| {
        figures.extend(measured);
        told.push(beside);
    };
    if any(&["size_app", "size_worker"]) {
        take(sizes::measure(), &mut figures);
    }
    if wanted("upload") {
        take(upload::measure().await, &mut figures);
    }
    if any(&["drain", "drain_longest_task"]) {
        figures.extend(drain::measure().await);
    }
    if wanted("pay_to_complete_p95") {
        figures.extend(commit::measure().await);
    }
    let large = Wanted {
        load: wanted("first_load"),
        search: any(&["search_key_p99", "scan_to_line_p99"]),
        memory: wanted("memory"),
        start: any(&["cold_start", "cold_start_field"]),
    };
    if large.load || large.search || large.memory || large.start {
        figures.extend(large_shop::measure(large).await);
    }
    if any(&["sale_pages_p95", "sale_pages_spread"]) {
        figures.extend(sale_pages::measure().await);
    }
    figures.retain(|figure| wanted(&figure.name));
    (figures, told)
}
