//! Where most stories begin: the demo shop's server, and a browser that was enrolled as its first terminal and can sell.

use crate::{browser::Browser, proxy::Proxy, server::Server, till_page::TillPage};

/// The demo shop with its first till.
pub async fn with_a_till() -> (Server, Browser, TillPage) {
    let server = Server::start_demo().await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link().await).await;
    (server, browser, till)
}

/// The same, where the till knows the server only by a line that can be cut and spoilt.
pub async fn with_a_till_on_a_line() -> (Server, Proxy, Browser, TillPage) {
    let server = Server::start_demo().await;
    let line = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    let till = TillPage::enrol(&browser, &server.link_over(&line.url()).await).await;
    (server, line, browser, till)
}
