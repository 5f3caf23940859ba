//! One value from a callback to the one future that waits for it. Single-threaded, and cheaper than a promise:
//! the waiting task is woken in the callback itself.

use core::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    task::{Context, Poll, Waker},
};
use std::rc::Rc;

enum State<T> {
    Waiting(Option<Waker>),
    Sent(T),
    /// The sender went away without a value, or the value was taken.
    Over,
}

/// Sends the value. Dropped without sending, the waiting side gets `None`.
pub(crate) struct Sender<T>(Rc<RefCell<State<T>>>);

/// The value to come; `None` if the sender went away.
pub(crate) struct Receiver<T>(Rc<RefCell<State<T>>>);

/// A sender and the future of what it sends.
pub(crate) fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let state = Rc::new(RefCell::new(State::Waiting(None)));
    (Sender(Rc::clone(&state)), Receiver(state))
}

impl<T> Sender<T> {
    /// Hands the value over and wakes whoever waits.
    pub(crate) fn send(self, value: T) {
        put(&self.0, State::Sent(value));
    }

    /// Whether anybody still waits for the value.
    pub(crate) fn is_awaited(&self) -> bool {
        Rc::strong_count(&self.0) > 1
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if matches!(*self.0.borrow(), State::Waiting(_)) {
            put(&self.0, State::Over);
        }
    }
}

fn put<T>(state: &RefCell<State<T>>, value: State<T>) {
    let before = state.replace(value);
    if let State::Waiting(Some(waker)) = before {
        waker.wake();
    }
}

impl<T> Future for Receiver<T> {
    type Output = Option<T>;
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.0.borrow_mut();
        if let State::Waiting(waker) = &mut *state {
            *waker = Some(context.waker().clone());
            return Poll::Pending;
        }
        match core::mem::replace(&mut *state, State::Over) {
            State::Sent(value) => Poll::Ready(Some(value)),
            State::Over | State::Waiting(_) => Poll::Ready(None),
        }
    }
}

/// Comes back as soon as one of both has something to say.
pub(crate) async fn either<T>(mut first: Receiver<T>, mut second: Receiver<T>) {
    core::future::poll_fn(|context| {
        if Pin::new(&mut first).poll(context).is_ready() || Pin::new(&mut second).poll(context).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

impl<T> core::fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Sender")
    }
}
