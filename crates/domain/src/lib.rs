//! The rules of selling, pure.
