//! What the engine needs from its surroundings: a store, a way to the ERP, a clock.
//!
//! The ports are coarse and their writes are values: [`Store::transact`] reads what a decision needs, hands it
//! to a synchronous function and writes the result, in one transaction. So nothing foreign can be awaited
//! inside a transaction, in memory and in IndexedDB alike.

/// Where rows lie. One IndexedDB object store each; keys and values are bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Table {
    /// Single facts: identity, tokens, cursor, settings. Key: a name.
    Meta,
    /// Open carts. Key: the sale's id.
    Drafts,
    /// What this terminal has done. Key: [`crate::rows::Position`].
    Journal,
    /// Position of each journal entry. Key: the entry's id.
    Ids,
    /// Entries not yet acknowledged. Key: position. Imported entries lie in [`Table::Carried`].
    Outbox,
    /// Entries that need attention, and settled ones. Key: position.
    Failed,
    /// Newest entry of each epoch. Key: epoch.
    Heads,
    /// Last receipt count of every business date ever used. Key: the date.
    Counters,
    /// Entries of another terminal, imported from a file. Key: [`crate::rows::carried_key`].
    Carried,
    /// The catalogue in chunks of many documents. Key: generation + number.
    Chunks,
    /// Documents changed since the chunks were written, some to a row. Key: part + a running number.
    Overlay,
    /// Stock documents that wait for the end of their page run, a page to a row. Key: a running number.
    Staged,
    /// Random bytes kept to be given up when the quota is reached. Key: a number.
    Ballast,
}

impl Table {
    /// Every table, in the order they are created.
    pub const ALL: [Self; 13] = [
        Self::Meta,
        Self::Drafts,
        Self::Journal,
        Self::Ids,
        Self::Outbox,
        Self::Failed,
        Self::Heads,
        Self::Counters,
        Self::Carried,
        Self::Chunks,
        Self::Overlay,
        Self::Staged,
        Self::Ballast,
    ];

    /// Its name in the browser's database. Fixed: earlier versions wrote under it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Drafts => "drafts",
            Self::Journal => "journal",
            Self::Ids => "ids",
            Self::Outbox => "outbox",
            Self::Failed => "failed",
            Self::Heads => "heads",
            Self::Counters => "counters",
            Self::Carried => "carried",
            Self::Chunks => "chunks",
            Self::Overlay => "overlay",
            Self::Staged => "staged",
            Self::Ballast => "ballast",
        }
    }
}

/// A row's key. Ordered as bytes.
pub type Key = Vec<u8>;
/// A row's value; its first byte is the version of its encoding.
pub type Value = Vec<u8>;

/// Keys from `first` to `last`, both included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRange {
    /// Lowest key.
    pub first: Key,
    /// Highest key.
    pub last: Key,
}

/// One read of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Read {
    /// The row with this key: no row or one.
    Get(Table, Key),
    /// Rows in key order, at most `limit`.
    Scan {
        /// Where.
        table: Table,
        /// Which keys; `None` for all.
        range: Option<KeyRange>,
        /// At most this many rows.
        limit: u32,
    },
    /// As `Scan`, but keys alone; values come back empty.
    Keys {
        /// Where.
        table: Table,
        /// Which keys; `None` for all.
        range: Option<KeyRange>,
        /// At most this many rows.
        limit: u32,
    },
    /// How many rows: answered as one row with an empty key and the count as 8 big-endian bytes.
    Count {
        /// Where.
        table: Table,
        /// Which keys; `None` for all.
        range: Option<KeyRange>,
    },
}

/// What one read gave, in key order.
pub type Rows = Vec<(Key, Value)>;

/// One write of a transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Write {
    /// Insert; a row that is there already fails the transaction with [`StoreError::Exists`].
    Add(Table, Key, Value),
    /// Insert or replace.
    Put(Table, Key, Value),
    /// Remove, if it is there.
    Delete(Table, Key),
    /// Remove all keys of a range.
    DeleteRange(Table, KeyRange),
}

