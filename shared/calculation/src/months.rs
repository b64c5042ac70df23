//! What was spent in each calendar month of the last 24.

use chrono::{Datelike, NaiveDate};

use crate::date::months_before;
use crate::evaluation::ArchiveNeeded;
use crate::ledger::Ledger;
use crate::money::Money;
use crate::sums::LONGEST_WINDOW_MONTHS;

impl Ledger {
    /// The net total of each of the 24 calendar months that end with the one of `today`, each with its first date, the earliest
    /// month first. Days after `today` do not exist yet.
    ///
    /// # Errors
    ///
    /// The document of this date [needs the archive](Ledger::needs_archive).
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Rebuild, SourceKey, TransactionKey, Value, parse_date};
    ///
    /// let mut rebuild = Rebuild::new(None);
    /// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
    /// rebuild.add(key, &Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]));
    /// let months = rebuild.finish().spend_by_month(parse_date("2026-02-01").unwrap()).unwrap();
    ///
    /// assert_eq!(months.len(), 24);
    /// assert_eq!(months[0].0.to_string(), "2024-03-01");
    /// assert_eq!(months[22].1.to_string(), "49.9");
    /// assert_eq!(months[23].1.to_string(), "0");
    /// ```
    pub fn spend_by_month(
        &self,
        today: NaiveDate,
    ) -> Result<Vec<(NaiveDate, Money)>, ArchiveNeeded> {
        // The first of these months begins after the longest window does.
        if self.needs_archive(today) {
            return Err(ArchiveNeeded);
        }
        let this_month = first_of_month(today);
        let months = (0..LONGEST_WINDOW_MONTHS).rev();
        let mut months: Vec<_> = months
            .map(|ago| (months_before(this_month, ago), Money::ZERO))
            .collect();
        for day in self.days.iter().take_while(|day| day.date <= today) {
            let month = first_of_month(day.date);
            if let Ok(place) = months.binary_search_by_key(&month, |(first, _)| *first)
                && let Some((_, net)) = months.get_mut(place)
            {
                *net = net.plus(day.net);
            }
        }
        Ok(months)
    }
}

fn first_of_month(date: NaiveDate) -> NaiveDate {
    date.with_day(1).unwrap_or(date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Closing, Item, Rebuild, SourceKey, Tag, TransactionKey, Value, parse_date};

    fn date(text: &str) -> NaiveDate {
        parse_date(text).unwrap()
    }

    fn ledger(transactions: &[(&str, &str)]) -> Ledger {
        let mut rebuild = Rebuild::new(None);
        for (date, total) in transactions {
            let key = format!("{date}T10:00:00Z#{total}");
            let key = SourceKey::Transaction(TransactionKey::parse(&key));
            let total = Value::Number((*total).to_owned());
            rebuild.add(key, &Item::from([("total".to_owned(), total)]));
        }
        rebuild.finish()
    }

    /// The months with a net total that is not 0.
    fn spent(ledger: &Ledger, today: &str) -> Vec<(String, String)> {
        let months = ledger.spend_by_month(date(today)).unwrap();
        assert_eq!(months.len(), 24);
        let spent = months.iter().filter(|(_, net)| *net != Money::ZERO);
        spent
            .map(|(month, net)| (month.to_string(), net.to_string()))
            .collect()
    }

    #[test]
    fn a_month_is_a_calendar_month_and_the_last_one_ends_today() {
        let ledger = ledger(&[
            ("2024-01-31", "1"),
            ("2024-02-01", "2"),
            ("2024-02-29", "0.5"),
            ("2025-12-31", "-4.25"),
            ("2026-01-01", "8"),
            ("2026-01-30", "16"),
            ("2026-01-31", "32"),
        ]);
        let expected = [
            ("2024-02-01", "2.5"),
            ("2025-12-01", "-4.25"),
            ("2026-01-01", "24"),
        ]
        .map(|(month, net)| (month.to_owned(), net.to_owned()));
        assert_eq!(spent(&ledger, "2026-01-30"), expected);
        assert_eq!(spent(&ledger, "0001-01-01"), []);
    }

    #[test]
    fn closed_days_that_are_asked_for_have_to_be_taken_in() {
        let mut ledger = ledger(&[("2020-01-15", "1"), ("2026-01-15", "2")]);
        let closing = Closing {
            days: 1,
            bytes: 0,
            ..Closing::default()
        };
        ledger.close(&closing, date("2026-01-31"));
        let encoded = ledger.encode("ada", Tag::default());
        let mut stored = Ledger::decode("ada", &encoded.ledger).unwrap();
        assert_eq!(spent(&stored, "2026-01-31").len(), 1);
        let then = date("2020-02-01");
        assert_eq!(stored.spend_by_month(then), Err(ArchiveNeeded));
        stored.take_in("ada", encoded.archive).unwrap();
        assert_eq!(
            spent(&stored, "2020-02-01"),
            [("2020-01-01".to_owned(), "1".to_owned())]
        );
    }
}
