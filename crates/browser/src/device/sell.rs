//! Completing a sale, so that nothing on the screen can cancel it.

use super::Device;
use crate::{Browser, notice::Word, oneshot};
use core::task::{Context, Waker};
use evertill_sync::{
    ports::StoreError,
    till::{CommitError, CommittedSale, PreparedSale},
};

impl Device {
    /// Commits the sale. `Ok` means that it is on the disk: only then may "Paid" be shown.
    ///
    /// The transaction is begun before this returns, ahead of whatever the caller still has to show. The commit runs on
    /// a task of its own: leaving the page's view or dropping this future does not cancel it.
    pub fn sell(
        &self,
        sale: PreparedSale,
    ) -> impl Future<Output = Result<CommittedSale, CommitError>> + use<> {
        let (sender, receiver) = oneshot::channel();
        let device = self.clone();
        begin(async move {
            let result = device.0.till.complete_sale(sale, &Browser).await;
            let committed = result.is_ok();
            sender.send(result);
            if committed {
                device.count_sales();
                device.0.channel.say(Word::Sold);
                device.sold();
                device.register_background_sync();
            }
        });
        async move {
            receiver.await.unwrap_or_else(|| {
                Err(CommitError::Store(StoreError::Failed("the commit ended without an answer".to_owned())))
            })
        }
    }
}

/// Runs a task up to its first wait, now; the rest as any other task.
fn begin(task: impl Future<Output = ()> + 'static) {
    let mut task = Box::pin(task);
    // What it waits for is an event, which comes after this and is then waited for by the spawned task.
    if task.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        wasm_bindgen_futures::spawn_local(task);
    }
}
