//! Two futures on one task, until both are through.

use core::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

/// The outputs of both. The first is begun before the second.
pub(super) async fn both<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut first_out, mut second_out) = (None, None);
    poll_fn(|context| {
        if first_out.is_none()
            && let Poll::Ready(out) = first.as_mut().poll(context)
        {
            first_out = Some(out);
        }
        if second_out.is_none()
            && let Poll::Ready(out) = second.as_mut().poll(context)
        {
            second_out = Some(out);
        }
        match (first_out.take(), second_out.take()) {
            (Some(first), Some(second)) => Poll::Ready((first, second)),
            (first, second) => {
                (first_out, second_out) = (first, second);
                Poll::Pending
            }
        }
    })
    .await
}
