//! How the ERP books: ingest decisions, pure.
