//! Signals: a value that is set, one that is computed and kept, and whichever of them a view is given.

use leptos::prelude::untrack;
use std::{marker::PhantomData, rc::Rc};

use super::cell::{Follow, GONE, Held, Place, Step, Tell, change, copied, face, held, other_kind, try_held};

/// A value that tells its readers of changes.
pub struct RwSignal<T> {
    pub(super) place: Place,
    of: PhantomData<fn() -> T>,
}
face!(RwSignal<T>);

impl<T: 'static> RwSignal<T> {
    /// A signal of the present owner with this value.
    pub fn new(value: T) -> Self {
        RwSignal { place: Place::signal(Rc::new(value)), of: PhantomData }
    }

    /// Sets it and tells the readers, whether it differs or not. Nothing happens once the signal is gone.
    pub fn set(self, value: T) {
        self.place.set(Rc::new(value), Tell::Readers);
    }

    /// Changes it and tells the readers. Nothing happens once the signal is gone.
    pub fn update(self, with: impl FnOnce(&mut T)) {
        change(self.place, Tell::Readers, with);
    }

    /// Changes it and tells the readers; `None` once the signal is gone.
    pub fn try_update<U>(self, with: impl FnOnce(&mut T) -> U) -> Option<U> {
        change(self.place, Tell::Readers, with)
    }

    /// Changes it and tells nobody.
    pub fn update_untracked<U>(self, with: impl FnOnce(&mut T) -> U) -> Option<U> {
        change(self.place, Tell::Nobody, with)
    }

    /// Tells the readers of a change.
    pub fn notify(self) {
        self.place.notify();
    }

    /// A copy, `None` once the signal is gone; whoever runs is not told of changes.
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        try_held(self.place).map(|value| T::clone(&value))
    }

    /// What `read` makes of it, `None` once the signal is gone; whoever runs is not told of changes.
    pub fn try_with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> Option<U> {
        try_held(self.place).map(|value| read(&value))
    }
}

/// A value that is computed from others, and tells its readers only when it differs.
pub struct Memo<T> {
    place: Place,
    of: PhantomData<fn() -> T>,
}
face!(Memo<T>);

impl<T: PartialEq + 'static> Memo<T> {
    /// A memo of the present owner; `compute` gets the value before.
    pub fn new(compute: impl Fn(Option<&T>) -> T + 'static) -> Self {
        let compute = Compute(Box::new(compute));
        Memo { place: Place::memo(Box::new(compute)), of: PhantomData }
    }
}

struct Compute<T>(Box<dyn Computes<T>>);

impl<T: PartialEq + 'static> Step for Compute<T> {
    fn step(&self, before: Option<Held>) -> (Held, bool) {
        let before: Option<Rc<T>> = before.and_then(|before| before.downcast().ok());
        let now = self.0.compute(before.as_deref());
        match before {
            Some(before) if *before == now => (before as Held, false),
            _ => (Rc::new(now) as Held, true),
        }
    }
}

// Closures by traits of one method: a box of `Fn` has code for three ways to be called.
trait Computes<T> {
    fn compute(&self, before: Option<&T>) -> T;
}
impl<T, F: Fn(Option<&T>) -> T> Computes<T> for F {
    fn compute(&self, before: Option<&T>) -> T {
        self(before)
    }
}
trait Answers<T> {
    fn answer(&self) -> T;
}
impl<T, F: Fn() -> T> Answers<T> for F {
    fn answer(&self) -> T {
        self()
    }
}

/// How a signal or a memo is read.
macro_rules! reading {
    ($face:ident) => {
        impl<T: 'static> $face<T> {
            /// A copy; whoever runs is told of changes.
            pub fn get(self) -> T
            where
                T: Clone,
            {
                copied(self.place, Follow::Changes)
            }

            /// A copy; whoever runs is not told of changes.
            pub fn get_untracked(self) -> T
            where
                T: Clone,
            {
                copied(self.place, Follow::Nothing)
            }

            /// What `read` makes of it; whoever runs is told of changes.
            pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
                read(&held(self.place, Follow::Changes))
            }

            /// What `read` makes of it; whoever runs is not told of changes.
            pub fn with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> U {
                read(&held(self.place, Follow::Nothing))
            }

            /// Tells whoever runs of changes.
            pub fn track(self) {
                drop(self.place.read(Follow::Changes));
            }
        }
        impl<T> From<$face<T>> for Signal<T> {
            fn from(of: $face<T>) -> Self {
                Signal { place: of.place, of: PhantomData }
            }
        }
    };
}
reading!(RwSignal);
reading!(Memo);

/// A value for a view, wherever it comes from: a signal, a memo, a closure, or one that never changes.
pub struct Signal<T> {
    place: Place,
    of: PhantomData<fn() -> T>,
}
face!(Signal<T>);

struct Derived<T>(Box<dyn Answers<T>>);

impl<T: 'static> Signal<T> {
    /// What the closure answers each time it is asked.
    pub fn derive(read: impl Fn() -> T + 'static) -> Self {
        Self::of(Rc::new(Derived(Box::new(read))))
    }

    fn of(value: Held) -> Self {
        Signal { place: Place::plain(value), of: PhantomData }
    }

    #[inline(never)]
    fn try_held(self, follow: Follow) -> Option<Rc<T>> {
        let derived = match self.place.try_read(follow)?.downcast::<T>() {
            Ok(value) => return Some(value),
            Err(derived) => derived.downcast::<Derived<T>>(),
        };
        let derived = derived.unwrap_or_else(|_| other_kind());
        Some(Rc::new(match follow {
            Follow::Changes => derived.0.answer(),
            Follow::Nothing => untrack(|| derived.0.answer()),
        }))
    }

    fn held(self, follow: Follow) -> Rc<T> {
        self.try_held(follow).expect(GONE)
    }

    /// A copy; whoever runs is told of changes.
    #[inline(never)]
    pub fn get(self) -> T
    where
        T: Clone,
    {
        Rc::unwrap_or_clone(self.held(Follow::Changes))
    }

    /// A copy; whoever runs is not told of changes.
    #[inline(never)]
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        Rc::unwrap_or_clone(self.held(Follow::Nothing))
    }

    /// A copy, `None` once what it comes from is gone; whoever runs is not told of changes.
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        self.try_held(Follow::Nothing).map(Rc::unwrap_or_clone)
    }

    /// Tells whoever runs of changes.
    pub fn track(self) {
        drop(self.held(Follow::Changes));
    }

    /// What `read` makes of it; whoever runs is told of changes.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(&self.held(Follow::Changes))
    }
}

