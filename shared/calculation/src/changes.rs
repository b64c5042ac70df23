//! When each figure changes though nothing is bought and nothing edited.

use chrono::{Datelike, Days, Months, NaiveDate};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::aggregations::{FIGURES, figure_names};
use crate::date::{days_between, months_before};
use crate::day::Day;
use crate::evaluation::Evaluation;
use crate::sums::LONGEST_WINDOW_MONTHS;

/// For each figure the first date on which it has another value, if nothing is bought and nothing edited; `None` if it never
/// has. Transactions of later dates count on their day.
///
/// Serializes to a JSON object of all figures, in the order of the document.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Changes([Option<NaiveDate>; FIGURES]);

impl Changes {
    /// The name of each figure, and its date.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Option<NaiveDate>)> {
        figure_names().zip(self.0)
    }
}

impl Serialize for Changes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(FIGURES))?;
        for (figure, date) in self.iter() {
            map.serialize_entry(figure, &date)?;
        }
        map.end()
    }
}

/// What happens on a date.
#[derive(Clone, Copy)]
enum Event<'a> {
    /// A day of the ledger comes.
    Comes(&'a Day),
    /// A day leaves the window of 12 months.
    Leaves12(&'a Day),
    /// A day leaves the window of 24 months.
    Leaves24(&'a Day),
    /// A number of days or months since a date is passed.
    Passes,
}

impl<'a> Evaluation<'a> {
    /// When each figure changes after the date of this evaluation.
    pub(crate) fn changes(mut self) -> Changes {
        let mut events = self.events();
        events.sort_by_key(|(date, _)| *date);
        // Brands only come: that there are more of them says enough, and costs less than a list for each date.
        let brands_before = self.brand_count();
        let mut brands: Vec<&str> = Vec::new();
        let before = self.document_with("", brands.clone());
        let mut changes = Changes::default();
        for events in events.chunk_by(|(left, _), (right, _)| left == right) {
            for (date, event) in events {
                self.today = *date;
                match event {
                    Event::Comes(day) => self.sums.add(day, true, true),
                    Event::Leaves12(day) => self.sums.leave_12m(day),
                    Event::Leaves24(day) => self.sums.leave_24m(day),
                    Event::Passes => {}
                }
            }
            let comes = |(_, event): &(_, Event<'_>)| matches!(event, Event::Comes(_));
            if brands.is_empty() && events.iter().any(comes) && self.brand_count() > brands_before {
                brands.push("another");
            }
            let equal = before.equal_figures(&self.document_with("", brands.clone()));
            for (change, is_equal) in changes.0.iter_mut().zip(equal) {
                if !is_equal {
                    change.get_or_insert(self.today);
                }
            }
            if changes.0.iter().all(Option::is_some) {
                break;
            }
        }
        changes
    }

    fn brand_count(&self) -> usize {
        let brands = self.sums.brands.iter();
        brands.filter(|purchased| **purchased).count()
    }

    /// Everything after today that may change a figure.
    fn events(&self) -> Vec<(NaiveDate, Event<'a>)> {
        let today = self.today;
        let mut events = Vec::new();
        let mut push = |date: Option<NaiveDate>, event| {
            // No date after the year 9999 can be asked for.
            if let Some(date) = date.filter(|date| *date > today && date.year() <= 9999) {
                events.push((date, event));
            }
        };
        let longest = months_before(today, LONGEST_WINDOW_MONTHS);
        let open = self.ledger.days.partition_point(|day| day.date < longest);
        for day in self.ledger.days.get(open..).unwrap_or_default() {
            push(Some(day.date), Event::Comes(day));
            push(leaves(day.date, 12), Event::Leaves12(day));
            push(
                leaves(day.date, LONGEST_WINDOW_MONTHS),
                Event::Leaves24(day),
            );
            // Only the last purchase matters for how long ago it is.
            if day.shops > 0 && Some(day.date) >= self.sums.last_shop {
                for months in [3, 6, 12] {
                    push(leaves(day.date, months), Event::Passes);
                }
            }
        }
        let profile = self.ledger.profile.as_ref();
        if let Some(joined) = profile.and_then(|profile| profile.join_date) {
            push(next_join_dimension(joined, today), Event::Passes);
        }
        events
    }
}

/// The first date whose window of so many months no longer holds `date`.
fn leaves(date: NaiveDate, months: u32) -> Option<NaiveDate> {
    let same_day = date.checked_add_months(Months::new(months))?;
    // A window begins on the last day of its month at the latest, so up to three days more may hold the date.
    (1..=4)
        .filter_map(|days| same_day.checked_add_days(Days::new(days)))
        .find(|today| months_before(*today, months) > date)
}

/// The first date after `today` on which `dimension_join` is another.
fn next_join_dimension(joined: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
    let last_day = match days_between(joined, today) {
        ..=90 => 90,
        91..=365 => 365,
        days => {
            let whole_years = days.saturating_sub(1).checked_div(365)?;
            whole_years.saturating_add(1).checked_mul(365)?
        }
    };
    joined.checked_add_days(Days::new(last_day.checked_add(1)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::parse_date;

    fn date(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    #[test]
    fn a_date_leaves_a_window_when_the_window_begins_after_it() {
        for (bought, months, expected) in [
            ("2026-01-15", 12, "2027-01-16"),
            ("2024-02-29", 12, "2025-03-01"),
            // 29 February 2024 less 12 months is 28 February 2023.
            ("2023-02-28", 12, "2024-03-01"),
            ("2026-05-30", 3, "2026-08-31"),
            ("2026-02-28", 3, "2026-06-01"),
            ("2024-02-29", 24, "2026-03-01"),
        ] {
            assert_eq!(
                leaves(date(bought), months),
                Some(date(expected)),
                "{bought}"
            );
        }
    }

    #[test]
    fn the_next_join_dimension_begins_a_day_after_the_last() {
        let joined = date("2020-01-01");
        for (today, days) in [
            ("2019-06-01", 91),
            ("2020-03-31", 91),
            ("2020-04-01", 366),
            ("2020-12-31", 366),
            ("2021-01-01", 731),
            ("2021-12-31", 731),
            ("2022-01-01", 1096),
        ] {
            let expected = joined.checked_add_days(Days::new(days));
            assert_eq!(
                next_join_dimension(joined, date(today)),
                expected,
                "{today}"
            );
        }
    }
}
