//! The whole shop's sales, from the ERP, page by page.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_protocol::api::SaleRow;

use crate::{
    format,
    listing::{Listing, instead, paged},
    shop::Shop,
    widgets::{
        empty::Empty,
        table::{Column, Table, TableFoot},
    },
    words::sales as say,
};

/// The list, or a plain sentence when the ERP cannot be reached.
#[component]
pub fn OutletSales() -> impl IntoNode {
    let shop = Shop::here();
    let list: Listing<SaleRow> = Listing::new();
    let fetch = move |after: Option<String>| {
        let path = paged("/api/sales", after.as_deref(), &[]);
        async move { shop.get(&path).await }
    };
    list.reload(fetch);
    view! {
        {instead(list, say::OFFLINE, fetch)}
        <Show when=move || list.is_empty() && list.error().is_none()>
            <Empty icon="receipt" title=say::NONE text=say::NONE_OUTLET_TEXT />
        </Show>
        <Show when=move || { list.len().get() > 0 }>
            <Table
                caption=say::TITLE
                columns=vec![
                    Column::text(say::NUMBER),
                    Column::text(say::WHEN),
                    Column::number(say::LINES),
                    Column::number(say::TOTAL),
                ]
            >
                <For each=move || list.rows() key=|row| row.id let(row)>
                    <Row row=row />
                </For>
            </Table>
            <TableFoot shown=list.len() more=list.more() busy=list.busy() next=move |()| list.extend(fetch) />
        </Show>
    }
}

#[component]
fn Row(row: SaleRow) -> impl IntoNode {
    let number = format!("{} {}", row.terminal, row.receipt.clone().unwrap_or_default());
    view! {
        <tr data-testid="outlet-sale-row" data-id=row.id.to_string()>
            <td><a class="row-link" href=format!("/sales/{}", row.id)>{number}</a></td>
            <td class="nowrap">{format::date_time(row.completed_at)}</td>
            <td class="num" data-name=say::LINES>{format::count(u64::from(row.line_count))}</td>
            <td class="num">{format::money(row.total_minor)}</td>
        </tr>
    }
}
