//! What a version wrote, kept for every later one to open: a data folder, a browser's database, and what must be found in
//! them, under `fixtures/`. `keep_version` writes them once, when a version is released.

use crate::surroundings::workspace_root;
use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    fs::File,
    io::{Read as _, Write as _},
    path::PathBuf,
};

const DATABASE: &str = "evertill.db.gz";
const BROWSER: &str = "browser.json.gz";
const EXPECTED: &str = "expected.json";

/// A version's fixture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeptVersion {
    folder: PathBuf,
}

/// What a fixture must show.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Booked sales in the data folder.
    pub booked: u64,
    /// Entries in the browser's journal, booked or not.
    pub journal: u64,
    /// Of these, how many still wait.
    pub waiting: u64,
    /// SKUs in the open cart.
    pub cart: Vec<String>,
    /// Receipt numbers of the journal, in order.
    pub receipts: Vec<String>,
}

impl KeptVersion {
    /// Every version that is kept, by name.
    pub fn all() -> Vec<Self> {
        let entries = std::fs::read_dir(fixtures()).expect("fixtures are kept");
        let versions = entries.flatten().map(|entry| Self { folder: entry.path() });
        let mut versions: Vec<Self> = versions.filter(Self::is_kept).collect();
        versions.sort();
        versions
    }

    /// This version, kept or not yet; `state` tells apart what it wrote at different times before its release.
    pub fn this(state: Option<&str>) -> Self {
        let version = concat!("v", env!("CARGO_PKG_VERSION"));
        let name = state.map_or_else(|| version.to_owned(), |state| format!("{version}-{state}"));
        Self { folder: fixtures().join(name) }
    }

    /// Whether it was written.
    pub fn is_kept(&self) -> bool {
        self.folder.join(EXPECTED).is_file()
    }

    /// What must be found.
    pub fn expected(&self) -> Expected {
        serde_json::from_reader(self.file(EXPECTED)).expect("what to expect")
    }

    /// The server's database.
    pub fn database(&self) -> Vec<u8> {
        self.read_gz(DATABASE)
    }

    /// The browser's, as [`crate::device_image`] took it.
    pub fn browser(&self) -> Value {
        serde_json::from_slice(&self.read_gz(BROWSER)).expect("an image")
    }

    /// Writes all three.
    ///
    /// # Panics
    /// If it is kept already: what a version wrote is never written again.
    pub fn keep(&self, database: &[u8], browser: &Value, expected: &Expected) {
        assert!(!self.is_kept(), "{} is kept already", self.folder.display());
        std::fs::create_dir_all(&self.folder).expect("the fixture can be written");
        self.write_gz(DATABASE, database);
        self.write_gz(BROWSER, browser.to_string().as_bytes());
        let text = serde_json::to_string_pretty(expected).expect("JSON");
        std::fs::write(self.folder.join(EXPECTED), text + "\n").expect("the fixture can be written");
    }

    fn file(&self, name: &str) -> File {
        let path = self.folder.join(name);
        File::open(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    fn read_gz(&self, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        GzDecoder::new(self.file(name)).read_to_end(&mut bytes).expect("gzip");
        bytes
    }

    fn write_gz(&self, name: &str, bytes: &[u8]) {
        let file = File::create(self.folder.join(name)).expect("the fixture can be written");
        let mut encoder = GzEncoder::new(file, Compression::best());
        encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("the fixture can be written");
    }
}

fn fixtures() -> PathBuf {
    workspace_root().join("tests/fixtures")
}
