//! The one thing behind every signal, memo, stored value and callback: a cell in Leptos' arena that holds a value of
//! any type. Nothing here is generic, so that it is in the program once; the faces say which type it is.

use leptos::{
    prelude::{ArcMemo, ArcTrigger, Get, GetUntracked, LocalStorage, Notify, Track},
    reactive::{owner::ArenaItem, traits::Dispose},
};
use send_wrapper::SendWrapper;
use std::{any::Any, cell::RefCell, rc::Rc};

/// A value of any type. Who reads it holds it meanwhile; nothing is locked.
pub(super) type Held = Rc<dyn Any>;

/// What whoever reads a value is told of afterwards.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    Changes,
    Nothing,
}

/// Who is told of a change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tell {
    Readers,
    Nobody,
}

/// What a memo does when something that it read has changed.
pub(super) trait Step {
    /// From the value before, the value now and whether it differs.
    fn step(&self, before: Option<Held>) -> (Held, bool);
}

enum Cell {
    /// A value that is set, and who is told. It is away while it is changed.
    Set(Option<ArcTrigger>, RefCell<Option<Held>>),
    /// A value that is computed.
    Computed(ArcMemo<SendWrapper<Held>>),
}

/// Where a cell is: it belongs to the owner it was made under and ends with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Place(ArenaItem<Rc<Cell>, LocalStorage>);

impl Place {
    /// A cell whose readers are told of changes.
    #[inline(never)]
    pub fn signal(value: Held) -> Self {
        Self::new(Cell::Set(Some(ArcTrigger::new()), RefCell::new(Some(value))))
    }

    /// A cell that nobody follows.
    #[inline(never)]
    pub fn plain(value: Held) -> Self {
        Self::new(Cell::Set(None, RefCell::new(Some(value))))
    }

    /// A cell that is computed when it is read, and again after what it read has changed.
    #[inline(never)]
    pub fn memo(step: Box<dyn Step>) -> Self {
        let step = SendWrapper::new(step);
        Self::new(Cell::Computed(ArcMemo::new_owning(move |before: Option<SendWrapper<Held>>| {
            let (now, differs) = step.step(before.map(SendWrapper::take));
            (SendWrapper::new(now), differs)
        })))
    }

    fn new(cell: Cell) -> Self {
        Place(ArenaItem::new_local(Rc::new(cell)))
    }

    /// The value, if the cell is still there.
    #[inline(never)]
    pub fn try_read(self, follow: Follow) -> Option<Held> {
        let cell = self.0.try_get_value()?;
        Some(match &*cell {
            Cell::Set(trigger, value) => {
                if follow == Follow::Changes
                    && let Some(trigger) = trigger
                {
                    trigger.track();
                }
                value.borrow().clone().expect("a value is not read while it is changed")
            }
            Cell::Computed(memo) if follow == Follow::Changes => memo.get().take(),
            Cell::Computed(memo) => memo.get_untracked().take(),
        })
    }

    /// The value, of a cell that is still there.
    #[inline(never)]
    pub fn read(self, follow: Follow) -> Held {
        self.try_read(follow).expect(GONE)
    }

    /// Takes the value out to change it; [`Place::put`] puts it back.
    #[inline(never)]
    pub fn take(self) -> Option<Held> {
        let cell = self.0.try_get_value()?;
        match &*cell {
            Cell::Set(_, value) => Some(value.take().expect(CHANGING)),
            Cell::Computed(_) => None,
        }
    }

    /// Puts in what was taken out, or another in its place. Nothing happens if the cell is gone.
    #[inline(never)]
    pub fn put(self, value: Held, tell: Tell) {
        if let Some(cell) = self.0.try_get_value()
            && let Cell::Set(trigger, slot) = &*cell
        {
            drop(slot.replace(Some(value)));
            if tell == Tell::Readers
                && let Some(trigger) = trigger
            {
                trigger.notify();
            }
        }
    }

    /// Sets the value. Nothing happens if the cell is gone.
    #[inline(never)]
    pub fn set(self, value: Held, tell: Tell) {
        let before = self.take();
        self.put(value, tell);
        drop(before);
    }

    /// Tells the readers of a change.
    #[inline(never)]
    pub fn notify(self) {
        if let Some(cell) = self.0.try_get_value()
            && let Cell::Set(Some(trigger), _) = &*cell
        {
            trigger.notify();
        }
    }

    /// Ends the cell before its owner ends.
    #[inline(never)]
    pub fn dispose(self) {
        self.0.dispose();
    }
}

/// Why a read may fail: the signal or callback outlived the part of the page that it belongs to.
pub(super) const GONE: &str = "a signal or callback is used only while its part of the page is there";

/// Why a change may fail: when the outer change ends, it puts its own value back over what the inner one left.
const CHANGING: &str = "a signal is not changed within a change of itself: the inner change would be lost";

/// Cannot be: the faces are typed.
#[cold]
pub(super) fn other_kind() -> ! {
    unreachable!("a cell keeps one type")
}

/// The value, held.
#[inline(never)]
pub(super) fn held<T: 'static>(place: Place, follow: Follow) -> Rc<T> {
    place.read(follow).downcast().unwrap_or_else(|_| other_kind())
}

/// The value, held, if the cell is still there.
#[inline(never)]
pub(super) fn try_held<T: 'static>(place: Place) -> Option<Rc<T>> {
    place.try_read(Follow::Nothing)?.downcast().ok()
}

/// A copy of the value.
#[inline(never)]
pub(super) fn copied<T: Clone + 'static>(place: Place, follow: Follow) -> T {
    T::clone(&held(place, follow))
}

/// Changes the value, if the cell is still there.
pub(super) fn change<T: 'static, U>(place: Place, tell: Tell, change: impl FnOnce(&mut T) -> U) -> Option<U> {
    let mut value = taken::<T>(place)?;
    let answer = change(Rc::get_mut(&mut value).expect("a value is not changed while it is read"));
    place.put(value, tell);
    Some(answer)
}

#[inline(never)]
fn taken<T: 'static>(place: Place) -> Option<Rc<T>> {
    Some(place.take()?.downcast().unwrap_or_else(|_| other_kind()))
}

/// What every face is besides its type: a place that can be copied about.
macro_rules! face {
    ($face:ident<$($of:ident),+>) => {
        impl<$($of),+> Clone for $face<$($of),+> {
            fn clone(&self) -> Self {
                *self
            }
        }
        impl<$($of),+> Copy for $face<$($of),+> {}
        impl<$($of),+> PartialEq for $face<$($of),+> {
            fn eq(&self, other: &Self) -> bool {
                self.place == other.place
            }
        }
        impl<$($of),+> Eq for $face<$($of),+> {}
    };
}
pub(super) use face;
