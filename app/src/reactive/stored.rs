//! Values that nobody follows: what a view keeps, and what it calls.

use std::{marker::PhantomData, rc::Rc};

use super::cell::{Follow, Place, Tell, change, copied, face, held, try_held};

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
        copied(self.place, Follow::Nothing)
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
        read(&held(self.place, Follow::Nothing))
    }

    /// Sets it. Nothing happens once the value is gone.
    pub fn set_value(self, value: T) {
        self.place.set(Rc::new(value), Tell::Nobody);
    }

    /// Changes it. Nothing happens once the value is gone.
    pub fn update_value(self, with: impl FnOnce(&mut T)) {
        change(self.place, Tell::Nobody, with);
    }

    /// Changes it; `None` once the value is gone.
    pub fn try_update_value<U>(self, with: impl FnOnce(&mut T) -> U) -> Option<U> {
        change(self.place, Tell::Nobody, with)
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

    /// Calls it. Nothing happens once it is gone: an answer may come after its part of the page was left.
    #[inline(never)]
    pub fn run(self, input: In) -> Out
    where
        Out: Default,
    {
        try_held::<Called<In, Out>>(self.place).map_or_else(Out::default, |called| called.0.call(input))
    }
}

impl<In: 'static, Out: 'static, F: Fn(In) -> Out + 'static> From<F> for Callback<In, Out> {
    fn from(call: F) -> Self {
        Self::new(call)
    }
}

#[cfg(test)]
mod tests {
    use super::{Callback, StoredValue};
    use leptos::prelude::Owner;
    use std::{cell::Cell, rc::Rc};

    #[test]
    fn a_stored_value_is_shared_until_it_is_disposed_of() {
        Owner::new().with(|| {
            let value = StoredValue::new(vec![1]);
            value.update_value(|list| list.push(2));
            assert_eq!(value.with_value(Vec::len), 2);
            value.set_value(vec![]);
            assert_eq!(value.try_get_value(), Some(vec![]));
            value.dispose();
            value.set_value(vec![3]);
            assert_eq!(value.try_update_value(|list| list.len()), None);
        });
    }

    /// A callback may be called from within itself, and change what it shares.
    #[test]
    fn a_callback_answers() {
        Owner::new().with(|| {
            let calls = StoredValue::new(0);
            let callback = StoredValue::new(None::<Callback<u32, u32>>);
            let factorial = Callback::new(move |number: u32| {
                calls.update_value(|calls| *calls += 1);
                let rest = callback.get_value();
                rest.filter(|_| number > 1).map_or(1, |rest| number * rest.run(number - 1))
            });
            callback.set_value(Some(factorial));
            assert_eq!((factorial.run(4), calls.get_value()), (24, 4));
        });
    }

    /// An answer of the ERP may come after the page that asked was left.
    #[test]
    fn a_callback_that_outlived_its_owner_does_nothing() {
        let owner = Owner::new();
        let called = Rc::new(Cell::new(0));
        let calls = Rc::clone(&called);
        let callback = owner.with(|| Callback::new(move |number: u32| calls.set(number)));
        callback.run(1);
        drop(owner);
        callback.run(2);
        assert_eq!(called.get(), 1);
    }
}
