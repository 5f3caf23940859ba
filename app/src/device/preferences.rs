//! How this device likes to be used: theme, printing by itself, sound, scanner thresholds.
//!
//! They lie in the database, the theme alone in localStorage: it is needed for the first paint, before the database is
//! open. What 0.1.0 kept in localStorage is taken over. What could not be kept holds until the page ends, which
//! Settings says.

use std::collections::BTreeMap;

use crate::reactive::prelude::*;
use evertill_browser::Device;
use evertill_domain::scan::ScanThresholds;
use evertill_sync::rows::meta;
use leptos::task::spawn_local;
use web_sys::Storage;

/// Longest pause that can be set between two keys of a scan, and the shortest.
pub const GAP_MS: std::ops::RangeInclusive<u32> = 5..=200;
/// Bounds of the fewest characters of a scan.
pub const CHARACTERS_MIN: std::ops::RangeInclusive<u8> = 2..=20;

const THEME: &str = "evertill.theme";
const AUTO_PRINT: &str = "auto_print";
const SOUND: &str = "sound";
const SCAN_GAP: &str = "scan_gap_ms";
const SCAN_MIN: &str = "scan_characters_min";
/// All that lie in the database; the last one is written by leaving the terminal.
const KEPT: [&str; 5] = [AUTO_PRINT, SOUND, SCAN_GAP, SCAN_MIN, meta::LEFT];

/// Light, dark, or as the device says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the device says.
    #[default]
    Auto,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    /// Its name, as stored and as in `data-theme`.
    pub fn key(self) -> &'static str {
        match self {
            Theme::Auto => "auto",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    /// The theme with this name; as the device, if there is none.
    pub fn from_key(key: &str) -> Self {
        match key {
            "light" => Theme::Light,
            "dark" => Theme::Dark,
            _ => Theme::Auto,
        }
    }
}

/// The preferences of this device, as signals.
#[derive(Clone, Copy)]
pub struct Preferences {
    /// Where changes are kept, once it is open.
    device: StoredValue<Option<Device>>,
    theme: RwSignal<Theme>,
    auto_print: RwSignal<bool>,
    sound: RwSignal<bool>,
    scan: RwSignal<ScanThresholds>,
    /// Names and texts of which the database has not said yet that it keeps them.
    waiting: StoredValue<BTreeMap<&'static str, String>>,
    unkept: RwSignal<bool>,
    theme_unkept: RwSignal<bool>,
}

impl Preferences {
    /// The usual ones for all views below, and the theme, which is applied.
    pub fn provide() {
        let theme = read(THEME).unwrap_or_default();
        let preferences = Preferences {
            device: StoredValue::new(None),
            theme: RwSignal::new(Theme::from_key(&theme)),
            auto_print: RwSignal::new(false),
            sound: RwSignal::new(true),
            scan: RwSignal::new(ScanThresholds::default()),
            waiting: StoredValue::new(BTreeMap::new()),
            unkept: RwSignal::new(false),
            theme_unkept: RwSignal::new(false),
        };
        show_theme(preferences.theme.get_untracked());
        provide_context(preferences);
    }

    /// Takes up what this device keeps. What cannot be read is as usual.
    pub async fn take_up(self, device: Device) {
        let mut texts = device.till().preferences(&KEPT).await.unwrap_or_default();
        let mut earlier = Vec::new();
        for (name, text) in KEPT.into_iter().zip(&mut texts).filter(|(_, text)| text.is_none()) {
            *text = read(&earlier_key(name));
            earlier.extend(text.clone().map(|text| (name, text)));
        }
        if !earlier.is_empty() && device.till().keep_preferences(&earlier).await.is_ok() {
            for (name, _) in earlier {
                forget(&earlier_key(name));
            }
        }
        if let [auto_print, sound, gap, least, _] = texts.as_slice() {
            let usual = ScanThresholds::default();
            let gap_ms = gap.as_deref().and_then(|text| text.parse().ok());
            let characters_min = least.as_deref().and_then(|text| text.parse().ok());
            self.auto_print.set(auto_print.as_deref() == Some("on"));
            self.sound.set(sound.as_deref() != Some("off"));
            self.scan.set(ScanThresholds {
                gap_ms: gap_ms.filter(|gap| GAP_MS.contains(gap)).unwrap_or(usual.gap_ms),
                characters_min: characters_min
                    .filter(|least| CHARACTERS_MIN.contains(least))
                    .unwrap_or(usual.characters_min),
            });
        }
        self.device.set_value(Some(device));
    }

