//! A web app as a list of files with their final names: hashing, the version, compression, writing.
//!
//! Guarantees that a name below `assets/` never stands for two contents, and that the version changes when anything does.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use crate::workspace;

/// How hard to compress.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Brotli 11: seconds, for what is shipped.
    Most,
    /// Brotli 4: for what lives a test long.
    Little,
}

/// The files of one version, by their path below the root.
pub struct Site {
    files: Vec<(String, Vec<u8>)>,
    suffix: String,
    version: String,
}

const HASH_DIGITS: usize = 12;

impl Site {
    /// A site whose hashes and version are set apart by `suffix`.
    pub fn new(suffix: &str) -> Self {
        Self { files: Vec::new(), suffix: suffix.to_owned(), version: String::new() }
    }

    /// Adds `assets/<name>.<hash>.<extension>` and returns its URL.
    pub fn add_hashed(&mut self, name: &str, extension: &str, content: &[u8]) -> String {
        let path = format!("assets/{name}.{}.{extension}", hash(&[content, self.suffix.as_bytes()]));
        if !self.files.iter().any(|(known, _)| *known == path) {
            self.add(&path, content.to_vec());
        }
        format!("/{path}")
    }

    /// Adds a file whose name is fixed.
    pub fn add(&mut self, path: &str, content: Vec<u8>) {
        self.files.push((path.to_owned(), content));
    }

    /// Fixes the version: what was added so far, and what will be made from `templates`.
    pub fn seal(&mut self, templates: &[&[u8]]) -> String {
        let mut digest = Sha256::new();
        for (path, content) in &self.files {
            digest.update(path.as_bytes());
            digest.update(content);
        }
        for template in templates {
            digest.update(template);
        }
        digest.update(self.suffix.as_bytes());
        let dot = if self.suffix.is_empty() { "" } else { "." };
        self.version =
            format!("{}+{}{dot}{}", env!("CARGO_PKG_VERSION"), hex(&digest.finalize()), self.suffix);
        self.version.clone()
    }

    /// The version, after `seal`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What a device keeps of everything added so far: each URL with its digest, as `fetch` takes it for `integrity`.
    pub fn precached(&self) -> BTreeMap<String, String> {
        let texts = |path: &str| Path::new(path).extension().is_some_and(|end| end == "txt");
        let files = self.files.iter().filter(|(path, _)| !texts(path));
        files.map(|(path, content)| (url(path), integrity(content))).collect()
    }

    /// Replaces `out` by this version and its compressed copies.
    pub fn write(&self, out: &Path, effort: Effort) -> Result<()> {
        let beside = out.with_extension("new");
        if beside.exists() {
            fs::remove_dir_all(&beside).with_context(|| format!("removing {}", beside.display()))?;
        }
        for (path, content) in &self.files {
            let file = beside.join(path);
            workspace::write(&file, content)?;
            if is_compressible(path) {
                for (ending, packed) in [("br", brotli(content, effort)?), ("gz", gzip(content)?)] {
                    if packed.len() < content.len() {
                        workspace::write(&beside.join(format!("{path}.{ending}")), packed)?;
                    }
                }
            }
        }
        if out.exists() {
            ensure!(
                out.join("index.html").exists() || fs::read_dir(out)?.next().is_none(),
                "{} holds something else than a web app and is left alone",
                out.display()
            );
            fs::remove_dir_all(out).with_context(|| format!("removing {}", out.display()))?;
        }
        fs::rename(&beside, out).with_context(|| format!("moving the web app to {}", out.display()))
    }

    /// A table of what travels: each hashed asset with its size and its size in brotli.
    pub fn sizes(&self, out: &Path) -> Result<String> {
        let mut table = String::new();
        for (path, content) in self.files.iter().filter(|(path, _)| path.starts_with("assets/")) {
            let packed = out.join(format!("{path}.br"));
            let packed = if packed.exists() { fs::metadata(packed)?.len() } else { content.len() as u64 };
            writeln!(table, "  {path:<48} {:>9} B {packed:>8} B brotli", content.len())?;
        }
        Ok(table)
    }
}

/// Where a file is found: the shell is the root itself.
fn url(path: &str) -> String {
    if path == "index.html" { "/".to_owned() } else { format!("/{path}") }
}

/// `sha256-…` of the content as the browser sees it, that is decompressed.
fn integrity(content: &[u8]) -> String {
    format!("sha256-{}", base64::engine::general_purpose::STANDARD.encode(Sha256::digest(content)))
}

fn hash(parts: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
    }
    hex(&digest.finalize())
}

fn hex(digest: &[u8]) -> String {
    let mut text = String::new();
    for byte in &digest[..HASH_DIGITS / 2] {
        write!(text, "{byte:02x}").expect("writing to a string cannot fail");
    }
    text
}

fn is_compressible(path: &str) -> bool {
    ["html", "js", "css", "wasm", "svg", "webmanifest", "txt"]
        .iter()
        .any(|end| path.ends_with(&format!(".{end}")))
}

fn brotli(content: &[u8], effort: Effort) -> Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: if effort == Effort::Most { 11 } else { 4 },
        lgwin: 24,
        size_hint: content.len(),
        ..Default::default()
    };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters).context("compressing with brotli")?;
    Ok(packed)
}

fn gzip(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).context("compressing with gzip")?;
    encoder.finish().context("compressing with gzip")
}

#[cfg(test)]
mod tests {
    use super::Site;

    fn sealed(suffix: &str, content: &str) -> (String, Site) {
        let mut site = Site::new(suffix);
        let url = site.add_hashed("app", "js", content.as_bytes());
        site.seal(&[b"page"]);
        (url, site)
    }

    #[test]
    fn names_and_version_follow_the_content() {
        let (url, site) = sealed("", "one");
        assert_eq!(
            (url.clone(), site.version().to_owned()),
            (sealed("", "one").0, sealed("", "one").1.version().to_owned())
        );
        assert_ne!(url, sealed("", "two").0);
        assert_ne!(site.version(), sealed("", "two").1.version());
    }

    #[test]
    fn a_suffix_makes_another_version_of_the_same_content() {
        let (url, site) = sealed("", "one");
        let (next_url, next) = sealed("next", "one");
        assert_ne!(url, next_url);
        assert!(next.version().contains(".next") && site.version() != next.version());
        assert_eq!(next.precached().into_keys().collect::<Vec<_>>(), [next_url]);
    }

    #[test]
    fn one_content_is_kept_once() {
        let mut site = Site::new("");
        assert_eq!(site.add_hashed("snippet", "js", b"x"), site.add_hashed("snippet", "js", b"x"));
        assert_eq!(site.precached().len(), 1);
    }

    #[test]
    fn a_device_keeps_the_shell_under_the_root_with_the_digest_of_its_content() {
        let mut site = Site::new("");
        site.add("index.html", b"abc".to_vec());
        site.add("LICENCES.txt", b"not kept".to_vec());
        let kept: Vec<(String, String)> = site.precached().into_iter().collect();
        // FIPS 180-2, appendix B.1.
        let digest = "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_eq!(kept, [("/".to_owned(), digest.to_owned())]);
    }
}
