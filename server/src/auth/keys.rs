//! The signing key of this installation.

use super::{secret, store};
use crate::db::{Db, DbError};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, sync::Arc};

/// Who signs.
const ISSUER: &str = "evertill";
/// What tokens are signed with: HMAC-SHA-256, since the server that signs is the one that checks.
const ALGORITHM: Algorithm = Algorithm::HS256;

/// Signs and checks tokens. The key lies in the database and so in every backup.
#[derive(Clone)]
pub struct Keys(Arc<Pair>);

struct Pair {
    signing: EncodingKey,
    checking: DecodingKey,
}

impl Keys {
    /// The key of this database; made at the first start.
    pub async fn load(db: &Db) -> Result<Self, DbError> {
        let mut tx = db.write().await?;
        let key = store::signing_key(&mut tx, &secret::random_bytes()).await?;
        tx.commit().await?;
        Ok(Self::from_bytes(&key))
    }

    /// Keys of these bytes.
    pub fn from_bytes(key: &[u8]) -> Self {
        let pair = Pair { signing: EncodingKey::from_secret(key), checking: DecodingKey::from_secret(key) };
        Self(Arc::new(pair))
    }

    /// The claims, signed.
    pub(super) fn sign<C: Serialize>(&self, claims: &C) -> String {
        encode(&Header::new(ALGORITHM), claims, &self.0.signing).expect("plain claims can always be signed")
    }

    /// The claims of a token for this audience if the signature is ours; whether it expired is the caller's to check,
    /// by the server's clock.
    pub(super) fn check<C: DeserializeOwned>(&self, token: &str, audience: &str) -> Option<C> {
        let mut validation = Validation::new(ALGORITHM);
        validation.validate_exp = false;
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience]);
        decode(token, &self.0.checking, &validation).ok().map(|data| data.claims)
    }

    /// The issuer that claims must carry.
    pub(super) const fn issuer() -> &'static str {
        ISSUER
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keys")
    }
}
