//! The app's `view!` and `#[component]`. They read what Leptos' macros of these names read, `view!` with the same
//! parser, and write calls of the app's `markup` module, in which every element is one type. Leptos makes a type of each
//! element, attribute and handler: a third of what a till downloaded (docs/decisions/0014).
//!
//! Left out of Leptos' syntax is what the app does not use: slots, spreading, directives, `bind:`, generic components.

mod component;
mod define;
mod template;

use proc_macro::{Span, TokenStream};
use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, quote};
use rstml::{
    Parser, ParserConfig,
    node::{Node, NodeName},
};
use syn::{Error, ItemFn};

use crate::template::Template;

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
    let node = node(site(Span::call_site()), &nodes).unwrap_or_else(Error::into_compile_error);
    quote! {{
        #(#errors;)*
        #[allow(unused_braces, reason = "markup has a brace around every expression")]
        { #node }
    }}
    .into()
}

/// A component: a function whose arguments are named in markup.
#[proc_macro_attribute]
pub fn component(_: TokenStream, tokens: TokenStream) -> TokenStream {
    let function = syn::parse_macro_input!(tokens as ItemFn);
    define::tokens(function).unwrap_or_else(Error::into_compile_error).into()
}

/// A number for the place in the sources: what one `view!` made is patched only by what the same one makes. FNV-1a.
fn site(span: Span) -> u32 {
    let place = format!("{}:{}:{}", span.file(), span.line(), span.column());
    place.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// An expression of type `Node` for all of these together.
fn node(site: u32, nodes: &[Node]) -> Result<Tokens, Error> {
    let alone = match nodes {
        [Node::Block(block)] => Some(quote! { crate::markup::IntoNode::into_node(#block) }),
        [Node::Element(element)] if is_component(element.name()) => Some(component::tokens(element)?),
        _ => None,
    };
    Ok(match alone {
        Some(node) if site == 0 => node,
        Some(node) => quote! { crate::markup::Node::at(#site, #node) },
        None => Template::of(nodes)?.node(site),
    })
}

/// Components begin with a capital letter, wherever they live.
fn is_component(name: &NodeName) -> bool {
    let text = name.to_token_stream().to_string();
    let last = text.rsplit("::").next().unwrap_or_default().trim();
    last.starts_with(|first: char| first.is_ascii_uppercase())
}
