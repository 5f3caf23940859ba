//! Markup as one text and what fills its holes; `markup/template.rs` in the app reads it and says what the letters mean.

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use rstml::node::{KeyedAttribute, Node, NodeAttribute};
use syn::{Error, Expr, Lit, spanned::Spanned};

use super::{component, is_component};

/// Elements of drawings have a namespace of their own.
const DRAWING: [&str; 10] =
    ["svg", "use", "path", "g", "circle", "rect", "line", "polyline", "polygon", "symbol"];

/// The text so far, and the calls that fill the holes.
#[derive(Default)]
pub struct Template {
    text: String,
    holes: Vec<Tokens>,
}

impl Template {
    /// These nodes, one after the other.
    pub fn of(nodes: &[Node]) -> Result<Self, Error> {
        let mut template = Template::default();
        template.nodes(nodes)?;
        Ok(template)
    }

    /// An expression of type `Node`.
    pub fn node(self, site: u32) -> Tokens {
        let Template { text, holes } = self;
        if holes.is_empty() {
            return quote! { crate::markup::Holes::default().fill(#site, #text) };
        }
        quote! {{
            let mut holes = crate::markup::Holes::default();
            #(holes.#holes;)*
            holes.fill(#site, #text)
        }}
    }

    /// The text and the calls.
    #[cfg(test)]
    pub fn parts(&self) -> (&str, &[Tokens]) {
        (&self.text, &self.holes)
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// An expression of type `Node`: another with these attributes and handlers on its root element.
    pub fn onto(self, node: &Tokens) -> Tokens {
        let Template { text, holes } = self;
        quote! {{
            let mut holes = crate::markup::Holes::default();
            #(holes.#holes;)*
            holes.onto(#text, #node)
        }}
    }

    fn order(&mut self, letter: char, text: &str) {
        assert!(!text.contains('\u{1}'), "markup has no control characters");
        self.text.push('\u{1}');
        self.text.push(letter);
        self.text.push_str(text);
    }

    fn nodes(&mut self, nodes: &[Node]) -> Result<(), Error> {
        for node in nodes {
            match node {
                Node::Element(element) if is_component(element.name()) => {
                    let node = component::tokens(element)?;
                    self.order('n', "");
                    self.holes.push(quote! { node(#node) });
                }
                Node::Element(element) => {
                    let tag = element.name().to_string();
                    self.order(if DRAWING.contains(&tag.as_str()) { '{' } else { '<' }, &tag);
                    element.attributes().iter().try_for_each(|attribute| self.part(attribute))?;
                    self.nodes(&element.children)?;
                    self.order('>', "");
                }
                Node::Block(block) => {
                    self.order('n', "");
                    self.holes.push(quote! { node(#block) });
                }
                Node::Text(text) => self.order('t', &text.value_string()),
                Node::Fragment(fragment) => self.nodes(&fragment.children)?,
                Node::Comment(_) => {}
                other => {
                    return Err(Error::new(other.span(), "put text in quotes; nothing else is known here"));
                }
            }
        }
        Ok(())
    }

    /// An attribute or handler of the open element, or of a component's root.
    pub fn part(&mut self, attribute: &NodeAttribute) -> Result<(), Error> {
        let NodeAttribute::Attribute(attribute) = attribute else {
            return Err(Error::new(attribute.span(), "a block is no attribute here"));
        };
        let key = attribute.key.to_string();
        let (kind, name) = key.split_once(':').unwrap_or(("attr", &key));
        let value = value(attribute);
        let (letter, hole) = match (kind, name) {
            ("attr", "node_ref") => {
                let load = quote! { crate::reactive::prelude::NodeRef::load(#value, element) };
                ('r', quote! { reference(move |element| #load) })
            }
            ("attr", _) => {
                if let Some(text) = literal(attribute) {
                    self.order('=', &format!("{name}={text}"));
                    return Ok(());
                }
                ('a', quote! { value(#value) })
            }
            ("prop", _) => ('p', quote! { value(#value) }),
            ("class", _) => ('c', quote! { value(#value) }),
            ("style", _) => ('s', quote! { value(#value) }),
            ("on", _) => {
                let event = format_ident!("{name}", span = attribute.key.span());
                ('o', quote! { handler(crate::markup::event::#event(#value)) })
            }
            _ => return Err(Error::new(attribute.key.span(), format!("`{kind}:` is not known here"))),
        };
        self.order(letter, name);
        self.holes.push(hole);
        Ok(())
    }
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
