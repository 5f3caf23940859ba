//! The shop's promises, kept by a real server and a real browser together.

mod axe;
mod block;
mod carried_queue;
mod cases_page;
mod dropped_answers;
mod earlier_versions;
mod first_visit;
mod further_terminals;
mod harness;
mod keyboard;
mod kill_browser;
mod kill_server;
mod memory;
mod money_taken;
mod new_shop;
mod offline_story;
mod preferences;
mod printing;
mod products_page;
mod quota;
mod scanner;
mod storage_lost;
mod strange_networks;
mod two_tabs;
mod update;
mod worker_drains;
