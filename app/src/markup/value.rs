//! What an attribute can be: absent, a flag, a text, or what a closure says at the time.

use std::borrow::Cow;

use super::Holes;
use crate::reactive::prelude::Signal;

/// The value of an attribute, property, class or style.
pub enum Value {
    /// Not there.
    Absent,
    /// There or not, without a text.
    Flag(bool),
    /// There with this text.
    Text(Cow<'static, str>),
    /// What the closure answers, followed from then on.
    Live(Box<dyn Read>),
}

impl Value {
    /// What is there now: never `Live`.
    pub(super) fn settled(self) -> Self {
        match self {
            Self::Live(mut read) => read.read().settled(),
            settled => settled,
        }
    }

    /// Whether both are the same and will stay so.
    pub(super) fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Absent, Self::Absent) => true,
            (Self::Flag(one), Self::Flag(other)) => one == other,
            (Self::Text(one), Self::Text(other)) => one == other,
            _ => false,
        }
    }
}

/// What can stand behind the `=` of an attribute.
pub trait IntoValue {
    /// The value.
    fn into_value(self) -> Value;

    /// Fills the next hole with it.
    fn fill(self, holes: &mut Holes)
    where
        Self: Sized,
    {
        holes.add_value(self.into_value());
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}
impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Flag(self)
    }
}
impl IntoValue for &'static str {
    fn into_value(self) -> Value {
        Value::Text(Cow::Borrowed(self))
    }
}
impl IntoValue for String {
    fn into_value(self) -> Value {
        Value::Text(Cow::Owned(self))
    }
}
impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Absent, T::into_value)
    }
}
impl<T: IntoValue, F: FnMut() -> T + 'static> IntoValue for F {
    fn into_value(self) -> Value {
        Value::Live(Box::new(self))
    }
    fn fill(self, holes: &mut Holes) {
        holes.add_live(Box::new(self));
    }
}

/// A closure that answers a value each time. A box of it is smaller than one of `FnMut`, which can be called in two ways.
pub trait Read {
    /// The value at the time.
    fn read(&mut self) -> Value;
}
impl<T: IntoValue, F: FnMut() -> T> Read for F {
    fn read(&mut self) -> Value {
        self().into_value()
    }
}
impl<T: IntoValue + Clone + 'static> IntoValue for Signal<T> {
    fn into_value(self) -> Value {
        Value::Live(Box::new(move || self.get()))
    }
}
