//! The serving loop: from a bound socket until SIGTERM or SIGINT, then a graceful stop.

use super::{AppState, router};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, signal, sync::watch};

/// How long running requests may take to end once a stop was asked for.
const STOP_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `stop` turns true; then takes no new connection, lets running requests end and closes the
/// database. Requests that do not end in ten seconds are cut; what they had not committed is rolled back.
pub async fn serve(listener: TcpListener, state: AppState, stop: watch::Receiver<bool>) -> io::Result<()> {
    let app = router(state.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(stopped(stop.clone()));
    let deadline = async {
        stopped(stop).await;
        // Not a wait for something: the deadline of what is waited for beside it.
        tokio::time::sleep(STOP_TIMEOUT).await;
    };
    let result = tokio::select! {
        result = serving => result,
        () = deadline => {
            tracing::warn!("some requests did not end in time and were cut");
            Ok(())
        }
    };
    state.db.close().await;
    result
}

/// Turns true at SIGTERM or SIGINT.
pub fn stop_on_signal() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_stop().await;
        sender.send_replace(true);
        tracing::info!("stopping");
        // Keeps the sender alive, and lets a second Ctrl-C end the process at once.
        asked_to_stop().await;
        std::process::exit(130);
    });
    receiver
}

#[cfg(unix)]
async fn asked_to_stop() {
    let mut terminate =
        signal::unix::signal(signal::unix::SignalKind::terminate()).expect("the runtime handles signals");
    tokio::select! {
        _ = signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn asked_to_stop() {
    let _ = signal::ctrl_c().await;
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    // An error means that nobody can ask any more: then serve on.
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending::<()>().await;
    }
}
