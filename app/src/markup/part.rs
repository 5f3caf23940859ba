//! One attribute, property, class, style or handler of an element, and how it changes.

use leptos::prelude::RenderEffect;
use wasm_bindgen::{JsCast, JsValue, intern};
use web_sys::Element;

use super::{
    Value,
    event::{Handler, Listener},
    follow::follow,
};

/// Where a value goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// `name="…"`
    Attribute(&'static str),
    /// A property of the object in JavaScript.
    Property(&'static str),
    /// One class among others.
    Class(&'static str),
    /// One property of the style, through CSSOM: the policy for content forbids the attribute.
    Style(&'static str),
}

impl Place {
    /// The place that `view!` names by a letter.
    pub(super) fn of(letter: &str, name: &'static str) -> Self {
        match letter {
            "p" => Place::Property(name),
            "c" => Place::Class(name),
            "s" => Place::Style(name),
            _ => Place::Attribute(name),
        }
    }
}

/// What an element gets besides its children.
pub enum Part {
    /// A value in its place.
    Value(Place, Value),
    /// What happens on an event.
    Handler(&'static str, Handler),
    /// Someone who wants to hold the element.
    Reference(Box<dyn FnOnce(&Element)>),
}

/// A part of an element that is there.
pub enum PartState {
    /// A value that stays.
    Value(Place, Value),
    /// A value that is followed for as long as this lives.
    Live(Place, #[expect(dead_code, reason = "it is kept, not read")] RenderEffect<()>),
    /// What hears an event for as long as this lives.
    Handler(Listener),
    /// Nothing to keep.
    Reference,
}

impl Part {
    pub(super) fn build(self, element: &Element) -> PartState {
        match self {
            Self::Value(place, Value::Live(mut read)) => {
                let element = element.clone();
                let mut before = None::<Value>;
                let step = move || {
                    let now = read.read().settled();
                    if before.as_ref().is_none_or(|before| !before.same(&now)) {
                        apply(&element, place, &now);
                    }
                    before = Some(now);
                };
                PartState::Live(place, follow(Box::new(step)))
            }
            Self::Value(place, value) => {
                apply(element, place, &value);
                PartState::Value(place, value)
            }
            Self::Handler(event, handler) => PartState::Handler(Listener::new(element, event, handler)),
            Self::Reference(take) => {
                take(element);
                PartState::Reference
            }
        }
    }

    /// Whether this can take the place of `state` without a new element.
    pub(super) fn fits(&self, state: &PartState) -> bool {
        match (self, state) {
            (Self::Value(place, _), PartState::Value(before, _) | PartState::Live(before, _)) => {
                place == before
            }
            (Self::Handler(event, _), PartState::Handler(before)) => *event == before.event(),
            (Self::Reference(_), PartState::Reference) => true,
            _ => false,
        }
    }

    /// Takes the place of `state`, which it fits.
    pub(super) fn rebuild(self, element: &Element, state: &mut PartState) {
        if let (Self::Value(_, now), PartState::Value(_, before)) = (&self, &*state)
            && now.same(before)
        {
            return;
        }
        *state = self.build(element);
    }
}

fn apply(element: &Element, place: Place, value: &Value) {
    let text = match value {
        Value::Text(text) => Some(&**text),
        Value::Flag(true) => Some(""),
        _ => None,
    };
    match (place, text) {
        (Place::Attribute(name), Some(text)) => drop(element.set_attribute(intern(name), text)),
        (Place::Attribute(name), None) => drop(element.remove_attribute(intern(name))),
        (Place::Property(name), text) => {
            let value = match value {
                Value::Flag(flag) => JsValue::from_bool(*flag),
                _ => text.map_or(JsValue::NULL, JsValue::from_str),
            };
            drop(js_sys::Reflect::set(element, &JsValue::from_str(intern(name)), &value));
        }
        (Place::Class(name), text) => {
            drop(element.class_list().toggle_with_force(intern(name), text.is_some()));
        }
        (Place::Style(name), text) => {
            let style = element.unchecked_ref::<web_sys::HtmlElement>().style();
            drop(style.set_property(intern(name), text.unwrap_or_default()));
        }
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use crate::{
        markup::{
            Value,
            stage::{Stage, settled},
            view,
        },
        reactive::prelude::*,
    };
    use leptos::html;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn values_go_to_their_places_and_follow_what_they_read() {
        let on = RwSignal::new(true);
        let stage = Stage::new(move || {
            view! {
                <p
                    title="fixed"
                    lang=on.get_untracked().then_some("en")
                    hidden=false
                    data-on=move || on.get()
                    data-text=move || if on.get() { Value::Text("a".into()) } else { Value::Absent }
                    class="one"
                    class:two=move || on.get()
                    style:left=move || if on.get() { "1px" } else { "2px" }
                />
            }
        });
        let shown = |on: &str, class: &str, left: &str| {
            format!(r#"<p title="fixed" lang="en"{on} class="{class}" style="left: {left}px;"></p>"#)
        };
        assert_eq!(stage.html(), shown(r#" data-on="" data-text="a""#, "one two", "1"));
        on.set(false);
        settled().await;
        assert_eq!(stage.html(), shown("", "one", "2"));
    }

    /// A select takes a value only once it has the option.
    #[wasm_bindgen_test]
    fn properties_are_set_after_the_children_are_there() {
        let stage = Stage::new(|| {
            view! { <select prop:value="b"><option value="a"/><option value="b"/></select> }
        });
        let value = js_sys::Reflect::get(&stage.find("select"), &"value".into()).expect("it has one");
        assert_eq!(value.as_string().as_deref(), Some("b"));
    }

    /// What somebody typed since is not overwritten by a value that is the same as before.
    #[wasm_bindgen_test]
    async fn a_value_that_is_the_same_is_not_set_again() {
        let (typed, other) = (RwSignal::new("a".to_owned()), RwSignal::new(1));
        let field = NodeRef::<html::Input>::new();
        let stage = Stage::new(move || {
            view! {
                {move || {
                    let other = other.get();
                    view! { <input node_ref=field prop:value="a" data-other=other.to_string()/> }
                }}
                <input prop:value=move || typed.get()/>
            }
        });
        let field = field.get_untracked().expect("it is there");
        field.set_value("typed");
        other.set(2);
        settled().await;
        assert_eq!(field.value(), "typed");
        assert_eq!(stage.find("[data-other='2']"), *field);
    }
}