impl<T: 'static> From<T> for Signal<T> {
    fn from(value: T) -> Self {
        Self::of(Rc::new(value))
    }
}
impl From<&str> for Signal<String> {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}
impl<T: Default + 'static> Default for Signal<T> {
    fn default() -> Self {
        T::default().into()
    }
}

#[cfg(test)]
mod tests {
    use super::{Memo, RwSignal, Signal};
    use leptos::prelude::Owner;
    use std::{cell::Cell, rc::Rc};

    #[test]
    fn a_signal_says_what_was_set_last() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            signal.set(2);
            signal.update(|value| *value += 1);
            assert_eq!(signal.try_update(|value| std::mem::replace(value, 7)), Some(3));
            assert_eq!((signal.get(), signal.with(|value| value * 2)), (7, 14));
        });
    }

    #[test]
    fn a_signal_may_be_set_while_it_is_read() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            signal.with(|before| {
                signal.set(2);
                assert_eq!((*before, signal.get()), (1, 2));
            });
        });
    }

    /// What the outer change puts back would silently take the place of what the inner one left.
    #[test]
    #[should_panic(expected = "a signal is not changed within a change of itself")]
    fn a_change_within_a_change_of_the_same_signal_is_a_mistake() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            signal.update(|_| signal.update(|value| *value += 1));
        });
    }

    #[test]
    #[should_panic(expected = "a signal is not changed within a change of itself")]
    fn a_signal_is_not_set_within_a_change_of_it() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            signal.update(|_| signal.set(2));
        });
    }

    #[test]
    #[should_panic(expected = "a value is not read while it is changed")]
    fn a_signal_is_not_read_within_a_change_of_it() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            signal.update(|value| *value = signal.get());
        });
    }

    #[test]
    fn other_signals_may_change_within_a_change() {
        Owner::new().with(|| {
            let (outer, inner) = (RwSignal::new(1), RwSignal::new(1));
            outer.update(|value| {
                inner.update(|value| *value += 1);
                *value += 2;
            });
            assert_eq!((outer.get(), inner.get()), (3, 2));
        });
    }

    #[test]
    fn a_signal_is_gone_with_its_owner() {
        let owner = Owner::new();
        let signal = owner.with(|| RwSignal::new(1));
        drop(owner);
        signal.set(2);
        signal.update(|value| *value += 1);
        assert_eq!(signal.try_get_untracked(), None);
        assert_eq!(signal.try_update(|value| *value), None);
    }

    #[test]
    fn a_memo_is_computed_when_it_is_asked_and_what_it_read_has_changed() {
        Owner::new().with(|| {
            let (signal, runs) = (RwSignal::new(1), Rc::new(Cell::new(0)));
            let ran = Rc::clone(&runs);
            let even = Memo::new(move |_| {
                ran.set(ran.get() + 1);
                signal.get() % 2 == 0
            });
            assert_eq!(runs.get(), 0);
            assert_eq!((even.get(), even.get(), runs.get()), (false, false, 1));
            signal.set(2);
            signal.set(4);
            assert_eq!((even.get(), runs.get()), (true, 2));
        });
    }

    /// What follows a memo is computed again only when the memo differs.
    #[test]
    fn a_memo_that_stays_the_same_tells_nobody() {
        Owner::new().with(|| {
            let (signal, runs) = (RwSignal::new(1), Rc::new(Cell::new(0)));
            let ran = Rc::clone(&runs);
            let even = Memo::new(move |_| signal.get() % 2 == 0);
            let words = Memo::new(move |_| {
                ran.set(ran.get() + 1);
                if even.get() { "even" } else { "odd" }
            });
            assert_eq!(words.get(), "odd");
            signal.set(3);
            assert_eq!((words.get(), runs.get()), ("odd", 1));
            signal.set(4);
            assert_eq!((words.get(), runs.get()), ("even", 2));
        });
    }

    #[test]
    fn a_view_is_given_a_value_of_any_source() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            let sources: [Signal<i32>; 4] = [
                signal.into(),
                Memo::new(move |_| signal.get()).into(),
                Signal::derive(move || signal.get()),
                1.into(),
            ];
            assert_eq!(sources.map(Signal::get), [1, 1, 1, 1]);
            signal.set(2);
            assert_eq!(sources.map(Signal::get_untracked), [2, 2, 2, 1]);
        });
    }

    #[test]
    fn an_answer_of_a_derived_signal_that_is_not_followed_is_not_followed() {
        Owner::new().with(|| {
            let signal = RwSignal::new(1);
            let derived = Signal::derive(move || signal.get());
            let (following, looking) =
                (Memo::new(move |_| derived.get()), Memo::new(move |_| derived.get_untracked()));
            assert_eq!((following.get(), looking.get()), (1, 1));
            signal.set(2);
            assert_eq!((following.get(), looking.get()), (2, 1));
        });
    }
}
