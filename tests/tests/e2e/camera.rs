//! A phone's camera held to the screen: what the QR code that is shown there says.

use evertill_tests::browser::{Browser, Page};
use serde_json::json;

/// The text of the one QR code that this element shows, read from the screen's pixels.
pub async fn text_of_code(browser: &Browser, page: &Page, selector: &str) -> String {
    page.until_shown(selector).await;
    let place = format!(
        "(() => {{
            const element = document.querySelector({selector:?});
            element.scrollIntoView({{ block: 'center', behavior: 'instant' }});
            const {{ x, y, width, height }} = element.getBoundingClientRect();
            return {{ x: x + scrollX, y: y + scrollY, width, height, scale: 2 }};
        }})()"
    );
    let clip: serde_json::Value = page.eval(&place).await.expect("an element has a place");
    let picture = page.call("Page.captureScreenshot", json!({ "format": "png", "clip": clip })).await;
    let picture = picture.expect("the screen can be seen");
    // The browser itself unpacks the picture, in a window whose policy lets it.
    let window = browser.open_blank().await;
    let dark = format!(
        "(async () => {{
            const bytes = Uint8Array.from(atob({}), (one) => one.charCodeAt(0));
            const picture = await createImageBitmap(new Blob([bytes], {{ type: 'image/png' }}));
            const {{ width, height }} = picture;
            const context = new OffscreenCanvas(width, height).getContext('2d');
            context.drawImage(picture, 0, 0);
            const {{ data }} = context.getImageData(0, 0, width, height);
            let dark = '';
            for (let at = 1; at < data.length; at += 4) dark += data[at] < 128 ? '1' : '0';
            return [width, height, dark];
        }})()",
        picture["data"]
    );
    let (width, height, dark): (usize, usize, String) =
        window.eval(&dark).await.expect("a picture has pixels");
    window.close().await;
    let is_dark = |x: usize, y: usize| dark.as_bytes()[y * width + x] == b'1';
    let mut seen = rqrr::PreparedImage::prepare_from_bitmap(width, height, is_dark);
    let codes = seen.detect_grids();
    assert_eq!(codes.len(), 1, "one code is seen");
    codes[0].decode().expect("it can be read").1
}
