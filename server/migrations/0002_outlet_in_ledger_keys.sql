-- The outlet leads every key of the ledger: a second outlet's rows lie beside the first one's and never among them, and
-- no journal can be under another outlet than its terminal's. Rows stay as they are; only keys and indexes change.
--
-- Two kinds of keys stay without it. The numbers of rows (`ref`, `booked`, `number`) are the order of arrival, which all
-- outlets share. An entry's id is the idempotency key for ever: the same id from another outlet is a conflict and never a
-- second sale.

CREATE UNIQUE INDEX terminals_by_outlet ON terminals (outlet, id);

CREATE TABLE epochs_by_outlet (
    outlet       BLOB NOT NULL,
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    issued_at    INTEGER NOT NULL,
    token_number INTEGER NOT NULL,       -- this and all below as in 0001
    ask          BLOB,
    answer       TEXT,
    forked_at    INTEGER,
    head         INTEGER NOT NULL,
    acked_through INTEGER NOT NULL,
    contiguous   INTEGER NOT NULL,
    max_seq      INTEGER NOT NULL,
    durable_through INTEGER NOT NULL,
    PRIMARY KEY (outlet, terminal, epoch),
    FOREIGN KEY (outlet, terminal) REFERENCES terminals (outlet, id)
) STRICT, WITHOUT ROWID;
INSERT INTO epochs_by_outlet
    SELECT t.outlet, e.terminal, e.epoch, e.issued_at, e.token_number, e.ask, e.answer, e.forked_at, e.head,
           e.acked_through, e.contiguous, e.max_seq, e.durable_through
    FROM epochs e JOIN terminals t ON t.id = e.terminal;
DROP TABLE epochs;
ALTER TABLE epochs_by_outlet RENAME TO epochs;

DROP INDEX inbox_by_place;
CREATE INDEX inbox_by_place ON inbox (outlet, terminal, epoch, seq);
DROP INDEX inbox_unbooked;
CREATE INDEX inbox_unbooked ON inbox (outlet, terminal, epoch, seq) WHERE state NOT IN ('booked', 'released');

CREATE TABLE lost_by_outlet (
    outlet       BLOB NOT NULL,
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    PRIMARY KEY (outlet, terminal, epoch, first)
) STRICT, WITHOUT ROWID;
INSERT INTO lost_by_outlet
    SELECT t.outlet, l.terminal, l.epoch, l.first, l.last FROM lost l JOIN terminals t ON t.id = l.terminal;
DROP TABLE lost;
ALTER TABLE lost_by_outlet RENAME TO lost;

CREATE TABLE holes_by_outlet (
    outlet       BLOB NOT NULL,
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    first        INTEGER NOT NULL,
    last         INTEGER NOT NULL,
    seen_at      INTEGER NOT NULL,
    PRIMARY KEY (outlet, terminal, epoch, first)
) STRICT, WITHOUT ROWID;
INSERT INTO holes_by_outlet
    SELECT t.outlet, h.terminal, h.epoch, h.first, h.last, h.seen_at FROM holes h JOIN terminals t ON t.id = h.terminal;
DROP TABLE holes;
ALTER TABLE holes_by_outlet RENAME TO holes;

CREATE TABLE sales_by_outlet (
    booked       INTEGER PRIMARY KEY,    -- inbox.ref: booking order, newest last; the keyset of lists
    outlet       BLOB NOT NULL,
    id           BLOB NOT NULL,
    terminal     BLOB NOT NULL,
    epoch        INTEGER NOT NULL,
    seq          INTEGER NOT NULL,
    receipt      TEXT,
    business_date TEXT NOT NULL,
    completed_at INTEGER NOT NULL,
    booked_at    INTEGER NOT NULL,
    currency     TEXT NOT NULL,
    total_minor  INTEGER NOT NULL,
    line_count   INTEGER NOT NULL,
    UNIQUE (outlet, id)
) STRICT;
INSERT INTO sales_by_outlet
    SELECT booked, outlet, id, terminal, epoch, seq, receipt, business_date, completed_at, booked_at, currency,
           total_minor, line_count
    FROM sales;

CREATE TABLE sale_lines_by_outlet (
    outlet       BLOB NOT NULL,
    sale         INTEGER NOT NULL,       -- sales.booked
    line         INTEGER NOT NULL,
    product      BLOB NOT NULL,
    quantity_milli INTEGER NOT NULL,
    unit_price_minor INTEGER NOT NULL,
    gross_minor  INTEGER NOT NULL,
    discount_minor INTEGER NOT NULL,
    tax_rate_ppm INTEGER NOT NULL,
    tax_minor    INTEGER NOT NULL,
    PRIMARY KEY (outlet, sale, line)
) STRICT, WITHOUT ROWID;
INSERT INTO sale_lines_by_outlet
    SELECT s.outlet, l.sale, l.line, l.product, l.quantity_milli, l.unit_price_minor, l.gross_minor, l.discount_minor,
           l.tax_rate_ppm, l.tax_minor
    FROM sales s CROSS JOIN sale_lines l ON l.sale = s.booked;
DROP TABLE sale_lines;
ALTER TABLE sale_lines_by_outlet RENAME TO sale_lines;
DROP TABLE sales;
ALTER TABLE sales_by_outlet RENAME TO sales;
CREATE INDEX sales_by_receipt ON sales (outlet, terminal, epoch, receipt);

DROP INDEX movements_once;
CREATE UNIQUE INDEX movements_once ON movements (outlet, source, line);
