//! A component in markup: props, children, and what is put on its root element. `Show` and `For` are the app's own.

use proc_macro2::TokenStream as Tokens;
use quote::quote;
use rstml::node::{Infallible, KeyedAttribute, KeyedAttributeValue, NodeAttribute, NodeElement};
use syn::{Error, spanned::Spanned};

use super::{
    node,
    template::{self, Template},
};

/// An expression of type `Node`.
pub fn tokens(component: &NodeElement<Infallible>) -> Result<Tokens, Error> {
    match component.name().to_string().as_str() {
        "Show" => show(component),
        "For" => each(component),
        _ => call(component),
    }
}

fn call(component: &NodeElement<Infallible>) -> Result<Tokens, Error> {
    let name = component.name();
    let (mut props, mut parts) = (Vec::new(), Template::default());
    for attribute in component.attributes() {
        match attribute {
            NodeAttribute::Attribute(keyed) if !keyed.key.to_string().contains(':') => {
                let (key, value) = (&keyed.key, template::value(keyed));
                props.push(quote! { .#key(#value) });
            }
            other => parts.part(other)?,
        }
    }
    let children = (!component.children.is_empty()).then(|| node(0, &component.children)).transpose()?;
    let children = children.map(|children| quote! { .children(::std::boxed::Box::new(move || #children)) });
    let built = quote! {
        ::leptos::component::component_view(
            &#name,
            ::leptos::component::component_props_builder(&#name) #(#props)* #children .build(),
        )
    };
    Ok(if parts.is_empty() { built } else { parts.onto(&built) })
}

/// `<Show when=… fallback=…>`: the children while it holds, else the fallback.
fn show(component: &NodeElement<Infallible>) -> Result<Tokens, Error> {
    let when = needed(component, "when")?;
    let children = node(0, &component.children)?;
    let fallback = find(component, "fallback").map_or_else(|| quote! { || () }, template::value);
    Ok(quote! { crate::markup::show(#when, move || #children, #fallback) })
}

/// `<For each=… key=… let(item)>`: the children for each item, kept while its key stays.
fn each(component: &NodeElement<Infallible>) -> Result<Tokens, Error> {
    let (items, key) = (needed(component, "each")?, needed(component, "key")?);
    let children = node(0, &component.children)?;
    let binding = find(component, "let").and_then(|attribute| match &attribute.possible_value {
        KeyedAttributeValue::Binding(binding) => Some(&binding.inputs),
        _ => None,
    });
    let Some(binding) = binding else {
        return Err(Error::new(component.span(), "For needs `let(item)`"));
    };
    Ok(quote! { crate::markup::each(#items, #key, move |#binding| #children) })
}

fn find<'a>(component: &'a NodeElement<Infallible>, name: &str) -> Option<&'a KeyedAttribute> {
    component.attributes().iter().find_map(|attribute| match attribute {
        NodeAttribute::Attribute(keyed) if keyed.key.to_string() == name => Some(keyed),
        _ => None,
    })
}

fn needed(component: &NodeElement<Infallible>, name: &str) -> Result<Tokens, Error> {
    let found = find(component, name).map(template::value);
    found.ok_or_else(|| Error::new(component.span(), format!("this needs `{name}`")))
}
