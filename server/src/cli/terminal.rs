//! `evertill terminal code|list|revoke`.

use super::{Outcome, output};
use crate::{
    db::Db,
    http::machine_clock,
    setup,
    terminals::{self, codes, store},
};
use std::{path::Path, process::ExitCode};

#[derive(Debug, clap::Subcommand)]
pub enum Terminal {
    /// Print a one-time code that enrols a terminal; the code is the last word. Before the shop is set up, it is the
    /// set-up code.
    Code {
        /// Enrol this terminal anew, such as T1, instead of a further one.
        #[arg(long, env = "EVERTILL_TERMINAL", value_name = "T…")]
        terminal: Option<String>,
    },
    /// List the terminals.
    List,
    /// Take a terminal's rights; what it has sold is still taken.
    Revoke {
        /// Its short code, such as T2.
        terminal: String,
    },
}

impl Terminal {
    pub async fn run(self, data: &Path) -> Outcome {
        let db = Db::open_beside(data).await?;
        let now_ms = machine_clock()();
        match self {
            Self::Code { terminal } => {
                let code = codes::for_operator(&db, terminal.as_deref(), now_ms)
                    .await?
                    .ok_or("there is no such terminal")?;
                let minutes = codes::LIFE_MS / 60_000;
                output::line(&format!(
                    "Open {} on this server within {minutes} minutes, or type {}",
                    code.path, code.code
                ))?;
            }
            Self::List => {
                let mut reader = db.read().await?;
                if let Some(outlet) = setup::outlet(&mut reader).await? {
                    for row in store::list(&mut reader, outlet).await? {
                        let state = if row.revoked { "revoked" } else { "active" };
                        let right = format!("{:?}", row.right).to_lowercase();
                        let (short_code, epoch, pending) = (row.short_code, row.epoch, row.pending);
                        output::line(&format!(
                            "{short_code}\t{state}\t{right}\tepoch {epoch}\t{pending} waiting\t{}",
                            row.id
                        ))?;
                    }
                }
            }
            Self::Revoke { terminal } => {
                let mut reader = db.read().await?;
                let outlet = setup::outlet(&mut reader).await?.ok_or("the shop is not set up yet")?;
                let id = store::by_short_code(&mut reader, outlet, &terminal)
                    .await?
                    .ok_or("there is no such terminal")?;
                drop(reader);
                terminals::revoke(&db, id, now_ms).await?;
                output::line(&format!("revoked {terminal}"))?;
            }
        }
        db.close().await;
        Ok(ExitCode::SUCCESS)
    }
}
