//! An element: its attributes and handlers in the order written, then its children.

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use rstml::node::{Infallible, KeyedAttribute, Node, NodeAttribute, NodeElement};
use syn::{Error, Expr, Lit, spanned::Spanned};

/// Elements of drawings have a namespace of their own.
const DRAWING: [&str; 10] =
    ["svg", "use", "path", "g", "circle", "rect", "line", "polyline", "polygon", "symbol"];

/// An expression of type `Node`.
pub fn tokens(element: &NodeElement<Infallible>) -> Result<Tokens, Error> {
    let tag = element.name().to_string();
    let kind = format_ident!("{}", if DRAWING.contains(&tag.as_str()) { "drawing" } else { "html" });
    let parts = element.attributes().iter().map(part).collect::<Result<Vec<_>, _>>()?;
    let children = super::parts(&element.children)?;
    let children = element.children.iter().zip(children).map(|(node, child)| {
        if let Node::Text(text) = node {
            quote! { element.text(#text); }
        } else {
            quote! { element.push(#child); }
        }
    });
    Ok(quote! {{
        let mut element = crate::markup::Element::#kind(#tag);
        #(element.#parts;)*
        #(#children)*
        crate::markup::Node::from(element)
    }})
}

/// A call that adds one attribute or handler to an element, or to a component's root.
pub fn part(attribute: &NodeAttribute) -> Result<Tokens, Error> {
    let NodeAttribute::Attribute(attribute) = attribute else {
        return Err(Error::new(attribute.span(), "a block is no attribute here"));
    };
    let key = attribute.key.to_string();
    let (kind, name) = key.split_once(':').unwrap_or(("attr", &key));
    let value = value(attribute);
    Ok(match (kind, name) {
        ("attr", "node_ref") => {
            quote! { reference(move |element| ::leptos::tachys::html::node_ref::NodeRefContainer::load(#value, element)) }
        }
        ("attr", _) => {
            let fixed = literal(attribute).map(|text| quote! { literal(#name, #text) });
            fixed.unwrap_or_else(|| quote! { attribute(#name, #value) })
        }
        ("prop", _) => quote! { property(#name, #value) },
        ("class", _) => quote! { class(#name, #value) },
        ("style", _) => quote! { style(#name, #value) },
        ("on", _) => {
            let event = format_ident!("{name}", span = attribute.key.span());
            quote! { on(#name, crate::markup::event::#event(#value)) }
        }
        _ => return Err(Error::new(attribute.key.span(), format!("`{kind}:` is not known here"))),
    })
}

/// The attribute's expression; one without a value is set.
pub fn value(attribute: &KeyedAttribute) -> Tokens {
    attribute.value().map_or_else(|| quote! { true }, |value| quote! { #value })
}

fn literal(attribute: &KeyedAttribute) -> Option<String> {
    match attribute.value() {
        Some(Expr::Lit(literal)) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}
