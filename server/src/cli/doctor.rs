//! `evertill doctor`.

use super::{Outcome, output};
use crate::doctor;
use std::{path::Path, process::ExitCode};

/// Checks the books and prints what it found; 0 if each difference is named by a case, else 1.
pub async fn run(data: &Path) -> Outcome {
    let report = doctor::run(data).await?;
    output::line(&report.to_string())?;
    Ok(if report.is_explained() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
