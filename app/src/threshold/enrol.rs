//! Making this browser a terminal, by a one-time code from a link or typed.

use crate::markup::view;
use crate::reactive::prelude::*;
use leptos::task::spawn_local;

use super::{Panel, code_in_address, forget_refused_code, to_the_till};
use crate::{
    address,
    api::ApiError,
    shop::door::{Door, DoorError, Past},
    widgets::{
        button::{Button, Look, Size, class_of},
        chip::Mood,
        field::Field,
        notice::Notice,
    },
    words::threshold as say,
};

/// Asks for the code and enrols. A code in the link is used at once: one tap less, and it is shown either way. A browser
/// that is a terminal is told so first, and nothing is done by itself: the link may be an old one.
#[component]
pub fn EnrolPage(door: Door) -> impl IntoNode {
    let code = RwSignal::new(code_in_address());
    let busy = RwSignal::new(false);
    let wrong = RwSignal::new(String::new());
    let past = RwSignal::new(None::<Past>);
    let from_link = !code.get_untracked().is_empty();
    let already = door.terminal();
    let is_terminal = already.is_some();
    if is_terminal {
        // The code stands in the field; in the address, and in what the browser remembers of it, it is of no use.
        address::replace("/enrol");
    }

    let enrol = move || {
        let typed = code.get_untracked().trim().to_owned();
        if busy.get_untracked() {
            return;
        }
        if typed.is_empty() {
            wrong.set(say::MISSING.to_owned());
            return;
        }
        busy.set(true);
        wrong.set(String::new());
        spawn_local(async move {
            match door.enrol(&typed).await {
                Ok(()) => to_the_till(),
                Err(error) => {
                    forget_refused_code(&error);
                    wrong.set(in_words(&error));
                    busy.set(false);
                }
            }
        });
    };
    spawn_local(async move {
        if !is_terminal && let Some(known) = door.past().await {
            past.set(Some(known));
        }
    });
    if from_link && !is_terminal {
        enrol();
    }
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        enrol();
    };
    view! {
        <Panel title=say::ENROL>
            {match already {
                Some(terminal) => {
                    view! {
                        <h1 data-testid="already">{say::already(&terminal)}</h1>
                        <p class="soft">{say::ALREADY_TEXT}</p>
                        <a class=class_of(Look::Main, Size::Tall) href="/" data-testid="to-the-till">{crate::words::nav::TO_THE_TILL}</a>
                    }
                        .into_node()
                }
                None => {
                    view! {
                        <h1>{if from_link { say::ENROL } else { say::NOT_A_TILL }}</h1>
                        <p class="soft">{if from_link { say::ENROL_TEXT } else { say::NOT_A_TILL_TEXT }}</p>
                    }
                        .into_node()
                }
            }}
            {move || {
                past.get().map(|Past { terminal, left }| {
                    let (mood, text) = if left {
                        (Mood::Plain, say::left(&terminal))
                    } else {
                        (Mood::Wait, format!("{}. {}", say::LOST, say::lost_text(&terminal)))
                    };
                    view! { <Notice mood=mood text=Signal::derive(move || text.clone()) /> }
                })
            }}
            <form class="part" on:submit=submit>
                <Field id="code" label=say::CODE value=code hint=say::ENROL_CODE_HINT wrong=wrong required=true />
                <Button look=if is_terminal { Look::Usual } else { Look::Main } size=Size::Tall submit=true disabled=busy attr:data-testid="enrol">
                    {move || if busy.get() { say::ENROLLING } else { say::ENROL_DO }}
                </Button>
            </form>
        </Panel>
    }
}

/// Why enrolling did not work.
pub fn in_words(error: &DoorError) -> String {
    match error {
        DoorError::Api(ApiError::Unreachable) => say::OFFLINE.to_owned(),
        DoorError::Api(error) if !error.field("code").is_empty() => error.field("code"),
        DoorError::Api(error) => error.words(say::BAD_CODE),
        DoorError::Device(why) => why.clone(),
    }
}