/// How sure a commit must be before it is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// On the disk: for everything that is money.
    Strict,
    /// With the operating system: for what can be fetched again.
    Relaxed,
}

/// What a decision inside a transaction came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision<T> {
    /// Write this, commit, and answer that.
    Commit(Vec<Write>, T),
    /// Write nothing, and answer that.
    Leave(T),
}

/// Why a transaction was not reported as complete. Never proof that nothing was written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// No space left for this origin.
    #[error("the browser has no space left for this app")]
    Quota,
    /// The connection to the database was lost; opening it again may help.
    #[error("the browser closed its database: {0}")]
    Closed(String),
    /// There is no database, or it does not open.
    #[error("the browser's database cannot be opened: {0}")]
    Unavailable(String),
    /// A row that was to be new is there already; nothing was written.
    #[error("the browser's database holds already what was to be new")]
    Exists,
    /// Anything else the browser said.
    #[error("the browser's database failed: {0}")]
    Failed(String),
}

/// The device's database.
///
/// Guarantees that every implementation must pass (`testing::store_suite`): a transaction's writes appear
/// together or not at all; reads of `transact` see one state that no other writer changes before its commit;
/// `Ok` of a strict transaction survives a kill of the process.
#[expect(async_fn_in_trait, reason = "the engine runs on one thread in browsers and simulator alike")]
pub trait Store {
    /// Reads from one snapshot; one answer per read, in order.
    async fn read(&self, reads: Vec<Read>) -> Result<Vec<Rows>, StoreError>;

    /// Reads, decides, writes: one readwrite transaction over the tables named in `reads` and `writes`.
    /// `tables` names every table that `decide` may write to. `decide` gets one answer per read, in order.
    async fn transact<T, D>(
        &self,
        durability: Durability,
        tables: &[Table],
        reads: Vec<Read>,
        decide: D,
    ) -> Result<T, StoreError>
    where
        D: FnOnce(Vec<Rows>) -> Decision<T>;
}

/// A request to the ERP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Path and query, from `/api`.
    pub path: String,
    /// Access token to attach.
    pub bearer: Option<String>,
    /// JSON text.
    pub body: Option<String>,
    /// Give up after this long, in milliseconds.
    pub timeout_ms: u32,
}

/// What came back, from the ERP or from something that pretends to be it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`, if any.
    pub content_type: Option<String>,
    /// `Retry-After`, as sent.
    pub retry_after: Option<String>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why nothing usable came back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransportError {
    /// No answer in time.
    #[error("no answer in time")]
    Timeout,
    /// No connection, or it broke.
    #[error("no connection: {0}")]
    Unreachable(String),
}

/// The way to the ERP.
#[expect(async_fn_in_trait, reason = "the engine runs on one thread in browsers and simulator alike")]
pub trait Transport {
    /// Sends and waits for the whole answer.
    async fn send(&self, request: Request) -> Result<Response, TransportError>;
}

/// Time and chance.
#[expect(async_fn_in_trait, reason = "the engine runs on one thread in browsers and simulator alike")]
pub trait Surroundings {
    /// Milliseconds UTC by the device's clock.
    fn now_ms(&self) -> i64;
    /// Random bits.
    fn random(&self) -> u128;
    /// Comes back after about this long.
    async fn sleep(&self, milliseconds: u64);
}

/// A fresh UUIDv7 from clock and chance.
pub fn fresh_id<Kind>(surroundings: &impl Surroundings) -> evertill_domain::Id<Kind> {
    let milliseconds = u64::try_from(surroundings.now_ms()).unwrap_or(0);
    let random = surroundings.random().to_be_bytes();
    let mut bytes = [0_u8; 10];
    bytes.copy_from_slice(&random[..10]);
    let uuid = uuid::Builder::from_unix_timestamp_millis(milliseconds, &bytes).into_uuid();
    evertill_domain::Id::new(uuid).expect("a version 7 UUID is never nil: its version bits are set")
}
