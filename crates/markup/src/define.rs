//! `#[component]`: a struct of the arguments with Leptos' builder, and a function that takes it and answers a `Node`.

use proc_macro2::TokenStream as Tokens;
use quote::{format_ident, quote};
use syn::{Attribute, Error, Expr, FnArg, Ident, ItemFn, Pat, PatType, Type, spanned::Spanned};

/// The function, and the struct of its arguments if it has any. What runs in it is not told of changes.
pub fn tokens(function: ItemFn) -> Result<Tokens, Error> {
    let ItemFn { attrs, vis, sig, block, .. } = function;
    let (name, props) = (&sig.ident, format_ident!("{}Props", sig.ident));
    let fields = sig.inputs.iter().map(Field::of).collect::<Result<Vec<_>, _>>()?;
    let output = &sig.output;
    if fields.is_empty() {
        return Ok(quote! {
            #(#attrs)*
            #[allow(non_snake_case, reason = "as a tag it has a capital letter")]
            #vis fn #name() -> crate::markup::Node {
                fn body() #output #block
                crate::markup::IntoNode::into_node(crate::reactive::prelude::untrack(body))
            }
        });
    }
    let about = format!("What [`{name}`] is given.");
    let builder = format_ident!("{props}Builder");
    let names = fields.iter().map(|field| field.name);
    let fields =
        fields.iter().map(|Field { attributes, name, of }| quote! { #(#attributes)* #vis #name: #of });
    Ok(quote! {
        #[doc = #about]
        #[allow(missing_docs, reason = "the component says what they are")]
        #[derive(::leptos::typed_builder_macro::TypedBuilder)]
        #[builder(crate_module_path = ::leptos::typed_builder)]
        #vis struct #props { #(#fields),* }

        impl ::leptos::component::Props for #props {
            type Builder = #builder;
            fn builder() -> Self::Builder {
                #props::builder()
            }
        }

        #(#attrs)*
        #[allow(non_snake_case, reason = "as a tag it has a capital letter")]
        #vis fn #name(props: #props) -> crate::markup::Node {
            fn body(#props { #(#names),* }: #props) #output #block
            crate::markup::IntoNode::into_node(crate::reactive::prelude::untrack(move || body(props)))
        }
    })
}

/// An argument as a field.
struct Field<'a> {
    attributes: Vec<Tokens>,
    name: &'a Ident,
    of: &'a Type,
}

impl<'a> Field<'a> {
    fn of(argument: &'a FnArg) -> Result<Self, Error> {
        let FnArg::Typed(PatType { attrs, pat, ty, .. }) = argument else {
            return Err(Error::new(argument.span(), "a component has no self"));
        };
        let Pat::Ident(name) = &**pat else {
            return Err(Error::new(pat.span(), "a component's argument is a name"));
        };
        let attributes = attrs.iter().map(|attribute| {
            if attribute.path().is_ident("prop") { setter(attribute, ty) } else { Ok(quote! { #attribute }) }
        });
        Ok(Field { attributes: attributes.collect::<Result<_, _>>()?, name: &name.ident, of: ty })
    }
}

/// `#[prop(optional)]`, `#[prop(into)]`, `#[prop(default = …)]` as the builder names them. What is optional and an
/// `Option` is given without its `Some`.
fn setter(attribute: &Attribute, of: &Type) -> Result<Tokens, Error> {
    let (mut usual, mut given) = (None, Vec::new());
    attribute.parse_nested_meta(|meta| {
        let is_default = meta.path.is_ident("default");
        if is_default || meta.path.is_ident("optional") {
            let value = if is_default { Some(meta.value()?.parse::<Expr>()?) } else { None };
            let value = value.map_or_else(|| quote! { default }, |value| quote! { default = #value });
            if usual.replace(value).is_some() {
                return Err(meta.error("one `optional` or `default` says what is there if nothing is given"));
            }
            if !is_default && is_option(of) {
                given.push(quote! { strip_option });
            }
        } else if meta.path.is_ident("into") {
            given.push(quote! { into });
        } else {
            return Err(meta.error("`optional`, `into` and `default` are known here"));
        }
        Ok(())
    })?;
    let given = (!given.is_empty()).then(|| quote! { setter(#(#given),*) });
    let settings = usual.into_iter().chain(given);
    Ok(quote! { #[builder(#(#settings),*)] })
}

fn is_option(of: &Type) -> bool {
    matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option"))
}

#[cfg(test)]
mod tests {
    use super::{ItemFn, tokens};

    fn written(function: &str) -> Result<String, String> {
        let function = syn::parse_str::<ItemFn>(function).expect("it is a function");
        tokens(function).map(|tokens| tokens.to_string()).map_err(|error| error.to_string())
    }

    /// What the builder is told of an argument with this `#[prop(…)]`.
    #[track_caller]
    fn check(prop: &str, of: &str, builder: &str) {
        let function = format!("fn Said(#[prop({prop})] words: {of}) -> impl IntoNode {{}}");
        let written = written(&function).expect("it is a component");
        let field = format!("#[builder({builder})] words: {of}");
        let field = field.parse::<super::Tokens>().expect("it is Rust").to_string();
        assert!(written.contains(&field), "{field} is not in {written}");
    }

    #[track_caller]
    fn check_error(function: &str, words: &str) {
        let error = written(function).expect_err(function);
        assert!(error.contains(words), "{function}: {error}");
    }

    #[test]
    fn the_builder_is_told_how_an_argument_is_given() {
        check("into", "Signal<String>", "setter(into)");
        check("optional", "bool", "default");
        check("optional", "Option<Children>", "default, setter(strip_option)");
        check("default = 3", "u32", "default = 3");
        check("optional, into", "Signal<String>", "default, setter(into)");
        check("default = 3, into", "Signal<u32>", "default = 3, setter(into)");
    }

    #[test]
    fn an_optional_argument_may_be_converted_too_in_any_order() {
        check("optional, into", "Option<String>", "default, setter(strip_option, into)");
        check("into, optional", "std::option::Option<String>", "default, setter(into, strip_option)");
    }

    #[test]
    fn a_component_without_arguments_is_a_plain_function() {
        let written = written("fn Empty() -> impl IntoNode {}").expect("it is a component");
        assert!(written.contains("fn Empty () -> crate :: markup :: Node"), "{written}");
        assert!(!written.contains("EmptyProps"), "{written}");
    }

    #[test]
    fn bad_components_are_told_so() {
        check_error("fn Said(self) {}", "a component has no self");
        check_error("fn Said((one, other): (u8, u8)) {}", "a component's argument is a name");
        check_error(
            "fn Said(#[prop(maybe)] words: String) {}",
            "`optional`, `into` and `default` are known here",
        );
        check_error("fn Said(#[prop(optional, default = 3)] count: u32) {}", "one `optional` or `default`");
    }
}
