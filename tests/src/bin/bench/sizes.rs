//! What a till downloads, in brotli bytes as they are served. Promised are the app's own code and the worker's; as every page
//! also runs the engine's module, which is the worker's, what a page loads in all is told beside.

use crate::figure::{Better, Figure, Told};
use evertill_tests::surroundings;
use std::path::Path;

/// App and worker, each wasm + JS; and what a page loads of both.
pub fn measure() -> (Vec<Figure>, Told) {
    let web = surroundings::web();
    let app = brotli_bytes(&web, &["evertill-app.", "start.", "snippet."]);
    let engine = brotli_bytes(&web, &["evertill-worker."]);
    let worker = engine + brotli_size(&web.join("service-worker.js"));
    #[expect(clippy::cast_precision_loss, reason = "a few hundred kilobytes")]
    let kilobytes = |bytes: u64| bytes as f64 / 1000.0;
    let figure = |name: &str, bytes: u64, target: f64| {
        Figure::plain(name, kilobytes(bytes), "kB", Better::Lower, target)
    };
    let page = Told {
        name: "size_page (app and engine)",
        measured: kilobytes(app + engine),
        unit: "kB",
        beside: "size_app",
    };
    (vec![figure("size_app", app, 350.0), figure("size_worker", worker, 120.0)], page)
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
