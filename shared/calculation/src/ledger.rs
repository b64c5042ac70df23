//! The ledger: everything that a profile's figures depend on, by shopping day.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use crate::country::Country;
use crate::day::{Day, Dictionary};
use crate::part::Part;
use crate::profile::{Profile, country_of_addresses};
use crate::set_aside::{Reason, SetAside};
use crate::transaction::{Reading, Transaction};
use crate::value::{Item, Value};

/// Everything that a profile's figures depend on, so that they can be told as of any date without a transaction.
///
/// What a location stands for is never in it: that is looked up when the ledger is evaluated.
/// Two ledgers of the same items have the same [`Ledger::encode`], in whatever order their parts were replaced.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    /// The profile record, if one is stored.
    pub(crate) profile: Option<Profile>,
    /// The country that the addresses name.
    pub(crate) address_country: Option<Country>,
    /// Location ids of the days; after changes some may no longer be in use.
    pub(crate) locations: Dictionary,
    /// Brands of the days; after changes some may no longer be in use.
    pub(crate) brands: Dictionary,
    /// INVARIANT: sorted by date, each date once.
    pub(crate) days: Vec<Day>,
    /// Transactions that could not be counted.
    pub(crate) set_aside: SetAside,
}

impl Ledger {
    /// Replaces one part by what its items come to: all items of the part that the table holds, in any order.
    ///
    /// Each transaction must have its sort key in the attribute `sk`.
    pub fn replace(&mut self, part: &Part, items: &[Item]) {
        match part {
            Part::Profile => self.profile = items.first().map(Profile::read),
            Part::Addresses => self.address_country = country_of_addresses(items),
            Part::Date(date) => self.replace_date(*date, items),
            Part::OddKey(key) => {
                let reason = items
                    .first()
                    .and_then(|item| match Transaction::read(key, item) {
                        // A key that begins with no real date has no instant either.
                        Reading::Counted(_) | Reading::Void => None,
                        Reading::SetAside(reason) => Some(reason),
                    });
                self.set_aside.replace_odd_key(key, reason);
            }
        }
    }

    fn replace_date(&mut self, date: NaiveDate, items: &[Item]) {
        let mut counted = Vec::with_capacity(items.len());
        let mut set_aside = BTreeMap::<String, Reason>::new();
        for item in items {
            let key = item.get("sk").and_then(Value::as_text).unwrap_or_default();
            match Transaction::read(key, item) {
                Reading::Counted(transaction) => counted.push(transaction),
                Reading::SetAside(reason) => {
                    set_aside.insert(key.to_owned(), reason);
                }
                Reading::Void => {}
            }
        }
        let place = self.days.binary_search_by_key(&date, |day| day.date);
        let before = place
            .ok()
            .and_then(|place| self.days.get(place))
            .map_or(0, |day| day.set_aside);
        let after = u64::try_from(set_aside.len()).unwrap_or(u64::MAX);
        self.set_aside
            .replace_date(&format!("TXN#{date}"), before, set_aside);
        let day = Day::fold(date, counted, after, &mut self.locations, &mut self.brands);
        match (place, day) {
            (Ok(place), Some(day)) => {
                if let Some(old) = self.days.get_mut(place) {
                    *old = day;
                }
            }
            (Ok(place), None) => {
                self.days.remove(place);
            }
            (Err(place), Some(day)) => self.days.insert(place, day),
            (Err(_), None) => {}
        }
    }

    /// Whether the profile has a document: a profile record or a transaction is stored. Transactions of any date and
    /// those set aside count as stored, void ones do not.
    pub fn exists(&self) -> bool {
        self.profile.is_some() || !self.days.is_empty() || self.set_aside.count() > 0
    }

    /// Whether there is nothing to keep at all.
    pub fn is_empty(&self) -> bool {
        !self.exists() && self.address_country.is_none()
    }

    /// The ids of all locations that an evaluation may ask for.
    pub fn location_ids(&self) -> BTreeSet<&str> {
        let of_profile = self
            .profile
            .iter()
            .flat_map(|profile| [&profile.joined_location, &profile.preferred_location])
            .flatten();
        let of_days = self
            .days
            .iter()
            .flat_map(|day| &day.visits)
            .filter_map(|visits| {
                self.locations
                    .get_index(usize::try_from(visits.location).ok()?)
            });
        of_profile.chain(of_days).map(String::as_str).collect()
    }

    /// The first [`LISTED`](crate::LISTED) sort keys of transactions that could not be counted, each with its reason.
    pub fn set_aside(&self) -> impl ExactSizeIterator<Item = (&str, Reason)> {
        self.set_aside
            .listed
            .iter()
            .map(|(key, reason)| (key.as_str(), *reason))
    }

    /// How many transactions could not be counted.
    pub fn set_aside_count(&self) -> u64 {
        self.set_aside.count()
    }

    /// Whether the list of transactions set aside misses some that a ledger made from nothing would list.
    ///
    /// This happens when listed ones of over a hundred are corrected. Only [`Rebuild`](crate::Rebuild) mends it.
    pub fn is_list_incomplete(&self) -> bool {
        self.set_aside.is_incomplete()
    }
}
