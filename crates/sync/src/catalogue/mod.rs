//! The catalogue on the device: how the ERP's documents lie in the database, and what is made of them in memory.

pub mod rows;
