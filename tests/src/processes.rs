//! Ending processes that a test started: by their id, with everything that descends from them, and nothing else.

use rustix::process::{Pid, Signal, kill_process};
use std::collections::{BTreeMap, BTreeSet};

/// Asks one process to end.
pub fn terminate(pid: u32) {
    signal(pid, Signal::TERM);
}

/// SIGKILL for a process and all its descendants, and for those that were adopted by init but still name
/// `mark` (a path that only this test uses) in their command line. Stops the parents first, so that none can
/// start another child meanwhile.
pub fn kill_tree(root: u32, mark: &str) {
    let doomed = tree(root, mark);
    for pid in &doomed {
        signal(*pid, Signal::STOP);
    }
    for pid in tree(root, mark).union(&doomed) {
        signal(*pid, Signal::KILL);
    }
}

/// Processes of the tree that still run.
pub fn tree(root: u32, mark: &str) -> BTreeSet<u32> {
    let running = running();
    let mut found: BTreeSet<u32> = running
        .iter()
        .filter(|(pid, process)| **pid == root || (!mark.is_empty() && process.command_line.contains(mark)))
        .map(|(pid, _)| *pid)
        .collect();
    loop {
        let children: Vec<u32> = running
            .iter()
            .filter(|(pid, process)| found.contains(&process.parent) && !found.contains(*pid))
            .map(|(pid, _)| *pid)
            .collect();
        if children.is_empty() {
            return found;
        }
        found.extend(children);
    }
}

struct Process {
    parent: u32,
    command_line: String,
}

/// Every process that is not a zombie.
fn running() -> BTreeMap<u32, Process> {
    let entries = std::fs::read_dir("/proc").expect("Linux keeps its processes in /proc");
    let own = std::process::id();
    entries
        .filter_map(|entry| {
            let pid: u32 = entry.ok()?.file_name().to_str()?.parse().ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            // The program's name is in parentheses and may hold anything, so the fields start behind the last one.
            let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
            let (state, parent) = (fields.next()?, fields.next()?.parse().ok()?);
            if state == "Z" || state == "X" || pid == own {
                return None;
            }
            let command_line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let command_line = String::from_utf8_lossy(&command_line).replace('\0', " ");
            Some((pid, Process { parent, command_line }))
        })
        .collect()
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may be gone already: that is what was wanted.
        let _ = kill_process(pid, signal);
    }
}
