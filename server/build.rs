//! Tells the crate where the built web app lies, so that `cargo xtask build` and the binary agree without a setting.
//!
//! The folder is made when it is missing: checking, linting and native tests never need the app to be built.

use std::path::{Path, PathBuf};
use std::{env, fs};

/// Names another folder: the tests embed what they built for themselves.
const FROM: &str = "EVERTILL_WEB_EMBED_FROM";

fn main() {
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR for build scripts"));
    println!("cargo::rerun-if-env-changed={FROM}");
    let web = env::var_os(FROM).map_or_else(|| target_dir(&out_dir).join("web"), PathBuf::from);
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
