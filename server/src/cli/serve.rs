//! `evertill serve`.

use super::{Outcome, output};
use crate::{
    assets::Web,
    auth::Keys,
    db::{self, Db},
    demo,
    http::{self, AppState, RateLimits, Shared, machine_clock},
    setup, sync,
    terminals::codes::{self, Target},
};
use clap::builder::BoolishValueParser;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};
use tokio::net::TcpListener;

#[derive(Debug, clap::Args)]
pub struct Serve {
    /// Address and port to serve on.
    #[arg(long, env = "EVERTILL_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
    listen: SocketAddr,
    /// In an empty data folder, make a demo shop with a real catalogue. Changes nothing where there is a shop.
    #[arg(long, env = "EVERTILL_DEMO", value_parser = BoolishValueParser::new())]
    demo: bool,
    /// Serve the web app from this folder instead of the one inside the binary.
    #[arg(long, env = "EVERTILL_WEB", value_name = "FOLDER", hide = true)]
    web: Option<PathBuf>,
}

impl Serve {
    pub async fn run(self, data: &Path) -> Outcome {
        let stop = http::stop_on_signal();
        // Bound and locked before anything is touched: a port or a folder in use leaves the disk as it was. Who connects
        // from now on waits, and is answered from a database that is migrated and a shop that is complete.
        let listener = TcpListener::bind(self.listen)
            .await
            .map_err(|error| format!("cannot listen on {}: {error}", self.listen))?;
        db::recognise_in(data).await?;
        let _lock = db::lock_folder(data)?;
        let db = Db::open(data).await?;
        let migrated = db.migrated();
        if !migrated.applied.is_empty() {
            tracing::info!(versions = ?migrated.applied, copy = ?migrated.copy, "the database was brought up to date");
        }
        let clock = machine_clock();
        if self.demo && demo::make_if_empty(&db, clock()).await? {
            tracing::info!("made the demo shop");
        }
        let state = AppState::new(Shared {
            auth: Keys::load(&db).await?,
            clock,
            limits: RateLimits::default(),
            web: self.web.map_or(Web::Embedded, Web::Folder),
            imports: Arc::default(),
            stopping: stop.clone(),
            db,
        });
        let address = listener.local_addr()?;
        let base = base_url(address);
        output::line(&format!("Evertill serves {base}"))?;
        if let Some(link) = first_link(&state).await? {
            output::line(&link.replace("{base}", &base))?;
        }
        if !address.ip().is_loopback() {
            output::line(&format!(
                "Other devices need HTTPS: put a proxy with TLS in front of port {} and open its name there (README, \
                 “The server”).",
                address.port()
            ))?;
        }
        let holes = tokio::spawn(sync::watch_holes(state.db.clone(), Arc::clone(&state.clock)));
        let db = state.db.clone();
        let write_back = tokio::spawn(async move { db.write_back().await });
        let served = http::serve(listener, state, stop).await;
        holes.abort();
        write_back.abort();
        served?;
        Ok(ExitCode::SUCCESS)
    }
}

/// What has to be opened next: the set-up link while there is no shop, the enrolment link while there is no terminal.
async fn first_link(state: &AppState) -> Result<Option<String>, crate::db::DbError> {
    let now_ms = state.now_ms();
    let mut tx = state.db.write().await?;
    let (words, code) = match setup::outlet(&mut tx).await? {
        None => ("Set up your shop", codes::setup(&mut tx, now_ms).await?),
        Some(outlet) if !codes::has_till(&mut tx).await? => {
            ("Open the till", codes::enrolment(&mut tx, outlet, Target::Next, now_ms).await?)
        }
        Some(_) => return Ok(None),
    };
    tx.commit().await?;
    let minutes = codes::LIFE_MS / 60_000;
    Ok(Some(format!("{words} (once, within {minutes} minutes): {{base}}{}", code.path)))
}

/// What a browser on this machine opens. `localhost` is a secure context, an address of the network is none.
fn base_url(address: SocketAddr) -> String {
    if address.ip().is_loopback() || address.ip().is_unspecified() {
        format!("http://localhost:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
