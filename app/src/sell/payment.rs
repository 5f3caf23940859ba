//! How a sale is being paid: what was given so far, what is still due. Pure; the sheet shows it.

use evertill_domain::{
    Currency,
    checkout::{Balance, CheckoutRefusal, balance, likely_cash_minor},
    sale::{Tender, TenderKind},
};

/// The tenders given so far towards a total. Less than the total: what covers it completes the sale; unless that could
/// not be saved, then they stand and cover it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payment {
    total_minor: i64,
    tenders: Vec<Tender>,
}

/// What a tender led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// The total is covered; these tenders complete the sale.
    All(Vec<Tender>),
    /// More is due.
    Part(Payment),
}

impl Payment {
    /// Nothing given yet towards `total_minor`.
    pub fn of(total_minor: i64) -> Self {
        Payment { total_minor, tenders: Vec::new() }
    }

    /// `tenders` were given already, before the page was left or in a sale that was not saved.
    pub fn taken(total_minor: i64, tenders: Vec<Tender>) -> Self {
        Payment { total_minor, tenders }
    }

    /// What is still due, in minor units.
    pub fn due_minor(&self) -> i64 {
        match balance(self.total_minor, &self.tenders) {
            Ok(Balance::Due(due_minor)) => due_minor,
            Ok(Balance::Change(_)) | Err(_) => 0,
        }
    }

    /// What is handed back once the sale is complete, in minor units; 0 while something is due.
    pub fn change_minor(&self) -> i64 {
        match balance(self.total_minor, &self.tenders) {
            Ok(Balance::Change(change_minor)) => change_minor,
            Ok(Balance::Due(_)) | Err(_) => 0,
        }
    }

    /// What was given so far.
    pub fn tenders(&self) -> &[Tender] {
        &self.tenders
    }

    /// One more tender. A card may not pay more than is due; nothing may be zero or less.
    pub fn give(
        &self,
        kind: TenderKind,
        amount_minor: i64,
        reference: &str,
    ) -> Result<Given, CheckoutRefusal> {
        let reference = reference.trim();
        let reference = (kind == TenderKind::Card && !reference.is_empty()).then(|| reference.to_owned());
        let mut tenders = self.tenders.clone();
        tenders.push(Tender { kind, amount_minor, reference });
        // Cash and card in any order: a card after cash that already covers the total cannot happen, as the sale is
        // complete by then; a card for more than the rest would make change out of a card.
        if kind == TenderKind::Card && amount_minor > self.due_minor() {
            return Err(CheckoutRefusal::CardOverTendered);
        }
        match balance(self.total_minor, &tenders)? {
            Balance::Change(_) => Ok(Given::All(tenders)),
            Balance::Due(_) => Ok(Given::Part(Payment { total_minor: self.total_minor, tenders })),
        }
    }

    /// The change that `cash_minor` would make, where nobody hands over so much: more than ten times what is due and more
    /// than five times the largest amount that is likely. A slip of the fingers, then; `None` for all else.
    pub fn doubtful_change_minor(&self, cash_minor: i64, currency: Currency) -> Option<i64> {
        let due_minor = self.due_minor();
        let likely_minor = likely_cash_minor(due_minor, currency).last().copied().unwrap_or(due_minor);
        let most_minor = due_minor.saturating_mul(10).max(likely_minor.saturating_mul(5));
        (due_minor > 0 && cash_minor > most_minor).then(|| cash_minor.saturating_sub(due_minor))
    }

    /// Without the tender at `at`.
    pub fn without(&self, at: usize) -> Self {
        let mut rest = self.clone();
        if at < rest.tenders.len() {
            rest.tenders.remove(at);
        }
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amounts(given: &Given) -> Vec<i64> {
        match given {
            Given::All(tenders) => tenders.iter().map(|tender| tender.amount_minor).collect(),
            Given::Part(_) => Vec::new(),
        }
    }

    #[test]
    fn cash_that_covers_completes_and_a_card_never_gives_change() {
        let payment = Payment::of(3_171);
        for (kind, amount, expected) in [
            (TenderKind::Cash, 3_171, Ok(vec![3_171])),
            (TenderKind::Cash, 4_000, Ok(vec![4_000])),
            (TenderKind::Card, 3_171, Ok(vec![3_171])),
            (TenderKind::Card, 3_172, Err(CheckoutRefusal::CardOverTendered)),
            (TenderKind::Cash, 0, Err(CheckoutRefusal::Amount)),
        ] {
            assert_eq!(
                payment.give(kind, amount, "").map(|given| amounts(&given)),
                expected,
                "{kind:?} {amount}"
            );
        }
    }

    #[test]
    fn only_cash_that_nobody_hands_over_is_doubted() {
        let currency = "GBP".parse().expect("a currency");
        for (due, cash, doubted) in [
            (10_000, 10_040_000, Some(10_030_000)),
            (3_171, 40_000, Some(36_829)),
            (3_171, 20_000, None),
            (50, 5_000, None),
            (50, 10_000, None),
            (1, 100_000, Some(99_999)),
            (0, 100_000, None),
        ] {
            let payment = Payment::of(due);
            assert_eq!(payment.doubtful_change_minor(cash, currency), doubted, "{due} paid with {cash}");
            let all = likely_cash_minor(due, currency).into_iter().chain([due]);
            let doubts = all.filter_map(|likely| payment.doubtful_change_minor(likely, currency)).count();
            assert_eq!(doubts, 0, "exact and notes are never asked about: {due}");
        }
    }

    #[test]
    fn parts_add_up_and_can_be_taken_back() {
        let Ok(Given::Part(part)) = Payment::of(3_171).give(TenderKind::Card, 2_000, " A1 ") else {
            panic!("a part")
        };
        assert_eq!((part.due_minor(), part.tenders()[0].reference.as_deref()), (1_171, Some("A1")));
        assert_eq!(part.give(TenderKind::Card, 1_172, ""), Err(CheckoutRefusal::CardOverTendered));
        assert_eq!(
            part.give(TenderKind::Cash, 2_000, "ignored").map(|given| amounts(&given)),
            Ok(vec![2_000, 2_000])
        );
        assert_eq!(part.without(0), Payment::of(3_171));
        assert_eq!(part.without(7), part);
    }

    #[test]
    fn what_was_taken_before_goes_on_where_it_stood() {
        let Ok(Given::Part(part)) = Payment::of(3_171).give(TenderKind::Card, 2_000, "A1") else {
            panic!("a part")
        };
        assert_eq!(Payment::taken(3_171, part.tenders().to_vec()), part);
        // A sale that was not saved: all of it stands, with the change that it will make.
        let Ok(Given::All(all)) = part.give(TenderKind::Cash, 2_000, "") else { panic!("all of it") };
        let covered = Payment::taken(3_171, all);
        assert_eq!((covered.due_minor(), covered.change_minor()), (0, 829));
        assert_eq!(covered.without(1), part);
        assert_eq!(part.change_minor(), 0);
    }
}
