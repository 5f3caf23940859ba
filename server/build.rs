//! Tells the crate where the built web app lies, so that `cargo xtask build` and the binary agree without a setting.
//!
//! The folder is made when it is missing: checking, linting and native tests never need the app to be built.

use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    let web = target_dir(&out_dir).join("web");
    fs::create_dir_all(&web).expect("the target directory can be written, for OUT_DIR lies in it");
    println!("cargo::rerun-if-changed={}", web.display());
    println!("cargo::rustc-env=EVERTILL_WEB_EMBED={}", web.display());
}

/// The target directory, whatever `CARGO_TARGET_DIR` says: the nearest ancestor that cargo has tagged as a cache.
fn target_dir(out_dir: &Path) -> &Path {
    out_dir
        .ancestors()
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .or_else(|| out_dir.ancestors().nth(4))
        .expect("cargo puts OUT_DIR at <target>/<profile>/build/<package>/out")
}
