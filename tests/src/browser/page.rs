//! One page (or worker) of a browser: looking, clicking, typing, scanning.

use super::cdp::{CallError, Cdp};
use crate::{
    deadline::{until, until_within},
    surroundings,
};
use base64::Engine as _;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, SystemTime},
};

/// Why a script has no value.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The page is gone or was navigated away under the script.
    #[error(transparent)]
    Call(#[from] CallError),
    /// It threw.
    #[error("the script threw: {0}")]
    Threw(String),
    /// Its value is of another type.
    #[error("the script's value: {0}")]
    Value(String),
}

/// A session with one target.
#[derive(Clone, Debug)]
pub struct Page {
    cdp: Cdp,
    session: String,
    target: String,
}

impl Page {
    pub(super) fn new(cdp: Cdp, session: String, target: String) -> Self {
        Self { cdp, session, target }
    }

    /// Calls a method on this page's session.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, CallError> {
        self.cdp.call(&self.session, method, params).await
    }

    /// The connection.
    pub fn cdp(&self) -> &Cdp {
        &self.cdp
    }

    /// The session's id, to tell its events from others'.
    pub fn session(&self) -> &str {
        &self.session
    }

    /// The target's id.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Goes to an address. Does not wait for more than the navigation itself.
    pub async fn goto(&self, url: &str) {
        let answer = self.call("Page.navigate", json!({ "url": url })).await.expect("the page navigates");
        assert!(answer.get("errorText").is_none(), "{url}: {answer}");
    }

    /// Loads the page again as F5 does.
    pub async fn reload(&self) {
        self.eval::<()>("void (window.evertillOld = true)").await.expect("the page runs scripts");
        self.call("Page.reload", json!({})).await.expect("the page reloads");
        until("the page was loaded again", || async {
            self.eval::<bool>("!window.evertillOld && document.readyState !== 'loading'")
                .await
                .ok()
                .filter(|new| *new)
        })
        .await;
    }

    /// Closes it as a person would.
    pub async fn close(self) {
        let _ = self.call("Page.close", json!({})).await;
    }

    /// Runs a script before the app's in every document of this page from now on.
    pub async fn before_load(&self, script: &str) {
        let params = json!({ "source": script });
        self.call("Page.addScriptToEvaluateOnNewDocument", params).await.expect("a script can be added");
    }

    /// An expression's value; a promise is awaited.
    pub async fn eval<T: DeserializeOwned>(&self, expression: &str) -> Result<T, EvalError> {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let answer = self.call("Runtime.evaluate", params).await?;
        if let Some(details) = answer.get("exceptionDetails") {
            let thrown = details["exception"]["description"].as_str().or(details["text"].as_str());
            return Err(EvalError::Threw(thrown.unwrap_or_default().to_owned()));
        }
        let value = answer["result"].get("value").cloned().unwrap_or(Value::Null);
        serde_json::from_value(value).map_err(|error| EvalError::Value(error.to_string()))
    }

    /// Waits until an expression is true; `what` names it in the failure, with a picture of the page.
    pub async fn until(&self, what: &str, expression: &str) {
        self.until_within(crate::deadline::PATIENCE, what, expression).await;
    }

    /// The same with a deadline of its own.
    pub async fn until_within(&self, within: Duration, what: &str, expression: &str) {
        let started = std::time::Instant::now();
        until_within(within + Duration::from_secs(15), what, || async {
            if self
                .eval::<bool>(&format!("(async () => Boolean(await ({expression})))()"))
                .await
                .unwrap_or(false)
            {
                return Some(());
            }
            if started.elapsed() > within {
                let picture = self.picture(what).await;
                let text: String = self
                    .eval("`${window.evertillSelling?.at() ?? ''}\n${document.body?.innerText ?? ''}`")
                    .await
                    .unwrap_or_else(|error| error.to_string());
                panic!(
                    "waited {} s in vain until {what}; picture: {picture}\npage says: {text}",
                    within.as_secs()
                );
            }
            None
        })
        .await;
    }

    /// Waits for an element that matches the selector and is shown.
    pub async fn until_shown(&self, selector: &str) {
        self.until(
            &format!("{selector} is shown"),
            &format!("document.querySelector({})?.getClientRects().length", quoted(selector)),
        )
        .await;
    }

    /// Waits until no element matches the selector.
    pub async fn until_gone(&self, selector: &str) {
        self.until(&format!("{selector} is gone"), &format!("!document.querySelector({})", quoted(selector)))
            .await;
    }

    /// Waits until an element that matches the selector is shown and says these words.
    pub async fn until_says(&self, selector: &str, words: &str) {
        let says = format!(
            "[...document.querySelectorAll({})].some((one) => one.getClientRects().length && one.innerText.includes({}))",
            quoted(selector),
            quoted(words)
        );
        self.until(&format!("{selector} says “{words}”"), &says).await;
    }

    /// How many elements match.
    pub async fn count(&self, selector: &str) -> usize {
        self.eval(&format!("document.querySelectorAll({}).length", quoted(selector)))
            .await
            .expect("it counts")
    }

    /// The text of the first element that matches.
    pub async fn text(&self, selector: &str) -> String {
        let expression = format!("document.querySelector({})?.textContent?.trim() ?? ''", quoted(selector));
        self.eval(&expression).await.expect("an element has text")
    }

    /// An attribute of the first element that matches.
    pub async fn attribute(&self, selector: &str, name: &str) -> Option<String> {
        let expression =
            format!("document.querySelector({})?.getAttribute({}) ?? null", quoted(selector), quoted(name));
        self.eval(&expression).await.expect("an element has attributes")
    }

    /// A real click in the middle of the element, once it is there, enabled, and not covered by another.
    pub async fn click(&self, selector: &str) {
        self.click_times(selector, 1).await;
    }

    /// The same, `times` in quick succession, as a nervous finger does.
    pub async fn click_times(&self, selector: &str, times: u32) {
        let (x, y) = self.place_of(selector).await;
        for turn in 1..=times {
            for kind in ["mousePressed", "mouseReleased"] {
                let params = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": turn });
                self.call("Input.dispatchMouseEvent", params).await.expect("the mouse works");
            }
        }
    }

    /// Where an element can be clicked, once it stays where it is.
    pub async fn place_of(&self, selector: &str) -> (f64, f64) {
        let script = format!(
            "(async () => {{
                const look = () => {{
                    const element = [...document.querySelectorAll({})].find((one) => one.getClientRects().length);
                    if (!element || element.disabled || element.getAttribute('aria-disabled') === 'true') return null;
                    element.scrollIntoView({{ block: 'nearest', inline: 'nearest', behavior: 'instant' }});
                    const box = element.getBoundingClientRect();
                    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
                    const hit = document.elementFromPoint(x, y);
                    return hit && (element === hit || element.contains(hit)) ? [x, y] : null;
                }};
                const before = look();
                await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
                const place = look();
                return before && place && before.join() === place.join() ? place : null;
            }})()",
            quoted(selector)
        );
        self.until(
            &format!("{selector} can be clicked"),
            &format!("{script}.then((place) => place !== null)"),
        )
        .await;
        until(&format!("{selector} can be clicked"), || async {
            self.eval::<Option<(f64, f64)>>(&script).await.ok().flatten()
        })
        .await
    }

    /// Puts text into the focused field at once.
    pub async fn insert(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text })).await.expect("text can be inserted");
    }

    /// Focuses a field and replaces what is in it.
    pub async fn fill(&self, selector: &str, text: &str) {
        self.until_shown(selector).await;
        let script = format!(
            "(() => {{ const field = document.querySelector({}); field.focus(); field.select?.(); }})()",
            quoted(selector)
        );
        self.eval::<()>(&script).await.expect("a field takes the focus");
        if text.is_empty() {
            self.press("Delete").await;
        } else {
            self.insert(text).await;
        }
    }

    /// Chooses a file as a person does in the browser's own dialog.
    pub async fn choose_file(&self, selector: &str, file: &Path) {
        self.until(&format!("{selector} is there"), &format!("document.querySelector({})", quoted(selector)))
            .await;
        let field = json!({ "expression": format!("document.querySelector({})", quoted(selector)) });
        let found = self.call("Runtime.evaluate", field).await.expect("the page runs scripts");
        let chosen = json!({ "objectId": found["result"]["objectId"], "files": [file] });
        self.call("DOM.setFileInputFiles", chosen).await.expect("a file can be chosen");
    }

    /// Presses and releases a key by its DOM name: `Enter`, `Tab`, `Escape`, `F2`, `a`, …
    pub async fn press(&self, key: &str) {
        self.press_at(key, seconds_now(), &[]).await;
    }

    /// The same with modifiers: `Alt`, `Control`, `Meta`, `Shift`.
    pub async fn press_with(&self, key: &str, modifiers: &[&str]) {
        self.press_at(key, seconds_now(), modifiers).await;
    }

    /// Keeps a key down so that it repeats.
    pub async fn hold(&self, key: &str, repeats: u32) {
        for turn in 0..=repeats {
            self.key("keyDown", key, seconds_now(), &[], turn > 0).await;
        }
        self.key("keyUp", key, seconds_now(), &[], false).await;
    }

    /// Types at the pace of a person: one key every 100 ms.
    pub async fn type_slowly(&self, text: &str) {
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        // A key that took long is not made up for by quick ones: those would be a scan.
        pace.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        for key in text.chars() {
            pace.tick().await;
            self.press(&key.to_string()).await;
        }
    }

    /// What a scanner types: keys 4 ms apart by their own timestamps, however late they are delivered, and Enter.
    pub async fn scan(&self, code: &str) {
        self.scan_every(code, 4).await;
    }

    /// The same with this many milliseconds between its keys.
    pub async fn scan_every(&self, code: &str, gap_ms: u32) {
        let pause_s = f64::from(gap_ms) / 1000.0;
        let count = u32::try_from(code.chars().count()).unwrap_or(0);
        let start = seconds_now() - pause_s * f64::from(count);
        let keys = code.chars().map(|key| key.to_string()).chain(["Enter".to_owned()]);
        for (place, key) in (0_u32..).zip(keys) {
            self.press_at(&key, start + pause_s * f64::from(place), &[]).await;
        }
    }

    /// Keys at these milliseconds of the last two seconds by their own timestamps, all delivered now.
    pub async fn type_at(&self, keys: &[(char, u32)]) {
        let start = seconds_now() - 2.0;
        for (key, at_ms) in keys {
            self.press_at(&key.to_string(), start + f64::from(*at_ms) / 1000.0, &[]).await;
        }
    }

    async fn press_at(&self, key: &str, at_s: f64, modifiers: &[&str]) {
        self.key("keyDown", key, at_s, modifiers, false).await;
        self.key("keyUp", key, at_s, modifiers, false).await;
    }

    async fn key(&self, kind: &str, key: &str, at_s: f64, modifiers: &[&str], repeat: bool) {
        let (code, number, text) = described(key);
        let bits: u32 = modifiers
            .iter()
            .map(|modifier| match *modifier {
                "Alt" => 1,
                "Control" => 2,
                "Meta" => 4,
                _ => 8,
            })
            .sum();
        let mut params = json!({
            "type": kind, "key": key, "code": code, "windowsVirtualKeyCode": number,
            "nativeVirtualKeyCode": number, "timestamp": at_s, "autoRepeat": repeat, "modifiers": bits,
        });
        if kind == "keyDown" && !text.is_empty() && bits.trailing_zeros() >= 3 {
            params["text"] = text.into();
        } else if kind == "keyDown" {
            params["type"] = "rawKeyDown".into();
        }
        self.call("Input.dispatchKeyEvent", params).await.expect("the keyboard works");
    }

    /// A picture of the page under `<target>/e2e`; answers its path.
    pub async fn picture(&self, name: &str) -> String {
        let name: String =
            name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
        let file = surroundings::artefacts()
            .join(format!("{name}-{}.png", &self.session[..6.min(self.session.len())]));
        match self.call("Page.captureScreenshot", json!({ "format": "png" })).await {
            Ok(answer) => {
                let data = answer["data"].as_str().unwrap_or_default();
                let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap_or_default();
                let _ = std::fs::write(&file, bytes);
                file.display().to_string()
            }
            Err(error) => format!("none ({error})"),
        }
    }
}

