//! Signals: a value that is set, one that is computed and kept, and whichever of them a view is given.

use leptos::prelude::untrack;
use std::{marker::PhantomData, rc::Rc};

use super::cell::{GONE, Held, Place, Step, change, copied, face, held, other_kind, try_held};

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
        self.place.put(Rc::new(value), true);
    }

    /// Changes it and tells the readers. Nothing happens once the signal is gone.
    pub fn update(self, with: impl FnOnce(&mut T)) {
        change(self.place, true, with);
    }

    /// Changes it and tells the readers; `None` once the signal is gone.
    pub fn try_update<U>(self, with: impl FnOnce(&mut T) -> U) -> Option<U> {
        change(self.place, true, with)
    }

    /// Changes it and tells nobody.
    pub fn update_untracked<U>(self, with: impl FnOnce(&mut T) -> U) -> Option<U> {
        change(self.place, false, with)
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
                copied(self.place, true)
            }

            /// A copy; whoever runs is not told of changes.
            pub fn get_untracked(self) -> T
            where
                T: Clone,
            {
                copied(self.place, false)
            }

            /// What `read` makes of it; whoever runs is told of changes.
            pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
                read(&held(self.place, true))
            }

            /// What `read` makes of it; whoever runs is not told of changes.
            pub fn with_untracked<U>(self, read: impl FnOnce(&T) -> U) -> U {
                read(&held(self.place, false))
            }

            /// Tells whoever runs of changes.
            pub fn track(self) {
                drop(self.place.read(true));
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
    fn try_held(self, follow: bool) -> Option<Rc<T>> {
        let derived = match self.place.try_read(follow)?.downcast::<T>() {
            Ok(value) => return Some(value),
            Err(derived) => derived.downcast::<Derived<T>>(),
        };
        let derived = derived.unwrap_or_else(|_| other_kind());
        Some(Rc::new(if follow { derived.0.answer() } else { untrack(|| derived.0.answer()) }))
    }

    fn held(self, follow: bool) -> Rc<T> {
        self.try_held(follow).expect(GONE)
    }

    /// A copy; whoever runs is told of changes.
    #[inline(never)]
    pub fn get(self) -> T
    where
        T: Clone,
    {
        Rc::unwrap_or_clone(self.held(true))
    }

    /// A copy; whoever runs is not told of changes.
    #[inline(never)]
    pub fn get_untracked(self) -> T
    where
        T: Clone,
    {
        Rc::unwrap_or_clone(self.held(false))
    }

    /// A copy, `None` once what it comes from is gone; whoever runs is not told of changes.
    pub fn try_get_untracked(self) -> Option<T>
    where
        T: Clone,
    {
        self.try_held(false).map(Rc::unwrap_or_clone)
    }

    /// Tells whoever runs of changes.
    pub fn track(self) {
        drop(self.held(true));
    }

    /// What `read` makes of it; whoever runs is told of changes.
    pub fn with<U>(self, read: impl FnOnce(&T) -> U) -> U {
        read(&self.held(true))
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
