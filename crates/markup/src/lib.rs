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
#[proc_macro]
pub fn view(tokens: TokenStream) -> TokenStream {
    let (nodes, errors) = parsed(tokens.into());
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

/// What could be read, and what the compiler is to say of the rest.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the error's type comes from a crate that only the parser knows"
)]
fn parsed(tokens: Tokens) -> (Vec<Node>, Vec<Tokens>) {
    let parser = Parser::new(ParserConfig::default().recover_block(true));
    let (nodes, errors) = parser.parse_recoverable(tokens).split_vec();
    (nodes, errors.into_iter().map(|error| error.emit_as_expr_tokens()).collect())
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

#[cfg(test)]
mod tests {
    use super::{Tokens, node, parsed};
    use crate::template::Template;

    /// Spaced as the tokens are.
    fn spaced(code: &str) -> String {
        code.parse::<Tokens>().expect("it is Rust").to_string()
    }

    /// The text that `markup` becomes, `|` for what begins an order, and the calls that fill its holes.
    #[track_caller]
    fn check(markup: &str, text: &str, holes: &[&str]) {
        let (nodes, errors) = parsed(markup.parse().expect("it is made of tokens"));
        assert!(errors.is_empty(), "{markup}: {errors:?}");
        let template = Template::of(&nodes).expect(markup);
        let (written, calls) = template.parts();
        assert_eq!(written.replace('\u{1}', "|"), text, "{markup}");
        let calls: Vec<String> = calls.iter().map(Tokens::to_string).collect();
        assert_eq!(calls, holes.iter().map(|hole| spaced(hole)).collect::<Vec<_>>(), "{markup}");
    }

    /// The expression that `markup` alone becomes.
    #[track_caller]
    fn check_node(markup: &str, expression: &str) {
        let (nodes, errors) = parsed(markup.parse().expect("it is made of tokens"));
        assert!(errors.is_empty(), "{markup}: {errors:?}");
        assert_eq!(node(0, &nodes).expect(markup).to_string(), spaced(expression), "{markup}");
    }

    /// What the compiler says of `markup`.
    #[track_caller]
    fn check_error(markup: &str, words: &str) {
        let (nodes, errors) = parsed(markup.parse().expect("it is made of tokens"));
        let mut said: Vec<String> = errors.iter().map(Tokens::to_string).collect();
        said.extend(node(0, &nodes).err().map(|error| error.to_string()));
        assert!(said.concat().contains(words), "{markup}: {said:?}");
    }

    #[test]
    fn what_is_fixed_is_text() {
        check(r#"<p class="a b">"Hello"</p>"#, "|<p|=class=a b|tHello|>", &[]);
        check(r#"<p attr:data-testid="x"/>"#, "|<p|=data-testid=x|>", &[]);
        check("<><b/><i/></>", "|<b|>|<i|>", &[]);
        check(r#"<p><!-- "never shown" --></p>"#, "|<p|>", &[]);
    }

    #[test]
    fn drawings_are_marked() {
        check(r#"<svg><path d="M0 0"/></svg>"#, "|{svg|{path|=d=M0 0|>|>", &[]);
    }

    #[test]
    fn what_is_not_fixed_is_a_hole_in_its_place() {
        check(
            "<p>{before}<b title=words>{name()}</b></p>",
            "|<p|n|<b|atitle|n|>|>",
            &["node({before})", "value(words)", "node({name()})"],
        );
        check(
            "<input disabled prop:value=text class:on=is_on style:left=left aria-label=label/>",
            "|<input|adisabled|pvalue|con|sleft|aaria-label|>",
            &["value(true)", "value(text)", "value(is_on)", "value(left)", "value(label)"],
        );
        check(
            "<input on:keydown=typed node_ref=field/>",
            "|<input|okeydown|rnode_ref|>",
            &[
                "handler(crate::markup::event::keydown(typed))",
                "reference(move |element| crate::reactive::prelude::NodeRef::load(field, element))",
            ],
        );
    }

    #[test]
    fn a_node_without_a_hole_is_a_text_alone() {
        check_node("<p/>", r#"crate::markup::Holes::default().fill(0u32, "\u{1}<p\u{1}>")"#);
        check_node("{shown}", "crate::markup::IntoNode::into_node({shown})");
    }

    #[test]
    fn a_component_is_called_with_its_arguments_and_children() {
        let built = |set: &str| {
            format!(
                "::leptos::component::component_view(&widgets::Icon,
                    ::leptos::component::component_props_builder(&widgets::Icon) {set} .build(),)"
            )
        };
        check_node(r#"<widgets::Icon name="x" large=true/>"#, &built(r#".name("x").large(true)"#));
        check_node(
            "<widgets::Icon>{inside}</widgets::Icon>",
            &built(".children(::std::boxed::Box::new(move || crate::markup::IntoNode::into_node({inside})))"),
        );
        check("<p><widgets::Icon/></p>", "|<p|n|>", &[&format!("node({})", built(""))]);
    }

    #[test]
    fn what_has_a_colon_goes_onto_the_root_of_a_component() {
        check_node(
            r#"<Icon name="x" on:click=pressed attr:title="y"/>"#,
            r#"{
                let mut holes = crate::markup::Holes::default();
                holes.handler(crate::markup::event::click(pressed));
                holes.onto("\u{1}oclick\u{1}=title=y", ::leptos::component::component_view(&Icon,
                    ::leptos::component::component_props_builder(&Icon).name("x").build(),))
            }"#,
        );
    }

    #[test]
    fn show_and_for_are_calls() {
        check_node(
            "<Show when=is_open>{inside}</Show>",
            "crate::markup::show(is_open, move || crate::markup::IntoNode::into_node({inside}), || ())",
        );
        check_node(
            "<Show when=is_open fallback=closed>{inside}</Show>",
            "crate::markup::show(is_open, move || crate::markup::IntoNode::into_node({inside}), closed)",
        );
        check_node(
            "<For each=rows key=id let(row)>{row}</For>",
            "crate::markup::each(rows, id, move |row| crate::markup::IntoNode::into_node({row}))",
        );
    }

    #[test]
    fn bad_markup_is_told_so() {
        check_error("<p>hello</p>", "put text in quotes");
        check_error("<p {..more}/>", "a block is no attribute here");
        check_error("<p bind:value=text/>", "`bind:` is not known here");
        check_error("<Icon use:tooltip=text/>", "`use:` is not known here");
        check_error(r#"<Show>"x"</Show>"#, "this needs `when`");
        check_error("<For each=rows let(row)>{row}</For>", "this needs `key`");
        check_error("<For each=rows key=id>{row}</For>", "For needs `let(item)`");
        check_error("<p><b></p>", "no corresponding");
    }
}
