//! Before there is a till: set-up, enrolment, the first load, and the refusals.

use super::Looks;
use evertill_tests::{
    browser::{Browser, Provoked},
    proxy::{Fault, Proxy},
    server::{Options, Server},
    till_page::by,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn setting_up_and_enrolling_passes_axe() {
    let server = Server::start(Options { demo: false, web: None }).await;
    let line = Proxy::before(&server.address()).await;
    let browser = Browser::launch().await;
    browser.will_provoke([Provoked::NoConnection, Provoked::Status(403)]).await;
    let mut looks = Looks::default();
    let page = browser.open(&server.link_over(&line.url()).await).await;
    page.until_shown(&by("open-shop")).await;
    looks.at(&page, "set-up").await;
    page.click("input[name=start][value=csv]").await;
    page.click(&by("open-shop")).await;
    page.until_shown("[role=alert]").await;
    looks.at(&page, "a set-up that will not do").await;

    let other = browser.open(&format!("{}/", line.url())).await;
    other.until_shown(&by("enrol")).await;
    looks.at(&other, "not enrolled").await;
    other.fill("#code", "WRONGCODE1").await;
    other.click(&by("enrol")).await;
    other.until_shown("[role=alert]").await;
    looks.at(&other, "a wrong code").await;
    other.close().await;

    // The shop's own data does not come: nothing can be sold yet.
    line.always("/api/sync/", Fault::LoseRequest);
    page.fill("#shop-name", "The Corner Shop").await;
    page.click("input[name=start][value=empty]").await;
    page.click(&by("open-shop")).await;
    page.until_shown(&by("progress")).await;
    page.until_shown("[role=status]").await;
    looks.at(&page, "the first load without a network").await;
    page.goto(&format!("{}/enrol#code=WRONGCODE1", line.url())).await;
    page.until_shown(&by("already")).await;
    looks.at(&page, "a terminal already").await;
    looks.end();
    browser.finish().await;
    server.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_refusal_outside_a_secure_context_passes_axe() {
    let server = Server::start_demo().await;
    let browser = Browser::launch_with(&["--host-resolver-rules=MAP shop.example 127.0.0.1"]).await;
    browser.will_provoke([Provoked::InsecureOrigin]).await;
    let page = browser.open(&server.url().replace("localhost", "shop.example")).await;
    page.until_shown(&by("insecure")).await;
    let mut looks = Looks::default();
    looks.at(&page, "insecure").await;
    looks.end();
    // And what axe should find is found.
    page.eval::<()>("void document.querySelector('main').append(document.createElement('button'))")
        .await
        .expect("a button");
    let found = super::findings(&page).await;
    assert!(found.iter().any(|one| one.starts_with("button-name")), "a button without a name: {found:?}");
    assert!(super::sticking_out(&page).await.is_empty());
    let wide = "void (() => {
        const wide = document.createElement('p');
        wide.style.minInlineSize = '120vw';
        wide.textContent = 'wide';
        document.querySelector('main').append(wide);
    })()";
    page.eval::<()>(wide).await.expect("a wide paragraph");
    let found = super::sticking_out(&page).await;
    assert!(found.iter().any(|one| one.contains("wide</p>")), "a paragraph wider than the screen: {found:?}");
    browser.finish().await;
    server.close().await;
}
