//! Further terminals of the shop: a code as link and QR, the list, and taking one out of use.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_protocol::terminal::{CodeAnswer, CodeRequest, TerminalRow};
use leptos::task::spawn_local;
use serde::de::IgnoredAny;

use crate::{
    api::{ApiError, Body},
    format,
    listing::{fetching, offline_or},
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::{Chip, Mood},
        notice::Toasts,
        table::{Column, Table},
    },
    words::settings as say,
};

/// The card; for terminals that may only sell it says who may do this.
#[component]
pub fn Terminals() -> impl IntoNode {
    let shop = Shop::here();
    view! {
        <section class="card whole">
            <h2>{say::OTHERS}</h2>
            <p class="soft">{say::OTHERS_TEXT}</p>
            {if shop.is_owner() { view! { <Owned /> }.into_node() } else { view! { <p>{say::NOT_ALLOWED}</p> }.into_node() }}
        </section>
    }
}

#[component]
fn Owned() -> impl IntoNode {
    let shop = Shop::here();
    let code = RwSignal::new(None::<CodeAnswer>);
    let rows = RwSignal::new(Vec::<TerminalRow>::new());
    let error = RwSignal::new(None::<ApiError>);
    let load = move || {
        spawn_local(async move {
            match shop.get::<Vec<TerminalRow>>("/api/terminals").await {
                Ok(list) => {
                    rows.set(list);
                    error.set(None);
                }
                Err(failed) => error.set(Some(failed)),
            }
        });
    };
    load();
    let again = move || {
        error.set(None);
        load();
    };
    let make = move |terminal| {
        spawn_local(async move {
            match shop.call("POST", "/api/terminals/codes", None, Body::json(&CodeRequest { terminal })).await
            {
                Ok(answer) => {
                    code.set(Some(answer));
                    error.set(None);
                }
                Err(failed) => error.set(Some(failed)),
            }
        });
    };
    view! {
        <div class="buttons">
            <Button look=Look::Main on:click=move |_| make(None) attr:data-testid="terminal-code-new">{say::CODE_NEW}</Button>
        </div>
        {move || code.get().map(|answer| view! { <Code answer=answer /> })}
        {move || (rows.with(Vec::is_empty) && error.with(Option::is_none)).then(fetching)}
        {move || error.get().map(|failed| offline_or(&failed, say::OFFLINE, again))}
        <Show when=move || rows.with(|rows| !rows.is_empty())>
            <Table caption=say::OTHERS columns=vec![Column::text(say::NAME), Column::text(say::STATE), Column::number(say::WAITING), Column::text(say::ACTIONS)]>
                <For each=move || rows.get() key=|row| (row.id, row.revoked, row.pending) let(row)>
                    <Row row=row make=Callback::new(move |id| make(Some(id))) changed=Callback::new(move |()| load()) />
                </For>
            </Table>
        </Show>
    }
}

#[component]
fn Row(
    row: TerminalRow,
    make: Callback<evertill_domain::Id<evertill_domain::id::Terminal>>,
    changed: Callback<()>,
) -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let sure = RwSignal::new(false);
    let id = row.id;
    let own = shop.identity().terminal == id;
    let revoke = move |_| {
        if !sure.get_untracked() {
            sure.set(true);
            return;
        }
        spawn_local(async move {
            let answer: Result<IgnoredAny, ApiError> =
                shop.call("POST", &format!("/api/terminals/{id}/revoke"), None, Body::None).await;
            match answer {
                Ok(_) => toasts.say(Mood::Good, say::REVOKED),
                Err(error) => toasts.say(Mood::Bad, error.words(say::OFFLINE)),
            }
            changed.run(());
        });
    };
    let (mood, state) = if row.revoked { (Mood::Bad, say::REVOKED_STATE) } else { (Mood::Good, say::ACTIVE) };
    let seen = row.seen_at.map(|at| say::seen(&format::date_time(at)));
    // The server's own terminal has no browser to enrol.
    let server = row.short_code == "S0";
    view! {
        <tr data-testid="terminal-row" data-code=row.short_code.clone()>
            <td>
                <b>{row.short_code.clone()}</b>
                " "
                <span class="soft small">{if own { say::THIS_ONE.to_owned() } else { seen.unwrap_or_default() }}</span>
            </td>
            <td><Chip mood=mood text=Signal::derive(move || state.to_owned()) /></td>
            <td class="num" data-name=say::WAITING>{format::count(row.pending)}</td>
            <td>
                {(!own && !server && !row.revoked)
                    .then(|| {
                        view! {
                            <div class="buttons">
                                <Button on:click=move |_| make.run(id)>{say::CODE_AGAIN}</Button>
                                <Button look=Look::Danger on:click=revoke attr:data-testid="terminal-revoke">
                                    {move || if sure.get() { say::REVOKE_SURE } else { say::REVOKE }}
                                </Button>
                            </div>
                        }
                    })}
            </td>
        </tr>
    }
}

/// A fresh code: QR, link, and how long it is good.
#[component]
fn Code(answer: CodeAnswer) -> impl IntoNode {
    let toasts = Toasts::here();
    let origin = web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default();
    let link = format!("{origin}{}", answer.path);
    // Another device that opens such a link asks itself.
    let local = web_sys::window()
        .and_then(|window| window.location().hostname().ok())
        .is_some_and(|host| is_local(&host));
    let size = if local { 0 } else { answer.qr.len() };
    let path = squares(&answer.qr);
    let copied = link.clone();
    let copy = move |_| {
        let text = copied.clone();
        spawn_local(async move {
            let clipboard = web_sys::window().map(|window| window.navigator().clipboard());
            if let Some(clipboard) = clipboard
                && wasm_bindgen_futures::JsFuture::from(clipboard.write_text(&text)).await.is_ok()
            {
                toasts.say(Mood::Good, say::COPIED);
            }
        });
    };
    view! {
        <div class="pair">
            {(size > 0).then(|| {
                view! {
                    <div class="qr" role="img" aria-label=say::CODE_QR>
                        <svg viewBox=format!("0 0 {size} {size}") shape-rendering="crispEdges">
                            <path d=path fill="#000"></path>
                        </svg>
                    </div>
                }
            })}
            <div class="part">
                <span class="code" data-testid="terminal-code-value">{answer.code}</span>
                <p class="soft small">{if local { say::CODE_LOCAL } else { say::CODE_OPEN }} " " {say::code_until(&format::time(answer.expires_at))}</p>
                <code>{link}</code>
                <div class="buttons">
                    <Button on:click=copy>{say::CODE_COPY}</Button>
                </div>
            </div>
        </div>
    }
}

/// Whether a host name means the computer itself, whichever computer that is.
fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

/// The dark squares of a QR code as one SVG path. No style attributes: the page's policy has none.
fn squares(rows: &[String]) -> String {
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.match_indices('1') {
            path.extend(["M", &x.to_string(), " ", &y.to_string(), "h1v1h-1z"]);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    #[test]
    fn this_computer_is_known_by_its_names() {
        for (host, local) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("till.localhost", true),
            ("shop.example", false),
            ("192.168.1.7", false),
        ] {
            assert_eq!(super::is_local(host), local, "{host}");
        }
    }

    #[test]
    fn rows_become_squares() {
        let rows = ["10", "01"].map(str::to_owned);
        assert_eq!(super::squares(&rows), "M0 0h1v1h-1zM1 1h1v1h-1z");
    }
}
