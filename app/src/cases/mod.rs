//! What the ERP could not settle by itself: the evidence, and what a person can do about it.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_protocol::{
    api::{CaseDecision, CaseKind, CaseRow, CaseState},
    json::{indented, write},
};
use leptos::task::spawn_local;
use serde::de::IgnoredAny;

use crate::{
    api::{ApiError, Body},
    format,
    listing::{Listing, instead, paged},
    shop::Shop,
    widgets::{
        button::{Button, Look},
        chip::{Chip, Mood},
        empty::Empty,
        field::Field,
        notice::{Notice, Toasts},
        table::TableFoot,
        tabs::Tabs,
    },
    words::{cases as say, sales},
};

/// The page.
#[component]
pub fn CasesPage() -> impl IntoNode {
    let shop = Shop::here();
    let view = RwSignal::new("open");
    let list: Listing<CaseRow> = Listing::new();
    let fetch = move |after: Option<String>| {
        let path = paged("/api/cases", after.as_deref(), &[("state", view.get_untracked())]);
        async move { shop.get(&path).await }
    };
    // The number in the bar follows what is read here.
    shop.look_at_cases();
    Effect::new(move |_| {
        view.track();
        list.restart(fetch);
    });
    let changed = Callback::new(move |()| {
        shop.look_at_cases();
        list.reload(fetch);
    });
    view! {
        <div class="page">
            <div class="page-in" data-testid="page-cases">
                <header class="page-head">
                    <div class="titles">
                        <h1>{say::TITLE}</h1>
                        <p class="soft">{say::INTRO}</p>
                    </div>
                    <Tabs label=say::VIEWS value=view tabs=vec![("open", say::OPEN), ("released", say::RELEASED_STATE), ("settled", say::SETTLED)] />
                </header>
                {instead(list, say::OFFLINE, fetch)}
                <Show when=move || list.is_empty() && list.error().is_none()>
                    {move || {
                        let text = if view.get() == "open" { say::NONE_TEXT } else { say::NONE_SETTLED_TEXT };
                        view! { <Empty icon="check" title=say::NONE text=text /> }
                    }}
                </Show>
                <For each=move || list.rows() key=|row| (row.id, row.state == CaseState::Open) let(row)>
                    <Case row=row changed=changed />
                </For>
                <Show when=move || { list.len().get() > 0 }>
                    <TableFoot shown=list.len() more=list.more() busy=list.busy() next=move |()| list.extend(fetch) />
                </Show>
            </div>
        </div>
    }
}

/// One case, with its evidence folded and, while it is open, what can be done.
#[component]
fn Case(row: CaseRow, changed: Callback<()>) -> impl IntoNode {
    let shop = Shop::here();
    let toasts = Toasts::here();
    let note = RwSignal::new(String::new());
    let wrong = RwSignal::new(String::new());
    let problem = RwSignal::new(None::<ApiError>);
    let busy = RwSignal::new(false);
    let id = row.id;
    let open = row.state == CaseState::Open;
    let may = open && shop.is_owner();
    let decide = move |verb: &'static str, said: &'static str| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        problem.set(None);
        let decision = CaseDecision { note: note.get_untracked().trim().to_owned() };
        spawn_local(async move {
            let answer: Result<IgnoredAny, ApiError> =
                shop.call("POST", &format!("/api/cases/{id}/{verb}"), None, Body::json(&decision)).await;
            busy.set(false);
            match answer {
                Ok(_) => {
                    toasts.say(Mood::Good, said);
                    changed.run(());
                }
                Err(error) => problem.set(Some(error)),
            }
        });
    };
    let settle = move |_| {
        if note.with_untracked(|note| note.trim().is_empty()) {
            wrong.set(say::NOTE_NEEDED.to_owned());
        } else {
            wrong.set(String::new());
            decide("settle", say::SETTLED_NOW);
        }
    };
    let evidence = indented(row.evidence.text());
    let place = match (&row.terminal, row.seq) {
        (Some(terminal), Some(seq)) => say::place(terminal, seq),
        (Some(terminal), None) => terminal.clone(),
        _ => String::new(),
    };
    let why = row.code.as_deref().map(sales::why);
    let state = if open { Mood::Bad } else { Mood::Good };
    let state_words = match row.state {
        CaseState::Open => say::OPEN,
        CaseState::Released => say::RELEASED_STATE,
        CaseState::Settled => say::SETTLED,
    };
    let closed = row.note.clone().filter(|note| !note.is_empty()).zip(row.closed_at);
    view! {
        <article class="card case" data-testid="case" data-kind=kind_key(row.kind) data-state=if open { "open" } else { "closed" }>
            <header>
                <h2>{say::kind(row.kind)}</h2>
                <Chip mood=state text=Signal::derive(move || state_words.to_owned()) />
            </header>
            <p>{row.summary.clone()}</p>
            <p class="soft small">
                {say::opened(&format::date_time(row.opened_at))} " " {place}
                {why.map(|why| format!(" · {why}"))}
            </p>
            {closed.map(|(note, at)| view! { <p>{say::closed(&format::date_time(at), &note)}</p> })}
            <details>
                <summary>{say::EVIDENCE}</summary>
                <pre class="evidence" tabindex="0">{evidence}</pre>
            </details>
            {may
                .then(|| {
                    view! {
                        <Field id=format!("note-{id}") label=say::NOTE value=note hint=say::NOTE_HINT wrong=wrong />
                        <div class="buttons">
                            <Button look=Look::Main disabled=busy on:click=settle attr:data-testid="case-settle">{say::SETTLE}</Button>
                            {row
                                .can_release
                                .then(|| {
                                    view! {
                                        <Button disabled=busy on:click=move |_| decide("release", say::RELEASED) attr:title=say::RELEASE_TEXT attr:data-testid="case-release">
                                            {say::RELEASE}
                                        </Button>
                                    }
                                })}
                        </div>
                    }
                })}
            {move || problem.get().map(|error| view! { <Notice mood=Mood::Bad text=Signal::derive(move || error.words(say::OFFLINE)) /> })}
        </article>
    }
}

/// The kind as the protocol spells it.
fn kind_key(kind: CaseKind) -> String {
    write(&kind).trim_matches('"').to_owned()
}
