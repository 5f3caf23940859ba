//! One measured figure against what was promised, the table of all, and `summary.json`.

use serde::Serialize;
use std::{fmt, path::Path};

/// Which side of the target is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// At most the target.
    Lower,
    /// At least the target.
    Higher,
}

/// A figure, its reference if it has one, and whether it reaches its target. With a reference the target is
/// the ratio's, otherwise the figure's own.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// Short, stable, for `--only` and for comparing runs.
    pub name: String,
    /// What was measured.
    pub measured: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The same, measured in the same run on what it is compared with.
    pub reference: Option<f64>,
    /// Measured / reference.
    pub ratio: Option<f64>,
    /// What was promised.
    pub target: f64,
    /// Which side of it is good.
    pub better: Better,
    /// Whether it is reached.
    pub ok: bool,
}

impl Figure {
    /// A figure with a promise of its own.
    pub fn plain(name: &str, measured: f64, unit: &'static str, better: Better, target: f64) -> Self {
        let ok = reaches(measured, better, target);
        Self { name: name.to_owned(), measured, unit, reference: None, ratio: None, target, better, ok }
    }

    /// A figure whose promise is a ratio to a reference.
    pub fn against(
        name: &str,
        (measured, reference): (f64, f64),
        unit: &'static str,
        better: Better,
        target: f64,
    ) -> Self {
        let ratio = measured / reference;
        Self {
            name: name.to_owned(),
            measured,
            unit,
            reference: Some(reference),
            ratio: Some(ratio),
            target,
            better,
            ok: reaches(ratio, better, target),
        }
    }
}

/// A figure that nothing was promised about, for the table alone.
#[derive(Clone, Debug)]
pub struct Told {
    /// Short, as a figure's.
    pub name: &'static str,
    /// What was measured.
    pub measured: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The figure that it stands beside.
    pub beside: &'static str,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let measured = format!("{:.2} {}", self.measured, self.unit);
        write!(f, "{:<34} {measured:>22} {:>24}   for information", self.name, "")
    }
}

fn reaches(value: f64, better: Better, target: f64) -> bool {
    // A figure that could not be measured reaches nothing.
    value.is_finite()
        && match better {
            Better::Lower => value <= target,
            Better::Higher => value >= target,
        }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.better == Better::Lower { "≤" } else { "≥" };
        let verdict = if self.ok { "ok" } else { "SHORT" };
        let measured = format!("{:.2} {}", self.measured, self.unit);
        let compared = match (self.reference, self.ratio) {
            (Some(reference), Some(ratio)) => format!("{reference:.2} → {ratio:.2} ×"),
            _ => String::new(),
        };
        write!(f, "{:<34} {measured:>22} {compared:>24}   {sign} {:<8} {verdict}", self.name, self.target)
    }
}

/// Writes the list.
pub fn write_summary(figures: &[Figure], file: &Path) {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).expect("the target directory can be written");
    }
    let text = serde_json::to_string_pretty(figures).expect("figures are JSON");
    std::fs::write(file, text + "\n").expect("the summary can be written");
}

/// The value below which `share` of the sorted values lie.
pub fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place in a list of a few thousand"
    )]
    let place = ((values.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last);
    values.get(place).copied().unwrap_or(f64::NAN)
}

/// The middle value.
pub fn median(values: &mut [f64]) -> f64 {
    percentile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::{Better, Figure, median, percentile};

    #[test]
    fn a_figure_that_falls_short_says_so() {
        assert!(Figure::plain("a", 2.0, "s", Better::Lower, 2.0).ok);
        assert!(!Figure::plain("a", f64::NAN, "s", Better::Lower, 2.0).ok);
        assert!(!Figure::against("a", (4.0, 10.0), "sales/s", Better::Higher, 0.5).ok);
        assert!(Figure::against("a", (5.0, 10.0), "sales/s", Better::Higher, 0.5).ok);
    }

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let mut values: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&mut values, 0.95).to_bits(), 95.0_f64.to_bits());
        assert_eq!(median(&mut values).to_bits(), 50.0_f64.to_bits());
    }
}
