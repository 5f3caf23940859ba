//! Where the tests find what they test: the server's binary, the built web app, a Chromium.
//!
//! `cargo xtask test` builds all of it and says so in the environment. Without it, as after a plain
//! `cargo test`, the folders of the target directory are tried, and what is missing is named.

use std::path::{Path, PathBuf};

/// The server's binary: `EVERTILL_BIN`, or the one beside this test.
pub fn server_binary() -> PathBuf {
    named("EVERTILL_BIN").unwrap_or_else(|| {
        let beside = profile_folder().join(format!("evertill{}", std::env::consts::EXE_SUFFIX));
        assert!(
            beside.is_file(),
            "no server binary: set EVERTILL_BIN, or run `cargo xtask test`, which builds it ({} is absent)",
            beside.display()
        );
        beside
    })
}

/// The built web app: `EVERTILL_WEB`, or what xtask left in the target directory.
pub fn web() -> PathBuf {
    built_web("EVERTILL_WEB", &["web-test", "web"])
}

/// The next version of the web app: `EVERTILL_WEB_NEXT`.
pub fn web_next() -> PathBuf {
    built_web("EVERTILL_WEB_NEXT", &["web-next"])
}

/// Chromium itself: `CHROMIUM`, or the first of its usual names on `PATH`.
pub fn chromium() -> PathBuf {
    named("CHROMIUM").unwrap_or_else(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let found = std::env::split_paths(&path).find_map(|folder| {
            ["chromium", "google-chrome-stable", "google-chrome", "chromium-browser"]
                .iter()
                .map(|name| folder.join(name))
                .find(|file| file.is_file())
        });
        found.expect("a Chromium on PATH or in CHROMIUM; `cargo xtask test` tells how to install one")
    })
}

/// Where pictures of failures go: `<target>/e2e`.
pub fn artefacts() -> PathBuf {
    let folder = target_folder().join("e2e");
    std::fs::create_dir_all(&folder).expect("the target directory can be written");
    folder
}

/// The workspace's target directory, or the one that this program runs from.
pub fn target_folder() -> PathBuf {
    profile_folder().parent().map(Path::to_path_buf).expect("a profile's folder lies in the target directory")
}

/// The checkout.
pub fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).expect("tests/ lies in the root")
}

fn built_web(variable: &str, fallbacks: &[&str]) -> PathBuf {
    named(variable).unwrap_or_else(|| {
        let found = fallbacks
            .iter()
            .map(|name| target_folder().join(name))
            .find(|folder| folder.join("index.html").is_file());
        found.unwrap_or_else(|| {
            panic!("no built web app: set {variable}, or run `cargo xtask test`, which builds it")
        })
    })
}

fn named(variable: &str) -> Option<PathBuf> {
    let path = PathBuf::from(std::env::var_os(variable)?);
    assert!(path.exists(), "{variable} names {}, which is not there", path.display());
    Some(path)
}

/// `<target>/debug` or the like.
fn profile_folder() -> PathBuf {
    let program = std::env::current_exe().expect("this program has a path");
    let folder = program.parent().expect("a program lies in a folder");
    let folder = if folder.ends_with("deps") { folder.parent() } else { Some(folder) };
    folder.map(Path::to_path_buf).expect("cargo puts tests two folders deep")
}
