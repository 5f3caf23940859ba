//! Who is calling: terminals by signed tokens, other systems by keys.
//!
//! Guarantees: a token's signature is checked before anything in it is believed; what may change after a
//! token was signed (revoked, rights) is read from the database at each request; keys and codes are stored
//! hashed; no credential is logged. See `docs/decisions/` on tokens.

pub mod api_keys;
mod caller;
mod keys;
pub mod secret;
mod store;
pub mod tokens;

pub use api_keys::Scope;
pub use caller::Caller;
pub use keys::Keys;
pub(crate) use store::right as right_of;
