//! What the driver of the sync engine tells the page that started it. Both are modules of their own, so it crosses as
//! a short text.

use evertill_sync::engine::{Attention, Changed, Progress, Round};

/// Something that the page may want to show or pass on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// What a round tells while it works.
    Progress(Progress),
    /// How a round ended.
    Round(Outcome),
}

/// What a page needs to know of a round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What is new.
    pub changed: Changed,
    /// Whether the ERP answered; `None` if it was not asked.
    pub reached: Option<bool>,
    /// Whether nothing is left to do now.
    pub complete: bool,
    /// What only a person can mend.
    pub attention: Option<Attention>,
    /// Why the round could not go on although the ERP is not to blame.
    pub trouble: Option<String>,
}

impl Outcome {
    /// Whether anything was tried; a wake-up may come too early for that.
    pub fn attempted(&self) -> bool {
        self.reached.is_some() || self.complete || self.trouble.is_some()
    }
}

impl From<&Round> for Outcome {
    fn from(round: &Round) -> Self {
        Self {
            changed: round.changed,
            reached: round.reached,
            complete: round.complete,
            attention: round.attention,
            trouble: round.trouble.as_ref().map(ToString::to_string),
        }
    }
}

/// Letters of the facts about a round, in the order of [`Outcome::facts`].
const LETTERS: &str = "rucqpsoievx";

impl Outcome {
    /// Each fact on its own: reached, not reached, complete, what changed, what needs a person.
    fn facts(&self) -> [bool; 11] {
        let Changed { queue, catalogue, stock, outlet, identity } = self.changed;
        [
            self.reached == Some(true),
            self.reached == Some(false),
            self.complete,
            queue,
            catalogue,
            stock,
            outlet,
            identity,
            self.attention == Some(Attention::EnrolAgain),
            self.attention == Some(Attention::Update),
            self.attention == Some(Attention::Revoked),
        ]
    }

    fn text(&self) -> String {
        let facts = LETTERS.chars().zip(self.facts());
        let mut text: String = facts.filter(|(_, holds)| *holds).map(|(letter, _)| letter).collect();
        if let Some(trouble) = &self.trouble {
            text.push(' ');
            text.push_str(trouble);
        }
        text
    }

    fn from_text(text: &str) -> Self {
        let (letters, trouble) = match text.split_once(' ') {
            Some((letters, trouble)) => (letters, Some(trouble.to_owned())),
            None => (text, None),
        };
        let holds = |letter: char| letters.contains(letter);
        let reached = if holds('r') { Some(true) } else { holds('u').then_some(false) };
        let attention = if holds('e') {
            Some(Attention::EnrolAgain)
        } else if holds('v') {
            Some(Attention::Update)
        } else {
            holds('x').then_some(Attention::Revoked)
        };
        let changed = Changed {
            queue: holds('q'),
            catalogue: holds('p'),
            stock: holds('s'),
            outlet: holds('o'),
            identity: holds('i'),
        };
        Self { changed, reached, complete: holds('c'), attention, trouble }
    }
}

impl Report {
    /// As it crosses from one module to the other.
    pub fn text(&self) -> String {
        match self {
            Self::Progress(Progress::Sent { pending }) => format!("sent {pending}"),
            Self::Progress(Progress::Loading { loaded, total }) => format!("loading {loaded} {total}"),
            Self::Round(outcome) => format!("round {}", outcome.text()),
        }
    }

    /// What the other module said; `None` if it is nothing that this build knows.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(' ')?;
        Some(match kind {
            "sent" => Self::Progress(Progress::Sent { pending: rest.parse().ok()? }),
            "loading" => {
                let (loaded, total) = rest.split_once(' ')?;
                Self::Progress(Progress::Loading { loaded: loaded.parse().ok()?, total: total.parse().ok()? })
            }
            "round" => Self::Round(Outcome::from_text(rest)),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Attention, Changed, Outcome, Progress, Report};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn every_report_arrives_as_it_was_sent() {
        let outcome = Outcome::default();
        let changed = |fact: usize| Changed {
            queue: fact == 0,
            catalogue: fact == 1,
            stock: fact == 2,
            outlet: fact == 3,
            identity: fact == 4,
        };
        let mut reports = vec![
            Report::Progress(Progress::Sent { pending: 0 }),
            Report::Progress(Progress::Loading { loaded: 500, total: 100_000 }),
            Report::Round(Outcome { complete: true, ..outcome.clone() }),
            Report::Round(Outcome { trouble: Some("no space left".to_owned()), ..outcome.clone() }),
        ];
        for reached in [None, Some(true), Some(false)] {
            reports.push(Report::Round(Outcome { reached, ..outcome.clone() }));
        }
        for attention in [Attention::EnrolAgain, Attention::Update, Attention::Revoked] {
            reports.push(Report::Round(Outcome { attention: Some(attention), ..outcome.clone() }));
        }
        for fact in 0..5 {
            reports.push(Report::Round(Outcome { changed: changed(fact), ..outcome.clone() }));
        }
        for report in reports {
            assert_eq!(Report::from_text(&report.text()), Some(report));
        }
        assert_eq!(Report::from_text("something newer"), None);
    }
}
