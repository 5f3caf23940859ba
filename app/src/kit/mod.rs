//! Every widget in every mood, side by side: what to look at after a change to the styles. Hidden at `/kit`.

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::TaxRate;

use crate::{
    format,
    widgets::{
        button::{Button, Look, Size},
        chip::{Chip, Mood},
        choice::Choice,
        dialog::{Layer, Place},
        empty::Empty,
        field::{Check, Field, Select},
        icon::Icon,
        initial,
        keypad::{Keypad, pressed},
        notice::{Notice, Toasts},
        progress::Progress,
        stepper::{Step, Stepper},
        table::{Column, Table},
        tabs::Tabs,
    },
};

/// The page. Its words are samples and are not in the catalogue of messages.
#[component]
pub fn KitPage() -> impl IntoNode {
    let toasts = Toasts::here();
    let text = RwSignal::new("White hanging heart".to_owned());
    let kind = RwSignal::new("b".to_owned());
    let way = RwSignal::new("demo");
    let tab = RwSignal::new("one");
    let on = RwSignal::new(true);
    let amount = RwSignal::new(4_000_i64);
    let quantity = RwSignal::new(3_i64);
    let layer = RwSignal::new(None::<Place>);
    let step = Callback::new(move |step| match step {
        Step::Less => quantity.update(|quantity| *quantity -= 1),
        Step::More => quantity.update(|quantity| *quantity += 1),
        Step::Typed(typed) => quantity.set(typed.parse().unwrap_or_default()),
    });
    let fixed = |words: &'static str| Signal::derive(move || words.to_owned());
    view! {
        <div class="page">
            <div class="page-in" data-testid="page-kit">
                <h1>"Kit"</h1>
                <section class="card">
                    <h2>"Buttons"</h2>
                    <div class="kit-row">
                        <Button>"Usual"</Button>
                        <Button look=Look::Main>"Main"</Button>
                        <Button look=Look::Plain>"Plain"</Button>
                        <Button look=Look::Danger>"Danger"</Button>
                        <Button disabled=true>"Not now"</Button>
                        <Button look=Look::Main disabled=true>"Not now"</Button>
                        <Button look=Look::Main size=Size::Tall>"Tall"</Button>
                        <Button size=Size::Square attr:aria-label="Print"><Icon name="printer" /></Button>
                        <kbd>"F4"</kbd>
                    </div>
                    <div class="kit-row">
                        <Tabs label="Views" value=tab tabs=vec![("one", "This till"), ("two", "Whole shop")] />
                        <Stepper text=Signal::derive(move || quantity.get().to_string()) subject="White hanging heart" decimal=false step=step />
                        <Button on:click=move |_| toasts.say(Mood::Good, "Saved.")>"Toast"</Button>
                        <Button on:click=move |_| toasts.say(Mood::Bad, "Unknown barcode 4006381333931. Nothing was added.")>"Bad toast"</Button>
                        <Button on:click=move |_| layer.set(Some(Place::Middle))>"Dialog"</Button>
                        <Button on:click=move |_| layer.set(Some(Place::Side))>"Sheet"</Button>
                    </div>
                    <div class="kit-row">
                        <Chip mood=Mood::Good text=fixed("All synced") />
                        <Chip mood=Mood::Wait text=fixed("3 waiting, oldest 2 min") />
                        <Chip mood=Mood::Bad text=fixed("1 needs attention") />
                        <Chip mood=Mood::Plain text=fixed("Settled") />
                        {["Kitchen", "Bags", "Decoration", "Christmas", "Stationery", "Garden"]
                            .map(|name| view! { <span class=initial::hue(name)>{initial::letter(name)}</span> })
                            .into_iter()
                            .collect::<Vec<_>>()}
                    </div>
                </section>
                <section class="card">
                    <h2>"Notices"</h2>
                    <Notice mood=Mood::Plain text=fixed("Choose a file.") />
                    <Notice mood=Mood::Good text=fixed("A new version is ready.")><Button look=Look::Main>"Update now"</Button></Notice>
                    <Notice mood=Mood::Wait text=fixed("Products are kept in the ERP, which cannot be reached just now.")><Button>"Try again"</Button></Notice>
                    <Notice mood=Mood::Bad text=fixed("3 rows are wrong, so nothing was imported.") />
                    <Progress label=fixed("Loading the catalogue") done=Signal::derive(|| 42_000) total=Signal::derive(|| 100_000) />
                    <Progress label=fixed("Importing") done=Signal::derive(|| 0) total=Signal::derive(|| 0) />
                </section>
                <div class="cards">
                    <section class="card">
                        <h2>"Fields"</h2>
                        <Field id="kit-name" label="Name" value=text hint="What the receipt says." />
                        <Field id="kit-price" label="Price" value=text wrong=fixed("Enter an amount, such as 2.95.") />
                        <Select id="kit-reason" label="Reason" value=kind options=vec![("a".into(), "Goods received".into()), ("b".into(), "Correction".into())] />
                        <Check label="Sold by weight" checked=on change=move |now| on.set(now) />
                        <Choice name="kit-way" legend="Start with" value=way ways=vec![("demo", "Demo catalogue", "About 3,200 products."), ("empty", "Empty", "Nothing yet.")] />
                    </section>
                    <section class="card">
                        <h2>"Keypad"</h2>
                        <div class="amount-box"><span>{move || format::money(amount.get())}</span></div>
                        <Keypad press=Callback::new(move |key| amount.update(|now| *now = pressed(*now, key))) />
                    </section>
                </div>
                <Table caption="Figures" columns=vec![Column::text("Name"), Column::number("Price"), Column::number("Tax")]>
                    <tr>
                        <td>"Party bunting"</td>
                        <td class="num">{format::money(495)}</td>
                        <td class="num">{format::rate(i64::from(TaxRate::ZERO.ppm()))}</td>
                    </tr>
                    <tr>
                        <td>"Regency cakestand 3 tier"</td>
                        <td class="num">{format::money(123_456_789)}</td>
                        <td class="num">{format::rate(55_000)}</td>
                    </tr>
                </Table>
                <Empty icon="receipt" title="No sales yet" text="Sales made on this till appear here at once." />
                {move || {
                    layer.get().map(|place| {
                        view! {
                            <Layer label="A layer" place=place close=Callback::new(move |()| layer.set(None))>
                                <p>"Escape closes it, and the focus goes back."</p>
                                <Button look=Look::Main on:click=move |_| layer.set(None)>"Close"</Button>
                            </Layer>
                        }
                    })
                }}
            </div>
        </div>
    }
}