/// A JavaScript string literal.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn seconds_now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// (code, virtual key code, text) of a key.
fn described(key: &str) -> (String, u32, String) {
    let named = |code: &str, number: u32, text: &str| (code.to_owned(), number, text.to_owned());
    match key {
        "Enter" => named("Enter", 13, "\r"),
        "Tab" => named("Tab", 9, ""),
        "Escape" => named("Escape", 27, ""),
        "Backspace" => named("Backspace", 8, ""),
        "Delete" => named("Delete", 46, ""),
        " " => named("Space", 32, " "),
        "ArrowLeft" => named("ArrowLeft", 37, ""),
        "ArrowUp" => named("ArrowUp", 38, ""),
        "ArrowRight" => named("ArrowRight", 39, ""),
        "ArrowDown" => named("ArrowDown", 40, ""),
        "Home" => named("Home", 36, ""),
        "End" => named("End", 35, ""),
        _ => {
            let mut characters = key.chars();
            match (characters.next(), characters.as_str()) {
                (Some('F'), number) if number.parse::<u32>().is_ok() => {
                    named(key, 111 + number.parse::<u32>().unwrap_or(0), "")
                }
                (Some(character), "") => {
                    let upper = character.to_ascii_uppercase();
                    let code = if character.is_ascii_digit() {
                        format!("Digit{character}")
                    } else if character.is_ascii_alphabetic() {
                        format!("Key{upper}")
                    } else {
                        String::new()
                    };
                    (code, u32::from(upper), key.to_owned())
                }
                _ => named(key, 0, ""),
            }
        }
    }
}
