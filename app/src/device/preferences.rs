//! How this device likes to be used: theme, printing by itself, sound, scanner thresholds.
//!
//! They lie in localStorage, which may be lost without harm; nothing of a sale ever does.

use evertill_domain::scan::ScanThresholds;
use leptos::prelude::*;
use web_sys::Storage;

/// Longest pause that can be set between two keys of a scan, and the shortest.
pub const GAP_MS: std::ops::RangeInclusive<u32> = 5..=200;
/// Bounds of the fewest characters of a scan.
pub const CHARACTERS_MIN: std::ops::RangeInclusive<u8> = 2..=20;

const THEME: &str = "evertill.theme";
const AUTO_PRINT: &str = "evertill.auto_print";
const SOUND: &str = "evertill.sound";
const SCAN_GAP: &str = "evertill.scan_gap_ms";
const SCAN_MIN: &str = "evertill.scan_characters_min";
const LEFT: &str = "evertill.left";

/// Keeps that this browser left its terminal on purpose. It goes with the storage: what was emptied knows nothing of it.
pub fn keep_left(left: bool) {
    write(LEFT, if left { "on" } else { "off" });
}

/// Whether this browser left its terminal on purpose.
pub fn left() -> bool {
    read(LEFT).as_deref() == Some("on")
}

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
    theme: RwSignal<Theme>,
    auto_print: RwSignal<bool>,
    sound: RwSignal<bool>,
    scan: RwSignal<ScanThresholds>,
}

impl Preferences {
    /// Reads them, applies the theme and gives them to all views below.
    pub fn provide() {
        let usual = ScanThresholds::default();
        let gap_ms = read(SCAN_GAP).and_then(|text| text.parse().ok()).filter(|gap| GAP_MS.contains(gap));
        let characters_min =
            read(SCAN_MIN).and_then(|text| text.parse().ok()).filter(|min| CHARACTERS_MIN.contains(min));
        let preferences = Preferences {
            theme: RwSignal::new(Theme::from_key(&read(THEME).unwrap_or_default())),
            auto_print: RwSignal::new(read(AUTO_PRINT).as_deref() == Some("on")),
            sound: RwSignal::new(read(SOUND).as_deref() != Some("off")),
            scan: RwSignal::new(ScanThresholds {
                gap_ms: gap_ms.unwrap_or(usual.gap_ms),
                characters_min: characters_min.unwrap_or(usual.characters_min),
            }),
        };
        show_theme(preferences.theme.get_untracked());
        provide_context(preferences);
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

    /// Changes and keeps the theme.
    pub fn set_theme(self, theme: Theme) {
        write(THEME, theme.key());
        show_theme(theme);
        self.theme.set(theme);
    }

    /// Changes and keeps whether receipts print by themselves.
    pub fn set_auto_print(self, on: bool) {
        write(AUTO_PRINT, if on { "on" } else { "off" });
        self.auto_print.set(on);
    }

    /// Changes and keeps whether an unknown barcode is heard.
    pub fn set_sound(self, on: bool) {
        write(SOUND, if on { "on" } else { "off" });
        self.sound.set(on);
    }

    /// Changes and keeps the thresholds.
    pub fn set_scan(self, scan: ScanThresholds) {
        write(SCAN_GAP, &scan.gap_ms.to_string());
        write(SCAN_MIN, &scan.characters_min.to_string());
        self.scan.set(scan);
    }
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

fn write(key: &str, value: &str) {
    if let Some(storage) = storage() {
        drop(storage.set_item(key, value));
    }
}
