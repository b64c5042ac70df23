//! What two ledgers say differently.

use std::collections::BTreeMap;
use std::fmt;

use chrono::NaiveDate;

use crate::encoding::days_content;
use crate::ledger::Ledger;
use crate::past::Past;

/// Something that two ledgers of one profile say differently.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Difference {
    /// The currency of the amounts.
    Currency,
    /// What the profile record says.
    Profile,
    /// The country that the addresses name.
    Addresses,
    /// A shopping day.
    Date(NaiveDate),
    /// The transactions that could not be counted.
    SetAside,
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Currency => formatter.write_str("currency"),
            Self::Profile => formatter.write_str("profile record"),
            Self::Addresses => formatter.write_str("addresses"),
            Self::Date(date) => write!(formatter, "{date}"),
            Self::SetAside => formatter.write_str("transactions set aside"),
        }
    }
}

impl Ledger {
    /// What this ledger and another one say differently, whatever days are closed. The archives must have been taken in.
    ///
    /// What a ledger knows of transactions set aside beyond those that it lists depends on its history when they are too many
    /// to be known one by one; that is no difference.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Difference, Item, Ledger, Rebuild, SourceKey};
    ///
    /// let mut rebuild = Rebuild::new(None);
    /// rebuild.add(SourceKey::Profile, &Item::new());
    /// assert_eq!(Ledger::default().differences(&rebuild.finish()), [Difference::Profile]);
    /// ```
    pub fn differences(&self, other: &Self) -> Vec<Difference> {
        if self.content() == other.content() {
            return Vec::new();
        }
        let mut differences = Vec::new();
        let mut compare = |difference, is_equal: bool| {
            if !is_equal {
                differences.push(difference);
            }
        };
        compare(Difference::Currency, self.currency == other.currency);
        compare(Difference::Profile, self.profile == other.profile);
        compare(
            Difference::Addresses,
            self.address_country == other.address_country,
        );
        let (ours, theirs) = (&self.set_aside, &other.set_aside);
        let is_whole = !ours.more && !theirs.more;
        let is_equal = ours.listed == theirs.listed && (!is_whole || ours == theirs);
        compare(Difference::SetAside, is_equal);
        let (ours, mut theirs) = (self.days_by_date(), other.days_by_date());
        let mut dates = Vec::new();
        for (date, day) in ours {
            if theirs.remove(&date) != Some(day) {
                dates.push(date);
            }
        }
        dates.extend(theirs.into_keys());
        dates.sort_unstable();
        differences.extend(dates.into_iter().map(Difference::Date));
        differences
    }

    /// Whether what this ledger says of its closed days all together is what `whole` says of them: the same ledger with its archive
    /// taken in.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert!(Ledger::default().sums_up(&Ledger::default()));
    /// ```
    pub fn sums_up(&self, whole: &Self) -> bool {
        let Some(past) = &self.closed.past else {
            return true;
        };
        let (locations, brands) = (whole.locations.len(), whole.brands.len());
        let days = whole.closed_days();
        **past == Past::fold(days, locations, brands)
    }

    /// The days as they are stored, each by itself: the same for the same day, whatever dictionary it was in.
    fn days_by_date(&self) -> BTreeMap<NaiveDate, Vec<u8>> {
        let days = self.days.iter().map(|day| {
            let content = days_content(std::slice::from_ref(day), &self.locations, &self.brands);
            (day.date, content)
        });
        days.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Closing, Fold, Item, Rebuild, SourceKey, Tag, TransactionKey, Value, parse_date};

