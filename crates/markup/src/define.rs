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

/// `#[prop(optional)]`, `#[prop(into)]`, `#[prop(default = …)]` as the builder names them.
fn setter(attribute: &Attribute, of: &Type) -> Result<Tokens, Error> {
    let (mut default, mut setter) = (quote! {}, quote! {});
    attribute.parse_nested_meta(|meta| {
        if meta.path.is_ident("optional") {
            default = quote! { default, };
            if matches!(of, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Option")) {
                setter = quote! { setter(strip_option) };
            }
        } else if meta.path.is_ident("into") {
            setter = quote! { setter(into) };
        } else if meta.path.is_ident("default") {
            let value: Expr = meta.value()?.parse()?;
            default = quote! { default = #value, };
        } else {
            return Err(meta.error("`optional`, `into` and `default` are known here"));
        }
        Ok(())
    })?;
    Ok(quote! { #[builder(#default #setter)] })
}
