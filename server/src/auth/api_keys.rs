//! Keys of other systems: made by a person at the command line, scoped, shown once, stored hashed.

use super::{secret, store};
use crate::db::{Db, DbError};
use std::str::FromStr;
use uuid::Uuid;

/// What every key begins with, so that a leaked one is recognised.
const PREFIX: &str = "evk_";

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// See products and stock.
    ProductsRead,
    /// Create, change, delete and import products.
    ProductsWrite,
    /// Book stock movements.
    StockWrite,
    /// See sales.
    SalesRead,
    /// Book sales.
    SalesWrite,
    /// See cases.
    CasesRead,
    /// Release and settle cases.
    CasesWrite,
}

/// The text names no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{0}” is no scope; there are products:read, products:write, stock:write, sales:read, sales:write, cases:read, cases:write"
)]
pub struct UnknownScope(String);

impl Scope {
    /// All scopes.
    pub const ALL: [Self; 7] = [
        Self::ProductsRead,
        Self::ProductsWrite,
        Self::StockWrite,
        Self::SalesRead,
        Self::SalesWrite,
        Self::CasesRead,
        Self::CasesWrite,
    ];

    /// The scope as it is written.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ProductsRead => "products:read",
            Self::ProductsWrite => "products:write",
            Self::StockWrite => "stock:write",
            Self::SalesRead => "sales:read",
            Self::SalesWrite => "sales:write",
            Self::CasesRead => "cases:read",
            Self::CasesWrite => "cases:write",
        }
    }

    /// Whether it changes nothing.
    pub const fn is_reading(self) -> bool {
        matches!(self, Self::ProductsRead | Self::SalesRead | Self::CasesRead)
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;
    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL
            .into_iter()
            .find(|scope| scope.as_str() == text)
            .ok_or_else(|| UnknownScope(text.to_owned()))
    }
}

/// A key as the list shows it; the secret is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Names it for revoking.
    pub id: Uuid,
    /// What it was called when it was made.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made, milliseconds UTC.
    pub created_at: i64,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// Makes a key and answers its id and the secret, which nobody can read again.
pub async fn create(db: &Db, name: &str, scopes: &[Scope], now_ms: i64) -> Result<(Uuid, String), DbError> {
    let (id, key) = (Uuid::now_v7(), format!("{PREFIX}{}", secret::new_key()));
    let mut tx = db.write().await?;
    store::insert_key(&mut tx, id, &secret::hashed(&key), name, scopes, now_ms).await?;
    tx.commit().await?;
    Ok((id, key))
}

/// All keys, oldest first.
pub async fn list(db: &Db) -> Result<Vec<ApiKey>, DbError> {
    let mut reader = db.read().await?;
    Ok(store::keys(&mut reader).await?)
}

/// Ends a key at once; false if there is none with this id that still works.
pub async fn revoke(db: &Db, id: Uuid, now_ms: i64) -> Result<bool, DbError> {
    let mut tx = db.write().await?;
    let ended = store::revoke_key(&mut tx, id, now_ms).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Whether a credential is a key and not a token.
pub(super) fn looks_like_a_key(credential: &str) -> bool {
    credential.starts_with(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn scopes_are_written_as_they_are_read() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert!("sales:*".parse::<Scope>().is_err());
    }
}