    fn transaction<'a>(key: &'a str, total: &str, location: &str) -> (SourceKey<'a>, Item) {
        let key = SourceKey::Transaction(TransactionKey::parse(key));
        let item = Item::from([
            ("total".to_owned(), Value::Number(total.to_owned())),
            ("location_id".to_owned(), Value::Text(location.to_owned())),
        ]);
        (key, item)
    }

    fn ledger(transactions: &[(&str, &str, &str)]) -> Ledger {
        let mut rebuild = Rebuild::new(None);
        for (key, total, location) in transactions {
            let (key, item) = transaction(key, total, location);
            rebuild.add(key, &item);
        }
        rebuild.finish()
    }

    const OLD: (&str, &str, &str) = ("2020-01-31T10:00:00Z#1", "5", "a");
    const NEW: (&str, &str, &str) = ("2026-01-31T10:00:00Z#2", "7", "b");

    #[test]
    fn the_order_of_dictionaries_and_closed_days_are_no_difference() {
        let whole = ledger(&[OLD, NEW]);
        let mut backwards = ledger(&[NEW]);
        let (key, item) = transaction(OLD.0, OLD.1, OLD.2);
        let mut fold = Fold::new(key.part(), None);
        fold.add(key, &item);
        backwards.replace(fold);
        assert_ne!(whole, backwards);
        assert_eq!(whole.differences(&backwards), []);

        backwards.close(&Closing::default(), parse_date("2026-02-01").unwrap());
        let encoded = backwards.encode("ada", Tag::default());
        let mut stored = Ledger::decode("ada", &encoded.ledger).unwrap();
        stored.take_in("ada", encoded.archive).unwrap();
        assert_eq!(stored.differences(&whole), []);
    }

    #[test]
    fn a_summary_of_closed_days_is_that_of_the_days() {
        let middle = ("2021-01-31T10:00:00Z#3", "6", "b");
        let mut ledger = ledger(&[OLD, middle, ("2022-01-31T10:00:00Z#4", "6", "a"), NEW]);
        ledger.close(&Closing::default(), parse_date("2026-02-01").unwrap());
        let encoded = ledger.encode("ada", Tag::default());
        let mut stored = Ledger::decode("ada", &encoded.ledger).unwrap();
        let mut whole = stored.clone();
        whole.take_in("ada", encoded.archive).unwrap();
        assert!(stored.sums_up(&whole));
        stored.closed.past.as_mut().unwrap().shops += 1;
        assert!(!stored.sums_up(&whole));
    }

    #[test]
    fn each_part_is_named() {
        let mut other = ledger(&[OLD, ("2026-01-31T10:00:00Z#2", "7", "c"), ("x", "1", "a")]);
        let mut fold = Fold::new(crate::Part::Profile, None);
        fold.add(SourceKey::Profile, &Item::new());
        other.replace(fold);
        let mut fold = Fold::new(crate::Part::Addresses, None);
        let iso = Item::from([("iso".to_owned(), Value::Text("AUS".to_owned()))]);
        fold.add(SourceKey::Address("home"), &iso);
        other.replace(fold);
        let named = |left: &Ledger, right: &Ledger| -> Vec<String> {
            let differences = left.differences(right);
            differences.iter().map(ToString::to_string).collect()
        };
        let expected = [
            "profile record",
            "addresses",
            "transactions set aside",
            "2026-01-31",
        ];
        assert_eq!(named(&ledger(&[OLD, NEW]), &other), expected);
        assert_eq!(named(&other, &ledger(&[OLD, NEW])), expected);
        assert_eq!(
            named(&ledger(&[]), &ledger(&[NEW, OLD])),
            ["2020-01-31", "2026-01-31"]
        );
        let euro = Ledger::new(crate::Currency::parse("EUR"));
        assert_eq!(named(&euro, &ledger(&[])), ["currency"]);
    }

    #[test]
    fn how_many_more_transactions_are_set_aside_than_are_known_is_no_difference() {
        let keys: Vec<String> = (0..1_100).map(|number| format!("x{number:04}")).collect();
        let transactions: Vec<_> = keys.iter().map(|key| (key.as_str(), "1", "a")).collect();
        let mut more = ledger(&transactions);
        // The known ones stay known while unknown ones go.
        for key in &keys[1_000..] {
            more.replace(Fold::new(crate::Part::Undated(key.clone()), None));
        }
        assert!(more.set_aside_more());
        assert_eq!(more.differences(&ledger(&transactions[..1_000])), []);
        assert_eq!(
            more.differences(&ledger(&transactions[1..1_000])),
            [Difference::SetAside]
        );
        // Where all are known, those that are not listed differ too.
        assert_eq!(
            ledger(&transactions[..102]).differences(&ledger(&transactions[..101])),
            [Difference::SetAside]
        );
    }
}
