//! Who may know whom: the table of ARCHITECTURE.md, checked against what Cargo and the sources say.

use evertill_tests::surroundings::workspace_root;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::Command,
};

/// One row of the table.
struct Crate {
    name: &'static str,
    folder: &'static str,
    /// Crates of ours that it may import.
    may_import: &'static [&'static str],
    /// Crates of others that it must not depend on.
    never_depends_on: &'static [&'static str],
    /// What its sources must not say outside tests.
    never_says: &'static [&'static str],
}

const IO: &[&str] = &["std::fs", "std::net", "std::process", "std::env"];
const TABLE: &[Crate] = &[
    Crate {
        name: "evertill-domain",
        folder: "crates/domain",
        may_import: &[],
        never_depends_on: &[
            "tokio",
            "sqlx",
            "web-sys",
            "js-sys",
            "rand",
            "getrandom",
            "leptos",
            "axum",
            "futures",
        ],
        never_says: &[
            "std::fs",
            "std::net",
            "std::time",
            "SystemTime",
            "Instant::now",
            "async fn",
            ".await",
            "f64",
            "f32",
            "new_v4",
            "now_v7",
        ],
    },
    Crate {
        name: "evertill-protocol",
        folder: "crates/protocol",
        may_import: &["evertill-domain"],
        never_depends_on: &[
            "tokio", "sqlx", "web-sys", "leptos", "axum", "http", "hyper", "reqwest", "gloo-net", "rusqlite",
        ],
        never_says: &["std::fs", "std::net", "std::time", "async fn", ".await"],
    },
    Crate {
        name: "evertill-ledger",
        folder: "crates/ledger",
        may_import: &["evertill-domain", "evertill-protocol"],
        never_depends_on: &["tokio", "sqlx", "rusqlite", "web-sys", "leptos", "axum"],
        never_says: &["std::fs", "std::net", "std::time::SystemTime", "async fn", ".await"],
    },
    Crate {
        name: "evertill-sync",
        folder: "crates/sync",
        may_import: &["evertill-domain", "evertill-protocol"],
        never_depends_on: &["web-sys", "tokio", "sqlx", "leptos"],
        never_says: &[
            "web_sys::",
            "tokio::",
            "sqlx::",
            "leptos::",
            "std::fs",
            "std::net",
            "SystemTime::now",
            "Instant::now",
        ],
    },
    Crate {
        name: "evertill-browser",
        folder: "crates/browser",
        may_import: &["evertill-domain", "evertill-protocol", "evertill-sync"],
        never_depends_on: &["leptos"],
        never_says: &["leptos::"],
    },
    Crate {
        name: "evertill-worker",
        folder: "crates/worker",
        may_import: &["evertill-sync", "evertill-browser"],
        never_depends_on: &["leptos"],
        never_says: &["leptos::"],
    },
    Crate {
        name: "evertill-app",
        folder: "app",
        may_import: &[
            "evertill-domain",
            "evertill-protocol",
            "evertill-sync",
            "evertill-browser",
            "evertill-markup",
        ],
        never_depends_on: &["sqlx", "rusqlite"],
        never_says: &["sqlx::"],
    },
    Crate {
        name: "evertill-markup",
        folder: "crates/markup",
        may_import: &[],
        never_depends_on: &["leptos", "web-sys", "sqlx", "tokio"],
        never_says: &[],
    },
    Crate {
        name: "evertill-server",
        folder: "server",
        may_import: &["evertill-domain", "evertill-protocol", "evertill-ledger"],
        never_depends_on: &["wasm-bindgen", "web-sys", "leptos", "rusqlite"],
        never_says: &["evertill_sync::", "wasm_bindgen::", "web_sys::"],
    },
];

#[test]
fn crates_import_what_the_table_allows() {
    let metadata = metadata();
    let ours: BTreeSet<&str> = metadata.keys().map(String::as_str).collect();
    for row in TABLE {
        let dependencies = metadata.get(row.name).unwrap_or_else(|| panic!("{} is gone", row.name));
        let imported: Vec<&String> =
            dependencies.iter().filter(|name| ours.contains(name.as_str())).collect();
        for name in imported {
            assert!(row.may_import.contains(&name.as_str()), "{} must not import {name}", row.name);
        }
        for name in row.never_depends_on {
            assert!(!dependencies.contains(*name), "{} must not depend on {name}", row.name);
        }
    }
    let known: BTreeSet<&str> = TABLE.iter().map(|row| row.name).chain(["evertill-tests", "xtask"]).collect();
    let strangers: Vec<&&str> = ours.iter().filter(|name| !known.contains(**name)).collect();
    assert!(strangers.is_empty(), "crates that the table does not name: {strangers:?}");
}

#[test]
fn sources_keep_to_what_their_crate_promises_not_to_know() {
    let mut broken = Vec::new();
    for row in TABLE {
        for (file, code) in sources(row.folder) {
            for word in row.never_says {
                if code.contains(word) {
                    broken.push(format!("{} says `{word}`", file.display()));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn the_browser_is_named_where_it_may_be() {
    let mut broken = Vec::new();
    for folder in
        ["crates/domain", "crates/protocol", "crates/ledger", "crates/sync", "crates/worker", "server"]
    {
        for (file, code) in sources(folder) {
            if code.contains("web_sys::") {
                broken.push(file.display().to_string());
            }
        }
    }
    assert!(broken.is_empty(), "web_sys lies in browser and app alone: {broken:#?}");
}

#[test]
fn sql_lies_in_the_servers_stores() {
    let mut broken = Vec::new();
    for (file, code) in sources("server") {
        let may = file.file_name().is_some_and(|name| name == "store.rs")
            || ["/store/", "/db/", "/feed.rs", "/doctor/"]
                .iter()
                .any(|place| file.to_string_lossy().contains(place));
        let statement = ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM ", "\"WITH "];
        if !may && statement.iter().any(|start| code.contains(start)) {
            broken.push(file.display().to_string());
        }
    }
    assert!(broken.is_empty(), "SQL lies in store.rs, store/, db/, feed.rs and doctor/: {broken:#?}");
}

#[test]
fn io_is_nothing_that_pure_crates_do() {
    let mut broken = Vec::new();
    for folder in ["crates/domain", "crates/protocol", "crates/ledger", "crates/sync"] {
        for (file, code) in sources(folder) {
            broken.extend(
                IO.iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}: {word}", file.display())),
            );
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// Each workspace crate's normal and build dependencies.
fn metadata() -> BTreeMap<String, BTreeSet<String>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(workspace_root())
        .output()
        .expect("cargo can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("cargo answers JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    packages
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().expect("a list of dependencies");
            let names = dependencies.iter().filter(|one| one["kind"] != "dev").map(|one| text(&one["name"]));
            (text(&package["name"]), names.collect())
        })
        .collect()
}

/// Every source file under a crate's `src`, without its comments and its tests.
fn sources(folder: &str) -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    collect(&workspace_root().join(folder).join("src"), &mut files);
    assert!(!files.is_empty(), "{folder} has no sources");
    files.into_iter().map(|file| (file.clone(), code_of(&file))).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources").flatten() {
        let path = entry.path();
        if path.is_dir() {
            // Second doors for tests are tests.
            if !path.ends_with("testing") && !path.ends_with("tests") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs") {
            files.push(path);
        }
    }
}

fn code_of(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a source file");
    // Tests come last in a file (style), so everything behind the first test module is test code.
    let code = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().map(|line| match line.find("//") {
        Some(0) => "",
        Some(at) if !line[..at].contains('"') => &line[..at],
        _ => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}
