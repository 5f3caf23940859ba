//! The app's `view!`. It reads what Leptos' macro of that name reads, with the same parser, and writes calls of the
//! app's `markup` module, in which every element is one type. Leptos makes a type of each element, attribute and
//! handler: a third of what a till downloaded (docs/decisions/0014).
//!
//! Left out of Leptos' syntax is what the app does not use: slots, spreading, directives, `bind:`.

mod component;
mod element;

use proc_macro::{Span, TokenStream};
use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, quote};
use rstml::{
    Parser, ParserConfig,
    node::{Node, NodeName},
};
use syn::{Error, spanned::Spanned};

/// Markup as a `crate::markup::Node`.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the error's type comes from a crate that only the parser knows"
)]
#[proc_macro]
pub fn view(tokens: TokenStream) -> TokenStream {
    let parser = Parser::new(ParserConfig::default().recover_block(true));
    let (nodes, errors) = parser.parse_recoverable(Tokens::from(tokens)).split_vec();
    let errors = errors.into_iter().map(|error| error.emit_as_expr_tokens());
    let node = one(&nodes).unwrap_or_else(Error::into_compile_error);
    let site = site(Span::call_site());
    quote! {{
        #(#errors;)*
        #[allow(unused_braces, reason = "markup has a brace around every expression")]
        { crate::markup::Node::at(#site, #node) }
    }}
    .into()
}

/// A number for the place in the sources: what one `view!` made is patched only by what the same one makes. FNV-1a.
fn site(span: Span) -> u32 {
    let place = format!("{}:{}:{}", span.file(), span.line(), span.column());
    place.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// An expression of type `Node` for all of these together.
fn one(nodes: &[Node]) -> Result<Tokens, Error> {
    let mut parts = parts(nodes)?;
    if parts.len() == 1 {
        return Ok(parts.remove(0));
    }
    Ok(quote! { crate::markup::Node::list(::std::vec![#(#parts),*]) })
}

/// An expression of type `Node` for each.
fn parts(nodes: &[Node]) -> Result<Vec<Tokens>, Error> {
    let mut parts = Vec::new();
    for node in nodes {
        match node {
            Node::Element(element) => {
                let name = element.name();
                parts.push(if is_component(name) {
                    component::tokens(element)?
                } else {
                    element::tokens(element)?
                });
            }
            Node::Block(block) => parts.push(quote! { crate::markup::IntoNode::into_node(#block) }),
            Node::Text(text) => parts.push(quote! { crate::markup::Node::text(#text) }),
            Node::Fragment(fragment) => parts.append(&mut self::parts(&fragment.children)?),
            Node::Comment(_) => {}
            other => return Err(Error::new(other.span(), "put text in quotes; nothing else is known here")),
        }
    }
    Ok(parts)
}

/// Components begin with a capital letter, wherever they live.
fn is_component(name: &NodeName) -> bool {
    let text = name.to_token_stream().to_string();
    let last = text.rsplit("::").next().unwrap_or_default().trim();
    last.starts_with(|first: char| first.is_ascii_uppercase())
}
