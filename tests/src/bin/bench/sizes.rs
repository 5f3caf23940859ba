//! What a till downloads, in brotli bytes as they are served.

use crate::figure::{Better, Figure};
use evertill_tests::surroundings;
use std::path::Path;

/// App and worker, each wasm + JS.
pub fn measure() -> Vec<Figure> {
    let web = surroundings::web();
    let app = brotli_bytes(&web, &["evertill-app.", "start.", "snippet."]);
    let worker = brotli_bytes(&web, &["evertill-worker."]) + brotli_size(&web.join("service-worker.js"));
    #[expect(clippy::cast_precision_loss, reason = "a few hundred kilobytes")]
    let figure = |name: &str, bytes: u64, target: f64| {
        Figure::plain(name, bytes as f64 / 1000.0, "kB", Better::Lower, target)
    };
    vec![figure("size_app", app, 350.0), figure("size_worker", worker, 120.0)]
}

fn brotli_bytes(web: &Path, beginnings: &[&str]) -> u64 {
    let entries = std::fs::read_dir(web.join("assets")).expect("the web app has assets");
    entries
        .flatten()
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let code = [".js", ".wasm"].iter().any(|end| name.ends_with(end));
            code && beginnings.iter().any(|beginning| name.starts_with(beginning))
        })
        .map(|entry| brotli_size(&entry.path()))
        .sum()
}

/// The size of `file.br`, or of the file itself where compressing it did not pay.
fn brotli_size(file: &Path) -> u64 {
    let compressed = format!("{}.br", file.display());
    let served = std::fs::metadata(compressed).or_else(|_| std::fs::metadata(file));
    served.expect("the file is there").len()
}
