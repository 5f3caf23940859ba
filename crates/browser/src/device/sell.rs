//! Completing a sale, so that nothing on the screen can cancel it.

use super::{Device, Wake};
use crate::{Browser, notice::Word, oneshot};
use evertill_sync::{
    ports::StoreError,
    till::{CommitError, CommittedSale, PreparedSale},
};

impl Device {
    /// Commits the sale. `Ok` means that it is on the disk: only then may "Paid" be shown.
    ///
    /// The commit runs on a task of its own: leaving the page's view or dropping this future does not cancel it.
    pub async fn sell(&self, sale: PreparedSale) -> Result<CommittedSale, CommitError> {
        let (sender, receiver) = oneshot::channel();
        let device = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let result = device.0.till.complete_sale(sale, &Browser).await;
            let committed = result.is_ok();
            sender.send(result);
            if committed {
                device.count_sales();
                device.0.channel.say(Word::Sold);
                device.nudge(Wake::NewSale);
                device.register_background_sync();
            }
        });
        receiver.await.unwrap_or_else(|| {
            Err(CommitError::Store(StoreError::Failed("the commit ended without an answer".to_owned())))
        })
    }
}
