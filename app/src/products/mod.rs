//! The catalogue as the ERP keeps it: find, create, change, receive stock, import. Needs the network and says so.

mod edit;
mod import;
mod stock;

use crate::markup::{Node, view};
use crate::reactive::prelude::*;
use evertill_protocol::api::ProductRow;

pub use import::{BadRows, CSV_BYTES_MAX, CsvHelp, unread};

use crate::{
    format,
    listing::{Listing, instead, paged},
    shop::Shop,
    widgets::{
        button::{Button, Look},
        dialog::{Layer, Place},
        empty::Empty,
        icon::Icon,
        initial,
        table::{Column, Table, TableFoot},
    },
    words::products as say,
};
use edit::EditProduct;
use import::ImportProducts;
use stock::MoveStock;

/// What lies over the list.
#[derive(Clone, PartialEq)]
enum Over {
    Nothing,
    New,
    Edit(ProductRow),
    Stock(ProductRow),
    Import,
}

/// The page.
#[component]
pub fn ProductsPage() -> impl IntoNode {
    let shop = Shop::here();
    let query = RwSignal::new(String::new());
    let over = RwSignal::new(Over::Nothing);
    let list: Listing<ProductRow> = Listing::new();
    let fetch = move |after: Option<String>| {
        let path = paged("/api/products", after.as_deref(), &[("q", query.get_untracked().trim())]);
        async move { shop.get(&path).await }
    };
    Effect::new(move |_| {
        query.track();
        list.reload(fetch);
    });
    let changed = Callback::new(move |()| list.reload(fetch));
    let close = Callback::new(move |()| over.set(Over::Nothing));
    let owner = move || shop.is_owner();

    view! {
        <div class="page">
            <div class="page-in" class:asking=list.busy() data-testid="page-products">
                <header class="page-head">
                    <h1>{say::TITLE}</h1>
                    <Show when=owner>
                        <div class="buttons">
                            <Button disabled=Signal::derive(move || !shop.online()) on:click=move |_| over.set(Over::Import) attr:data-testid="product-import">
                                <Icon name="upload" />
                                {say::IMPORT}
                            </Button>
                            <Button look=Look::Main disabled=Signal::derive(move || !shop.online()) on:click=move |_| over.set(Over::New) attr:data-testid="product-new">
                                <Icon name="plus" />
                                {say::NEW}
                            </Button>
                        </div>
                    </Show>
                </header>
                <label class="search">
                    <Icon name="search" />
                    <span class="only-spoken">{say::SEARCH}</span>
                    <input
                        type="search"
                        placeholder=say::SEARCH
                        autocomplete="off"
                        spellcheck="false"
                        data-testid="products-search"
                        prop:value=move || query.get()
                        on:input=move |event| query.set(event_target_value(&event))
                    />
                </label>
                {instead(list, say::OFFLINE, fetch)}
                <Show when=move || list.is_empty() && list.error().is_none()>
                    {move || {
                        let text = if query.with(|query| query.trim().is_empty()) { say::NONE_TEXT } else { say::NONE_FOUND_TEXT };
                        view! { <Empty icon="box" title=say::NONE text=text /> }
                    }}
                </Show>
                <Show when=move || { list.len().get() > 0 }>
                    <Table
                        caption=say::TITLE
                        columns=vec![
                            Column::text(say::NAME),
                            Column::text(say::SKU),
                            Column::text(say::CATEGORY),
                            Column::number(say::PRICE),
                            Column::number(say::ON_HAND),
                            Column::text(say::STOCK),
                        ]
                    >
                        <For each=move || list.rows() key=|row| (row.id, row.version, row.on_hand_milli) let(row)>
                            <Row row=row over=over may_change=shop.is_owner() />
                        </For>
                    </Table>
                    <TableFoot shown=list.len() more=list.more() busy=list.busy() next=move |()| list.extend(fetch) />
                </Show>
            </div>
            {move || match over.get() {
                Over::Nothing => ().into_node(),
                Over::New => layer(say::NEW, close, view! { <EditProduct row=None done=changed close=close /> }.into_node()),
                Over::Edit(row) => layer(say::EDIT, close, view! { <EditProduct row=Some(row) done=changed close=close /> }.into_node()),
                Over::Stock(row) => layer(say::MOVE, close, view! { <MoveStock row=row done=changed close=close /> }.into_node()),
                Over::Import => layer(say::IMPORT_TITLE, close, view! { <ImportProducts done=changed close=close /> }.into_node()),
            }}
        </div>
    }
}

fn layer(label: &'static str, close: Callback<()>, content: Node) -> Node {
    view! {
        <Layer label=label place=Place::Wide close=close firm=true>
            {content}
        </Layer>
    }
    .into_node()
}

#[component]
fn Row(row: ProductRow, over: RwSignal<Over>, may_change: bool) -> impl IntoNode {
    let fields = row.fields.clone();
    let category = fields.category.clone().unwrap_or_default();
    let name = if may_change {
        let edited = row.clone();
        view! {
            <button type="button" class="row-link" data-testid="product-edit" on:click=move |_| over.set(Over::Edit(edited.clone()))>
                {fields.name.clone()}
            </button>
        }
        .into_node()
    } else {
        view! { <span class="strong">{fields.name.clone()}</span> }.into_node()
    };
    let on_hand = row.on_hand_milli;
    let stock = may_change.then(|| {
        let label = format!("{}: {}", say::MOVE, fields.name);
        view! {
            <Button on:click=move |_| over.set(Over::Stock(row.clone())) attr:aria-label=label attr:data-testid="product-stock">
                <Icon name="box" />
            </Button>
        }
    });
    view! {
        <tr data-testid="product-row" data-sku=fields.sku.clone()>
            <td>
                <span class="product-name">
                    <span class=initial::hue(&category) aria-hidden="true">{initial::letter(&fields.name)}</span>
                    {name}
                </span>
            </td>
            <td class="nowrap">{fields.sku.clone()}</td>
            <td>{category.clone()}</td>
            <td class="num">{format::money(fields.price_minor)}</td>
            <td class="num" data-testid="on-hand" data-name=say::ON_HAND data-milli=on_hand.to_string()>{format::quantity(on_hand)}</td>
            <td>{stock}</td>
        </tr>
    }
}
