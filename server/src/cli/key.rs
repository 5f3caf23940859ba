//! `evertill key create|list|revoke`.

use super::{Outcome, output};
use crate::{
    auth::{Scope, api_keys},
    db::Db,
    http::machine_clock,
};
use std::{path::Path, process::ExitCode};
use uuid::Uuid;

#[derive(Debug, clap::Subcommand)]
pub enum Key {
    /// Make a key and print it once; the key is the last word.
    Create {
        /// What it is for.
        #[arg(long, env = "EVERTILL_NAME", value_parser = name)]
        name: String,
        /// What it may do; several are separated by commas.
        #[arg(long = "scope", env = "EVERTILL_SCOPE", required = true, value_delimiter = ',')]
        scopes: Vec<Scope>,
    },
    /// List the keys, without their secrets.
    List,
    /// End a key at once.
    Revoke {
        /// Its id, as listed.
        id: Uuid,
    },
}

/// A name that tells keys apart in the list.
fn name(text: &str) -> Result<String, &'static str> {
    let name = text.trim();
    if name.is_empty() { Err("say what the key is for") } else { Ok(name.to_owned()) }
}

impl Key {
    pub async fn run(self, data: &Path) -> Outcome {
        let db = Db::open_beside(data).await?;
        let now_ms = machine_clock()();
        match self {
            Self::Create { name, scopes } => {
                let (id, key) = api_keys::create(&db, &name, &scopes, now_ms).await?;
                output::line(&format!("Key {id}, shown only now: {key}"))?;
            }
            Self::List => {
                for key in api_keys::list(&db).await? {
                    let state = if key.revoked_at.is_some() { "revoked" } else { "active" };
                    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                    output::line(&format!("{}\t{state}\t{}\t{}", key.id, scopes.join(","), key.name))?;
                }
            }
            Self::Revoke { id } => {
                if !api_keys::revoke(&db, id, now_ms).await? {
                    return Err("there is no such key, or it was revoked before".into());
                }
                output::line(&format!("revoked {id}"))?;
            }
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
