//! `evertill doctor`.

use super::{Outcome, output};
use crate::{db::Db, doctor, stock};
use clap::{Args, builder::BoolishValueParser};
use std::{path::Path, process::ExitCode};

#[derive(Debug, Args)]
pub struct Doctor {
    /// Before looking, put every on-hand to the sum of its movements; tills hear of each that was another.
    #[arg(long, env = "EVERTILL_REBUILD_STOCK", value_parser = BoolishValueParser::new())]
    rebuild_stock: bool,
}

impl Doctor {
    /// Checks the books and prints what it found; 0 if each difference is named by a case, else 1.
    pub async fn run(self, data: &Path) -> Outcome {
        if self.rebuild_stock {
            let db = Db::open_beside(data).await?;
            let mut tx = db.write().await?;
            let changed = stock::rebuild(&mut tx).await?;
            tx.commit().await?;
            db.close().await;
            output::line(&match changed {
                1 => "1 on-hand quantity was put to the sum of its movements.".to_owned(),
                _ => format!("{changed} on-hand quantities were put to the sum of their movements."),
            })?;
        }
        let report = doctor::run(data).await?;
        output::line(&report.to_string())?;
        Ok(if report.is_explained() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
