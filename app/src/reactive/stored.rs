//! Values that nobody follows: what a view keeps, and what it calls.

use std::{marker::PhantomData, rc::Rc};

use super::cell::{Place, change, copied, face, held, try_held};

/// A value that closures share without following it.
pub struct StoredValue<T> {
    place: Place,
    of: PhantomData<fn() -> T>,
}
face!(StoredValue<T>);

impl<T: 'static> StoredValue<T> {
    /// A value of the present owner.
    pub fn new(value: T) -> Self {
        StoredValue { place: Place::plain(Rc::new(value)), of: PhantomData }
    }

    /// A copy.
    pub fn get_value(self) -> T
    where
        T: Clone,
    {
        copied(self.place, false)
    }

    /// A copy; `None` once the value is gone.
    pub fn try_get_value(self) -> Option<T>
    where
        T: Clone,
    {
        try_held(self.place).map(|value| T::clone(&value))
    }

    /// What `read` makes of it.
    pub fn with_value<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(&held(self.place, false))
    }

    /// Sets it. Nothing happens once the value is gone.
    pub fn set_value(self, value: T) {
        self.place.put(Rc::new(value), false);
    }

    /// Changes it. Nothing happens once the value is gone.
    pub fn update_value(self, with: impl FnOnce(&mut T)) {
        change(self.place, false, with);
    }

    /// Changes it; `None` once the value is gone.
    pub fn try_update_value<U>(self, with: impl FnOnce(&mut T) -> U) -> Option<U> {
        change(self.place, false, with)
    }

    /// Drops it before its owner ends.
    pub fn dispose(self) {
        self.place.dispose();
    }
}

/// What a view calls when something was done in it.
pub struct Callback<In, Out = ()> {
    place: Place,
    of: PhantomData<fn(In) -> Out>,
}
face!(Callback<In, Out>);

struct Called<In, Out>(Box<dyn Calls<In, Out>>);

/// A closure by a trait of one method: a box of `Fn` has code for three ways to be called.
trait Calls<In, Out> {
    fn call(&self, input: In) -> Out;
}
impl<In, Out, F: Fn(In) -> Out> Calls<In, Out> for F {
    fn call(&self, input: In) -> Out {
        self(input)
    }
}

impl<In: 'static, Out: 'static> Callback<In, Out> {
    /// A callback of the present owner.
    pub fn new(call: impl Fn(In) -> Out + 'static) -> Self {
        Callback { place: Place::plain(Rc::new(Called(Box::new(call)))), of: PhantomData }
    }

    /// Calls it.
    #[inline(never)]
    pub fn run(self, input: In) -> Out {
        held::<Called<In, Out>>(self.place, false).0.call(input)
    }
}

impl<In: 'static, Out: 'static, F: Fn(In) -> Out + 'static> From<F> for Callback<In, Out> {
    fn from(call: F) -> Self {
        Self::new(call)
    }
}
