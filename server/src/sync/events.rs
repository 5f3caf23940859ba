//! `GET /api/events`: a stream that only says "there is something new".

use crate::{
    auth::Caller,
    db::Db,
    http::{ApiError, AppState},
};
use axum::{
    body::{Body, Bytes},
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use evertill_protocol::problem::Problem;
use std::{convert::Infallible, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout},
};

/// How often another process's changes are looked for (a terminal revoked at the command line).
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Without news a comment keeps the connection from being taken for dead.
const QUIET_TURNS: u32 = 4;
/// News that come this close together are told once.
const PAUSE: Duration = Duration::from_millis(100);
/// A stream ends by itself when the access token behind it has expired; the till opens the next.
const LIFE: Duration = Duration::from_mins(15);

/// Where one stream stands.
struct Listener {
    db: Db,
    changed: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    told: i64,
    quiet: u32,
    ends_at: Instant,
}

/// Says `data: new` whenever there are changes to pull (server-sent events); nothing else is in it.
#[utoipa::path(get, path = "/api/events", tag = "sync",
    responses((status = 200, description = "A stream of server-sent events", content_type = "text/event-stream", body = String),
        (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn stream(State(state): State<AppState>, caller: Caller) -> Result<Response, ApiError> {
    caller.require_terminal()?;
    let listener = Listener {
        told: position(&state.db).await?,
        db: state.db.clone(),
        changed: state.db.feed_changed(),
        stopping: state.stopping.clone(),
        quiet: 0,
        ends_at: Instant::now() + LIFE,
    };
    let first = futures_util::stream::once(async { Ok::<_, Infallible>(Bytes::from_static(b": here\n\n")) });
    let rest = futures_util::stream::unfold(listener, next);
    let body = Body::from_stream(futures_util::StreamExt::chain(first, rest));
    let kind = (header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // A proxy that collects a stream would hold the news back.
    let unbuffered = ("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(([kind], [unbuffered], body).into_response())
}

/// The next line; none when the stream ends.
async fn next(mut listener: Listener) -> Option<(Result<Bytes, Infallible>, Listener)> {
    while Instant::now() < listener.ends_at {
        let woken = tokio::select! {
            woken = timeout(LOOK_EVERY, listener.changed.changed()) => woken,
            _ = listener.stopping.wait_for(|stopping| *stopping) => return None,
        };
        let now = match woken {
            // Committed by this process: the position came with the news.
            Ok(Ok(())) => {
                sleep(PAUSE).await;
                i64::try_from(*listener.changed.borrow_and_update()).unwrap_or(i64::MAX)
            }
            // The database is closed: there is no news to come.
            Ok(Err(_)) => return None,
            Err(_) => position(&listener.db).await.ok()?,
        };
        if now != listener.told {
            listener.told = now;
            listener.quiet = 0;
            return Some((Ok(Bytes::from_static(b"data: new\n\n")), listener));
        }
        listener.quiet += 1;
        if listener.quiet >= QUIET_TURNS {
            listener.quiet = 0;
            return Some((Ok(Bytes::from_static(b": quiet\n\n")), listener));
        }
    }
    None
}

async fn position(db: &Db) -> Result<i64, crate::db::DbError> {
    let mut reader = db.read().await?;
    Ok(super::pull::position(&mut reader).await?)
}
