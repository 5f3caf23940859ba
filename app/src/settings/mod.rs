//! This terminal, further ones, how this device likes to be used, the app's version, and what it is made of.

mod about;
mod app;
mod device;
mod terminals;

use crate::markup::view;
use crate::reactive::prelude::*;
use evertill_domain::stock::StockPolicy;
use evertill_protocol::terminal::Right;

use crate::{shop::Shop, words::settings as say};

/// The page.
#[component]
pub fn SettingsPage() -> impl IntoNode {
    view! {
        <div class="page">
            <div class="page-in" data-testid="page-settings">
                <h1>{say::TITLE}</h1>
                <div class="cards">
                    <ThisTerminal />
                    <device::Receipts />
                    <device::Look />
                    <app::AppVersion />
                    <about::About />
                    <terminals::Terminals />
                </div>
            </div>
        </div>
    }
}

#[component]
fn ThisTerminal() -> impl IntoNode {
    let shop = Shop::here();
    let identity = shop.identity();
    let outlet = shop.outlet();
    let policy = match outlet.stock_policy {
        StockPolicy::Allow => say::POLICY_ALLOW,
        StockPolicy::Warn => say::POLICY_WARN,
        StockPolicy::Block => say::POLICY_BLOCK,
    };
    let right = match identity.right {
        Right::Owner => say::RIGHT_OWNER,
        Right::Sell => say::RIGHT_SELL,
    };
    view! {
        <section class="card">
            <h2>{say::TERMINAL}</h2>
            <dl>
                <dt>{say::OUTLET}</dt>
                <dd>{outlet.name}</dd>
                <dt>{say::NAME}</dt>
                <dd data-testid="terminal-code">{identity.short_code}</dd>
                <dt>{say::EPOCH}</dt>
                <dd data-testid="terminal-epoch">{identity.epoch.to_string()}</dd>
                <dt>{say::RIGHT}</dt>
                <dd>{right}</dd>
                <dt>{say::CURRENCY}</dt>
                <dd>{outlet.currency.to_string()}</dd>
                <dt>{say::LOCALE}</dt>
                <dd>{outlet.locale}</dd>
                <dt>{say::ZONE}</dt>
                <dd>{outlet.time_zone}</dd>
                <dt>{say::POLICY}</dt>
                <dd>{policy}</dd>
            </dl>
        </section>
    }
}
