//! The one connection that writes, and the queue before it.
//!
//! A pool of one connection would do the same. But a pool takes a connection back in a task of its own and asks it first
//! whether it still answers, and whoever waits for the turn waits for that, too.

use super::{DbError, open};
use futures_util::FutureExt;
use sqlx::{Connection, Executor, SqliteConnection};
use std::{path::Path, time::Duration};
use tokio::sync::{Mutex, MutexGuard};

/// How long a request waits for its turn before it is told to come back.
const TURN_TIMEOUT: Duration = Duration::from_secs(30);

/// The writer. Who asks first writes first.
#[derive(Debug)]
pub(super) struct Writer(Mutex<Option<SqliteConnection>>);

/// A turn to write, in a transaction. Given up without [`Turn::commit`] it is rolled back.
#[derive(Debug)]
pub(super) struct Turn<'a> {
    /// Always some, but for the moment in which a connection that broke is made anew.
    connection: MutexGuard<'a, Option<SqliteConnection>>,
    open: bool,
}

impl Writer {
    pub(super) fn new(connection: SqliteConnection) -> Self {
        Self(Mutex::new(Some(connection)))
    }

    /// Waits for the turn and takes the write lock.
    pub(super) async fn turn(&self, file: &Path) -> Result<Turn<'_>, DbError> {
        let waiting = tokio::time::timeout(TURN_TIMEOUT, self.0.lock()).await;
        let connection = waiting.map_err(|_| sqlx::Error::PoolTimedOut)?;
        // Open from here on: cancelled while it begins, it may have begun.
        let mut turn = Turn { connection, open: true };
        match turn.begin().await {
            Err(sqlx::Error::WorkerCrashed) => {
                *turn.connection = Some(open::connect_writer(file).await?);
                turn.begin().await?;
            }
            begun => begun?,
        }
        Ok(turn)
    }

    /// Lets whoever writes end, then closes the connection. Nobody writes any more.
    pub(super) async fn close(&self) {
        let connection = self.0.lock().await.take();
        if let Some(connection) = connection
            && let Err(error) = connection.close().await
        {
            tracing::warn!(%error, "the writer could not be closed");
        }
    }
}

impl Turn<'_> {
    pub(super) fn connection(&self) -> Option<&SqliteConnection> {
        self.connection.as_ref()
    }

    pub(super) fn connection_mut(&mut self) -> Option<&mut SqliteConnection> {
        self.connection.as_mut()
    }

    async fn begin(&mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        connection.execute(sqlx::query("BEGIN IMMEDIATE")).await.map(|_| ())
    }

    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        let connection = self.connection.as_mut().ok_or(sqlx::Error::PoolClosed)?;
        connection.execute(sqlx::query("COMMIT")).await?;
        self.open = false;
        Ok(())
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let Some(connection) = self.connection.as_mut().filter(|_| self.open) else { return };
        // Once polled it is on its way to the connection's thread, behind whatever was cancelled and before whatever the
        // next in the queue asks for. Where nothing was begun, or all was committed before the answer was cancelled, it is
        // refused, and nobody listens.
        let _ = connection.execute(sqlx::query("ROLLBACK")).now_or_never();
    }
}
