//! The three things the server signs: access tokens, refresh tokens and the cookie that remembers a terminal.

use super::Keys;
use evertill_domain::{Id, id};
use evertill_protocol::terminal::Right;
use serde::{Deserialize, Serialize};

/// How long an access token lives, in seconds.
pub const ACCESS_LIFE_S: i64 = 900;

const ACCESS: &str = "evertill:api";
const REFRESH: &str = "evertill:refresh";
const REMEMBER: &str = "evertill:remember";

/// What a token says about its terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bearer {
    /// The terminal.
    #[serde(rename = "sub")]
    pub terminal: Id<id::Terminal>,
    /// Its outlet.
    pub outlet: Id<id::Outlet>,
    /// Its short code.
    pub short_code: String,
    /// What it might do when this was signed.
    pub right: Right,
    /// Its epoch.
    pub epoch: u32,
}

#[derive(Serialize, Deserialize)]
struct Signed<T> {
    iss: String,
    aud: String,
    /// Seconds UTC.
    iat: i64,
    #[serde(flatten)]
    content: T,
}

/// A short-lived token for requests.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Whose.
    #[serde(flatten)]
    pub bearer: Bearer,
    /// Seconds UTC from which it is no longer taken.
    pub exp: i64,
    /// Good for uploads alone: the terminal was revoked.
    #[serde(default)]
    pub upload_only: bool,
}

/// A long-lived token for the token route alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// Whose.
    #[serde(flatten)]
    pub bearer: Bearer,
    /// Counted per (terminal, epoch), from 1.
    pub number: i64,
}

/// What the cookie knows. Authorises nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remember {
    /// Whose.
    #[serde(flatten)]
    pub bearer: Bearer,
}

impl Access {
    /// An access token issued at `now_s`, seconds UTC.
    pub const fn issued(bearer: Bearer, now_s: i64) -> Self {
        Self { bearer, exp: now_s + ACCESS_LIFE_S, upload_only: false }
    }

    /// Signs it.
    pub fn sign(self, keys: &Keys) -> String {
        signed(keys, ACCESS, self.exp - ACCESS_LIFE_S, self)
    }

    /// The token's content if it is ours and not expired at `now_s`.
    pub fn check(keys: &Keys, token: &str, now_s: i64) -> Option<Self> {
        checked::<Self>(keys, ACCESS, token).filter(|access| now_s < access.exp)
    }
}

impl Refresh {
    /// Signs a refresh token.
    pub fn sign(keys: &Keys, bearer: Bearer, number: i64, now_s: i64) -> String {
        signed(keys, REFRESH, now_s, Self { bearer, number })
    }

    /// The token's content if it is ours.
    pub fn check(keys: &Keys, token: &str) -> Option<Self> {
        checked(keys, REFRESH, token)
    }
}

impl Remember {
    /// Signs the cookie's value.
    pub fn sign(keys: &Keys, bearer: Bearer, now_s: i64) -> String {
        signed(keys, REMEMBER, now_s, Self { bearer })
    }

    /// The cookie's content if it is ours.
    pub fn check(keys: &Keys, token: &str) -> Option<Self> {
        checked(keys, REMEMBER, token)
    }
}

fn signed<T: Serialize>(keys: &Keys, audience: &str, now_s: i64, content: T) -> String {
    keys.sign(&Signed { iss: Keys::issuer().to_owned(), aud: audience.to_owned(), iat: now_s, content })
}

fn checked<T: serde::de::DeserializeOwned>(keys: &Keys, audience: &str, token: &str) -> Option<T> {
    keys.check::<Signed<T>>(token, audience).map(|signed| signed.content)
}

#[cfg(test)]
mod tests {
    use super::{ACCESS_LIFE_S, Access, Bearer, Refresh, Remember};
    use crate::auth::Keys;
    use evertill_domain::Id;
    use evertill_protocol::terminal::Right;
    use uuid::Uuid;

    fn bearer() -> Bearer {
        Bearer {
            terminal: Id::new(Uuid::from_u128(1)).expect("not nil"),
            outlet: Id::new(Uuid::from_u128(2)).expect("not nil"),
            short_code: "T1".to_owned(),
            right: Right::Owner,
            epoch: 3,
        }
    }

    #[test]
    fn a_token_is_good_for_one_purpose_one_key_and_its_life() {
        let (keys, others) = (Keys::from_bytes(&[1; 32]), Keys::from_bytes(&[2; 32]));
        let access = Access::issued(bearer(), 1000).sign(&keys);
        let found = Access::check(&keys, &access, 1000).expect("ours");
        assert_eq!((found.bearer, found.upload_only), (bearer(), false));
        assert!(Access::check(&keys, &access, 1000 + ACCESS_LIFE_S).is_none(), "expired");
        assert!(Access::check(&others, &access, 1000).is_none(), "another installation's");
        assert!(Refresh::check(&keys, &access).is_none(), "an access token renews nothing");
        let refresh = Refresh::sign(&keys, bearer(), 7, 1000);
        assert_eq!(Refresh::check(&keys, &refresh).map(|found| found.number), Some(7));
        assert!(Access::check(&keys, &refresh, 1000).is_none(), "a refresh token opens nothing");
        let cookie = Remember::sign(&keys, bearer(), 1000);
        assert!(Remember::check(&keys, &cookie).is_some());
        assert!(Refresh::check(&keys, &cookie).is_none() && Access::check(&keys, &cookie, 1000).is_none());
    }

    #[test]
    fn a_token_without_a_signature_is_nothing() {
        let keys = Keys::from_bytes(&[1; 32]);
        let access = Access::issued(bearer(), 1000).sign(&keys);
        let (signed, _) = access.rsplit_once('.').expect("three parts");
        let body = signed.split('.').nth(1).expect("a body");
        // {"alg":"none"}
        for forged in
            [format!("{signed}."), format!("eyJhbGciOiJub25lIn0.{body}."), String::new(), "a.b.c".into()]
        {
            assert!(Access::check(&keys, &forged, 1000).is_none(), "{forged}");
        }
    }
}
