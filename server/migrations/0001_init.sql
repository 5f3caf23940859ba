-- The ERP's first schema. Rules for every table:
-- * ids are 16-byte BLOBs made by the application; time is INTEGER milliseconds UTC; money INTEGER minor units;
--   quantities INTEGER thousandths. No floats, no server-made defaults.
-- * the outlet is part of every ledger key, although there is one outlet yet.
-- * WITHOUT ROWID where the key is what is looked up and rows are small.

-- One row of facts about this database.
CREATE TABLE shop (
    one          INTEGER PRIMARY KEY CHECK (one = 1),
    feed         BLOB NOT NULL,          -- names the change feed; another database has another
    position     INTEGER NOT NULL,       -- number of the newest change in `feed`; bumped in the writing transaction
    tombstones_from INTEGER NOT NULL,    -- cursors before this position must resync: deletes before it are forgotten
    created_at   INTEGER NOT NULL
) STRICT;

-- Secrets of this installation: signing keys. Part of every backup.
CREATE TABLE secrets (
    name         TEXT PRIMARY KEY,
    value        BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outlets (
    id           BLOB PRIMARY KEY,
    doc          TEXT NOT NULL,          -- protocol::changes::OutletDoc as JSON
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE terminals (
    id           BLOB PRIMARY KEY,
    outlet       BLOB NOT NULL REFERENCES outlets (id),
    short_code   TEXT NOT NULL,
    kind         TEXT NOT NULL,          -- 'till' or 'server' (S0)
    "right"      TEXT NOT NULL,          -- 'owner' or 'sell'
    device       BLOB,                   -- the browser profile that enrolled last
    epoch        INTEGER NOT NULL,       -- newest epoch issued
    revoked_at   INTEGER,
    seen_at      INTEGER,                -- when it last spoke
    pending      INTEGER NOT NULL,       -- what it said was waiting when it last spoke
    oldest_age_s INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    UNIQUE (outlet, short_code)
) STRICT, WITHOUT ROWID;

-- Every epoch ever issued; accepted for ever.
CREATE TABLE epochs (
    terminal     BLOB NOT NULL REFERENCES terminals (id),
    epoch        INTEGER NOT NULL,
    issued_at    INTEGER NOT NULL,
    token_number INTEGER NOT NULL,       -- number of the current refresh token; the one before it is good until the current one was used
    ask          BLOB,                   -- the last renewal's ask, answered alike when repeated
    answer       TEXT,                   -- what that ask was answered
    forked_at    INTEGER,                -- two ids for one seq, or a superseded token was used
    head         INTEGER NOT NULL,       -- greatest head the till reported
    acked_through INTEGER NOT NULL,      -- as the till reported
    contiguous   INTEGER NOT NULL,       -- greatest n with 1..n had; kept by ingest
    max_seq      INTEGER NOT NULL,       -- greatest seq had
    durable_through INTEGER NOT NULL,    -- greatest seq that a backup also holds
    PRIMARY KEY (terminal, epoch)
) STRICT, WITHOUT ROWID;

-- One-time codes: set-up and enrolment. Stored hashed.
CREATE TABLE codes (
    hash         BLOB PRIMARY KEY,       -- SHA-256 of the code
    purpose      TEXT NOT NULL,          -- 'setup' or 'enrol'
    outlet       BLOB,
    terminal     BLOB,                   -- enrol this one anew
    "right"      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    device       BLOB,                   -- who used it
    used_at      INTEGER,
    answer       TEXT                    -- terminal and epoch it gave, for a replay by the same device within 24 h
) STRICT, WITHOUT ROWID;

-- Keys of other systems. Stored hashed, shown once.
CREATE TABLE api_keys (
    id           BLOB PRIMARY KEY,
    hash         BLOB NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    scopes       TEXT NOT NULL,          -- comma-separated: 'products:read', 'products:write', 'sales:read', 'sales:write', ...
    created_at   INTEGER NOT NULL,
    used_at      INTEGER,
    revoked_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE categories (
    id           BLOB PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    version      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE products (
    id           BLOB PRIMARY KEY,
    sku          TEXT NOT NULL,
    sku_key      TEXT NOT NULL UNIQUE,   -- sku in lower case: codes that differ only in case are one
    name         TEXT NOT NULL,
    name_key     TEXT NOT NULL,          -- name in lower case, for search and order
    category     TEXT,
    price_minor  INTEGER NOT NULL,
    tax_rate_ppm INTEGER NOT NULL,
    weighed      INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    deleted_at   INTEGER                 -- a deleted product keeps its row: old sales name it
) STRICT, WITHOUT ROWID;
CREATE INDEX products_by_name ON products (name_key, id) WHERE deleted_at IS NULL;

CREATE TABLE barcodes (
    code         TEXT PRIMARY KEY,
    product      BLOB NOT NULL REFERENCES products (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX barcodes_by_product ON barcodes (product);

-- The inbox: every entry that ever arrived, byte for byte. Never purged.
CREATE TABLE inbox (
    ref          INTEGER PRIMARY KEY,    -- arrival order; answered as `ref`
    outlet       BLOB NOT NULL,
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    seq          INTEGER NOT NULL,       -- 0 if it could not be read
    id           BLOB,                   -- null if it could not be read
    kind         TEXT NOT NULL,          -- empty if it could not be read, like the next five
    schema       INTEGER NOT NULL,
    receipt      TEXT,
    business_date TEXT,
    prev         BLOB,
    hash         BLOB,                   -- as received
    computed     BLOB NOT NULL,          -- H, as the server computes it; SHA-256 of the raw bytes if unreadable
    owns_id      INTEGER NOT NULL,       -- 1 if this entry is the one that holds its id
    state        TEXT NOT NULL,          -- 'booked', 'conflict', 'quarantined', 'released', 'settled'
    code         TEXT,                   -- why it was not booked at first
    body         TEXT NOT NULL,          -- exact text
    raw          TEXT,                   -- the whole entry as received, where it was not booked at once
    carrier      BLOB,                   -- the terminal that carried it, if another
    received_at  INTEGER NOT NULL
) STRICT;
-- One entry owns an id. Entries with a wrong hash own nothing, nor do second entries with the same id.
CREATE UNIQUE INDEX inbox_by_id ON inbox (id) WHERE owns_id = 1;
-- Finds an earlier copy of the same bytes among those that own no id.
CREATE INDEX inbox_beside ON inbox (id, computed) WHERE owns_id = 0;
CREATE INDEX inbox_by_place ON inbox (terminal, epoch, seq);
-- What `included` must leave out; few.
CREATE INDEX inbox_unbooked ON inbox (terminal, epoch, seq) WHERE state NOT IN ('booked', 'released');

-- Seqs that a till named lost.
CREATE TABLE lost (
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    PRIMARY KEY (terminal, epoch, first)
) STRICT, WITHOUT ROWID;

-- Holes in journals as they are now, with the moment they were first seen: after 24 h one becomes a case.
CREATE TABLE holes (
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (terminal, epoch, first)
) STRICT, WITHOUT ROWID;

-- Booked sales. The body in the inbox is the truth; these columns are what lists and totals need.
CREATE TABLE sales (
    booked       INTEGER PRIMARY KEY,    -- inbox.ref: booking order, newest last; the keyset of lists
    outlet       BLOB NOT NULL,
    id           BLOB NOT NULL UNIQUE,
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    receipt      TEXT,
    business_date TEXT NOT NULL,
    completed_at INTEGER NOT NULL,
    booked_at    INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    total_minor  INTEGER NOT NULL,
    line_count   INTEGER NOT NULL
) STRICT;
CREATE INDEX sales_by_receipt ON sales (terminal, epoch, receipt);

CREATE TABLE sale_lines (
    sale         INTEGER NOT NULL,       -- sales.booked
    line         INTEGER NOT NULL,
    product      BLOB NOT NULL,
    quantity_milli INTEGER NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    gross_minor  INTEGER NOT NULL,
    discount_minor INTEGER NOT NULL,
    tax_rate_ppm INTEGER NOT NULL,
    tax_minor    INTEGER NOT NULL,
    PRIMARY KEY (sale, line)
) STRICT, WITHOUT ROWID;

-- Append-only: on-hand is the sum of these.
CREATE TABLE movements (
    number       INTEGER PRIMARY KEY,
    outlet       BLOB NOT NULL,
    product      BLOB NOT NULL,
    quantity_milli INTEGER NOT NULL,     -- signed
    reason       TEXT NOT NULL,          -- 'sale' or protocol::api::MovementReason
    source       BLOB NOT NULL,          -- the sale's or the request's id
    line         INTEGER NOT NULL,       -- the sale's line, 0 for a request
    at           INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX movements_once ON movements (source, line);

-- Derived: the sum of movements, kept in the same transaction; `doctor` recomputes it.
CREATE TABLE on_hand (
    outlet       BLOB NOT NULL,
    product      BLOB NOT NULL,
    quantity_milli INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    PRIMARY KEY (outlet, product)
) STRICT, WITHOUT ROWID;

-- The newest change per document, in commit order of `position`. A delete leaves a tombstone.
CREATE TABLE feed (
    position     INTEGER PRIMARY KEY,
    kind         TEXT NOT NULL,
    id           BLOB NOT NULL,
    version      INTEGER NOT NULL,
    deleted      INTEGER NOT NULL,
    UNIQUE (kind, id)
) STRICT;

-- A random mark of every commit that changed the feed, at the last position it wrote: a cursor carries it, so that
-- one from before a restore is known for what it is although its position exists again.
CREATE TABLE feed_marks (
    position     INTEGER PRIMARY KEY,
    mark         INTEGER NOT NULL
) STRICT;

-- Per outlet and business date, kept in the ingest transaction: totals never need a scan.
CREATE TABLE day_totals (
    outlet       BLOB NOT NULL,
    business_date TEXT NOT NULL,
    sale_count   INTEGER NOT NULL,
    total_minor  INTEGER NOT NULL,
    tax_minor    INTEGER NOT NULL,
    PRIMARY KEY (outlet, business_date)
) STRICT, WITHOUT ROWID;

-- What a person must look at. `subject` makes opening idempotent: one case per thing.
CREATE TABLE cases (
    id           BLOB PRIMARY KEY,
    number       INTEGER NOT NULL UNIQUE, -- order of opening; the keyset of the list
    outlet       BLOB NOT NULL,
    kind         TEXT NOT NULL,          -- protocol::api::CaseKind
    subject      TEXT NOT NULL,
    state        TEXT NOT NULL,          -- 'open', 'released', 'settled'
    summary      TEXT NOT NULL,
    evidence     TEXT NOT NULL,          -- JSON
    inbox        INTEGER,                -- the entry it is about
    terminal     BLOB,
    epoch        INTEGER,
    seq          INTEGER,
    opened_at    INTEGER NOT NULL,
    closed_at    INTEGER,
    note         TEXT,
    UNIQUE (kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX cases_open ON cases (state, number);
CREATE INDEX cases_by_entry ON cases (inbox) WHERE inbox IS NOT NULL;
