//! One-time codes: for setting up the shop and for enrolling a terminal. Stored hashed.

use super::store::{self, Code};
use crate::{
    auth::secret,
    db::{Db, DbError, WriteTx},
};
use evertill_domain::{Id, id};
use evertill_protocol::terminal::{CodeAnswer, Right};
use sqlx::SqliteConnection;

/// How long a code can be used for the first time.
pub const LIFE_MS: i64 = 30 * 60 * 1000;
/// How long the device that used a code gets the same answer again.
pub const REPLAY_MS: i64 = 24 * 60 * 60 * 1000;

/// What a code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Sets up the shop, then enrols its first terminal.
    Setup,
    /// Enrols a terminal.
    Enrol,
}

impl Purpose {
    /// As it is stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Enrol => "enrol",
        }
    }
}

/// Which terminal a code enrols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A further one, or the one that the browser's cookie remembers.
    Next,
    /// This one anew.
    Anew(Id<id::Terminal>),
}

/// Makes a code that enrols at this outlet. It gives the right `owner` while no terminal has it, else `sell`; a
/// terminal that is enrolled anew keeps its right.
pub async fn enrolment(
    tx: &mut WriteTx<'_>,
    outlet: Id<id::Outlet>,
    target: Target,
    now_ms: i64,
) -> Result<CodeAnswer, sqlx::Error> {
    let right = if store::owners(tx, outlet).await? > 0 { Right::Sell } else { Right::Owner };
    let terminal = match target {
        Target::Next => None,
        Target::Anew(terminal) => Some(terminal),
    };
    issue(tx, Purpose::Enrol, Some(outlet), terminal, right, now_ms).await
}

/// Makes the code of a set-up link. Earlier ones go on until they end by themselves or a shop is made.
pub async fn setup(tx: &mut WriteTx<'_>, now_ms: i64) -> Result<CodeAnswer, sqlx::Error> {
    issue(tx, Purpose::Setup, None, None, Right::Owner, now_ms).await
}

/// The code that the next step needs, for a person at the command line: set-up while there is no shop, enrolment
/// otherwise. `short_code` names a terminal to enrol anew; none is answered if there is no such terminal.
pub async fn for_operator(
    db: &Db,
    short_code: Option<&str>,
    now_ms: i64,
) -> Result<Option<CodeAnswer>, DbError> {
    let mut tx = db.write().await?;
    let answer = match (crate::setup::outlet(&mut tx).await?, short_code) {
        (None, None) => Some(setup(&mut tx, now_ms).await?),
        (None, Some(_)) => None,
        (Some(outlet), None) => Some(enrolment(&mut tx, outlet, Target::Next, now_ms).await?),
        (Some(outlet), Some(short_code)) => match store::by_short_code(&mut tx, outlet, short_code).await? {
            Some(terminal) => Some(enrolment(&mut tx, outlet, Target::Anew(terminal), now_ms).await?),
            None => None,
        },
    };
    tx.commit().await?;
    Ok(answer)
}

/// Whether any browser was ever enrolled.
pub async fn has_till(db: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    store::has_till(db).await
}

async fn issue(
    db: &mut SqliteConnection,
    purpose: Purpose,
    outlet: Option<Id<id::Outlet>>,
    terminal: Option<Id<id::Terminal>>,
    right: Right,
    now_ms: i64,
) -> Result<CodeAnswer, sqlx::Error> {
    let code = secret::new_code();
    let expires_at = now_ms + LIFE_MS;
    let row =
        Code { purpose, outlet, terminal, right, expires_at, device: None, used_at: None, answer: None };
    store::insert_code(db, &secret::hashed(&code), &row, now_ms).await?;
    let page = match purpose {
        Purpose::Setup => "setup",
        Purpose::Enrol => "enrol",
    };
    Ok(CodeAnswer { path: format!("/{page}#code={code}"), code, expires_at, qr: Vec::new() })
}