    /// The preferences of this device.
    pub fn here() -> Self {
        expect_context()
    }

    /// Light or dark, at this moment.
    pub fn theme_now(self) -> Theme {
        self.theme.get_untracked()
    }

    /// When a burst of keys counts as a scan, at this moment.
    pub fn scan_now(self) -> ScanThresholds {
        self.scan.get_untracked()
    }

    /// Whether each receipt prints by itself.
    pub fn auto_print(self) -> bool {
        self.auto_print.get()
    }

    /// The same at this moment, without following it.
    pub fn auto_print_now(self) -> bool {
        self.auto_print.get_untracked()
    }

    /// Whether an unknown barcode is heard.
    pub fn sound(self) -> bool {
        self.sound.get()
    }

    /// The same at this moment, without following it.
    pub fn sound_now(self) -> bool {
        self.sound.get_untracked()
    }

    /// When a burst of keys counts as a scan.
    pub fn scan(self) -> ScanThresholds {
        self.scan.get()
    }

    /// Whether a change of the theme could not be kept.
    pub fn theme_unkept(self) -> bool {
        self.theme_unkept.get()
    }

    /// Whether a change of anything else could not be kept.
    pub fn unkept(self) -> bool {
        self.unkept.get()
    }

    /// Changes and keeps the theme.
    pub fn set_theme(self, theme: Theme) {
        show_theme(theme);
        self.theme.set(theme);
        self.keep_theme();
    }

    /// Keeps the theme for the next start.
    pub fn keep_theme(self) {
        let kept = storage().is_some_and(|storage| storage.set_item(THEME, self.theme_now().key()).is_ok());
        self.theme_unkept.set(!kept);
    }

    /// Changes and keeps whether receipts print by themselves.
    pub fn set_auto_print(self, on: bool) {
        self.keep([(AUTO_PRINT, switch(on))]);
        self.auto_print.set(on);
    }

    /// Changes and keeps whether an unknown barcode is heard.
    pub fn set_sound(self, on: bool) {
        self.keep([(SOUND, switch(on))]);
        self.sound.set(on);
    }

    /// Changes and keeps the thresholds.
    pub fn set_scan(self, scan: ScanThresholds) {
        self.keep([(SCAN_GAP, scan.gap_ms.to_string()), (SCAN_MIN, scan.characters_min.to_string())]);
        self.scan.set(scan);
    }

    fn keep<const N: usize>(self, changed: [(&'static str, String); N]) {
        self.waiting.update_value(|waiting| waiting.extend(changed));
        self.keep_waiting();
    }

    /// Keeps for the next start what is not kept yet.
    pub fn keep_waiting(self) {
        let Some(device) = self.device.get_value() else { return };
        let waiting = self.waiting.get_value();
        spawn_local(async move {
            let rows: Vec<_> = waiting.clone().into_iter().collect();
            let kept = device.till().keep_preferences(&rows).await.is_ok();
            if kept {
                // What was changed again meanwhile is on its way.
                self.waiting.update_value(|now| now.retain(|name, text| waiting.get(name) != Some(text)));
            }
            self.unkept.set(!kept);
        });
    }
}

fn switch(on: bool) -> String {
    (if on { "on" } else { "off" }).to_owned()
}

/// Where 0.1.0 kept it in localStorage.
fn earlier_key(name: &str) -> String {
    format!("evertill.{name}")
}

fn show_theme(theme: Theme) {
    if let Some(root) = document().document_element() {
        drop(match theme {
            Theme::Auto => root.remove_attribute("data-theme"),
            Theme::Light | Theme::Dark => root.set_attribute("data-theme", theme.key()),
        });
    }
}

fn storage() -> Option<Storage> {
    web_sys::window().and_then(|window| window.local_storage().ok().flatten())
}

fn read(key: &str) -> Option<String> {
    storage().and_then(|storage| storage.get_item(key).ok().flatten())
}

fn forget(key: &str) {
    if let Some(storage) = storage() {
        drop(storage.remove_item(key));
    }
}
