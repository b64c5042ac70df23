//! The ledger: everything that a profile's figures depend on, by shopping day.

use std::collections::BTreeSet;

use crate::closed::Closed;
use crate::country::Country;
use crate::currency::Currency;
use crate::day::{Day, DayFold, Dictionary, names_of, numbers_in};
use crate::fold::{Content, Fold};
use crate::profile::Profile;
use crate::set_aside::{SetAside, SetAsideReason};

/// Everything that a profile's figures depend on, so that they can be told as of any date without a transaction.
///
/// What a location stands for is never in it: that is looked up when the ledger is evaluated. Ledgers of the same items say
/// the same; they may differ in which days are closed.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Ledger {
    /// The currency of the amounts, if the deployment that folded them named one.
    pub(crate) currency: Option<Currency>,
    /// The profile record, if one is stored.
    pub(crate) profile: Option<Profile>,
    /// The country that the addresses name.
    pub(crate) address_country: Option<Country>,
    /// Location ids of the days; after changes some may no longer be in use.
    pub(crate) locations: Dictionary,
    /// Brands of the days; after changes some may no longer be in use.
    pub(crate) brands: Dictionary,
    /// The days that are not closed, and the closed ones too when the archive was taken in.
    /// INVARIANT: sorted by date, each date once.
    pub(crate) days: Vec<Day>,
    pub(crate) closed: Closed,
    /// Transactions that could not be counted.
    pub(crate) set_aside: SetAside,
}

impl Ledger {
    /// A ledger of nothing, whose amounts are in `currency`, if the deployment names one.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Currency, Ledger};
    ///
    /// assert!(Ledger::new(Currency::parse("EUR")).is_empty());
    /// ```
    pub fn new(currency: Option<Currency>) -> Self {
        Self {
            currency,
            ..Self::default()
        }
    }

    /// The currency in which the amounts were folded.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Currency, Ledger};
    ///
    /// assert_eq!(Ledger::default().currency(), None);
    /// assert_eq!(Ledger::new(Currency::parse("EUR")).currency(), Currency::parse("EUR"));
    /// ```
    pub fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// Replaces one part by what all its items came to.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Fold, Item, Ledger, SourceKey, TransactionKey, Value};
    ///
    /// let key = SourceKey::Transaction(TransactionKey::parse("2026-01-31T10:00:00Z#order-1"));
    /// let mut fold = Fold::new(key.part(), None);
    /// fold.add(key, &Item::from([("total".to_owned(), Value::Number("49.90".to_owned()))]));
    /// let mut ledger = Ledger::default();
    /// ledger.replace(fold);
    /// assert!(ledger.exists());
    /// ```
    pub fn replace(&mut self, fold: Fold) {
        match fold.content {
            Content::Profile(profile) => self.profile = profile,
            Content::Addresses(addresses) => self.address_country = addresses.country(),
            Content::Date(fold) => self.replace_date(*fold),
            Content::Undated(key, reason) => self.set_aside.replace_undated(&key, reason),
        }
    }

    /// Lends its names to the fold that is replaced next, so that each is looked up once.
    pub(crate) fn lend_names(&mut self, fold: &mut Fold) {
        if let Content::Date(fold) = &mut fold.content {
            std::mem::swap(&mut fold.locations, &mut self.locations);
            std::mem::swap(&mut fold.brands, &mut self.brands);
        }
    }

    fn replace_date(&mut self, mut fold: DayFold) {
        if self.locations.is_empty() && self.brands.is_empty() {
            // None yet, or it lent them to the fold.
            std::mem::swap(&mut self.locations, &mut fold.locations);
            std::mem::swap(&mut self.brands, &mut fold.brands);
        } else {
            let locations = numbers_in(&mut self.locations, &fold.locations);
            let brands = numbers_in(&mut self.brands, &fold.brands);
            fold.day.renumber(&locations, &brands);
        }
        let day = fold.day;
        // A rebuild comes day after day.
        let place = match self.days.last() {
            Some(last) if last.date >= day.date => {
                let date_of = |known: &Day| known.date;
                self.days.binary_search_by_key(&day.date, date_of)
            }
            _ => Err(self.days.len()),
        };
        let known = place.ok().and_then(|place| self.days.get_mut(place));
        let before = known.as_ref().map_or(0, |known| known.set_aside);
        self.set_aside
            .replace_date(day.date, before, day.set_aside, fold.listed);
        match (place, known) {
            (Ok(place), _) if day.is_empty() => {
                self.days.remove(place);
            }
            (_, Some(known)) => *known = day,
            (Err(place), None) if !day.is_empty() => self.days.insert(place, day),
            _ => {}
        }
    }

    /// Whether the profile has a document: a profile record or a transaction is stored. Transactions of any date and
    /// those set aside count as stored, void ones do not.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert!(!Ledger::default().exists());
    /// ```
    pub fn exists(&self) -> bool {
        self.profile.is_some()
            || !self.days.is_empty()
            || self.closed.past.is_some()
            || self.set_aside.count() > 0
    }

    /// Whether there is nothing to keep at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert!(Ledger::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        !self.exists() && self.address_country.is_none()
    }

    /// The ids of all locations that an evaluation may ask for.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Rebuild, SourceKey, Value};
    ///
    /// let id = Value::Text("7".to_owned());
    /// let mut rebuild = Rebuild::new(None);
    /// rebuild.add(SourceKey::Profile, &Item::from([("joined_location_id".to_owned(), id)]));
    /// assert!(rebuild.finish().location_ids().contains("7"));
    /// ```
    pub fn location_ids(&self) -> BTreeSet<&str> {
        let of_profile = self
            .profile
            .iter()
            .flat_map(|profile| [&profile.joined_location, &profile.preferred_location])
            .flatten();
        let of_days = self.days.iter().flat_map(|day| &day.visits);
        let of_past = self.closed.past.iter().flat_map(|past| &past.locations);
        let numbers = of_days
            .map(|visits| visits.location)
            .chain(of_past.map(|visits| visits.location));
        let names = names_of(&self.locations, numbers);
        of_profile.map(String::as_str).chain(names).collect()
    }

    /// The first [`LISTED`](crate::LISTED) keys of transactions that could not be counted, without the prefix of the sort
    /// key and cut so that the sort key has at most 128 bytes, each with its reason.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Rebuild, SetAsideReason, SourceKey, TransactionKey};
    ///
    /// let mut rebuild = Rebuild::new(None);
    /// let key = "2026-01-31T10:00:00Z#order-1";
    /// rebuild.add(SourceKey::Transaction(TransactionKey::parse(key)), &Item::new());
    /// let ledger = rebuild.finish();
    /// assert_eq!(ledger.set_aside().next(), Some((key, SetAsideReason::NoTotal)));
    /// ```
    pub fn set_aside(&self) -> impl ExactSizeIterator<Item = (&str, SetAsideReason)> {
        self.set_aside
            .listed
            .iter()
            .map(|(key, reason)| (key.text.as_str(), *reason))
    }

    /// How many transactions are known that could not be counted.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Item, Rebuild, SourceKey, TransactionKey};
    ///
    /// let mut rebuild = Rebuild::new(None);
    /// rebuild.add(SourceKey::Transaction(TransactionKey::parse("order-1")), &Item::new());
    /// assert_eq!(rebuild.finish().set_aside_count(), 1);
    /// ```
    pub fn set_aside_count(&self) -> u64 {
        self.set_aside.count()
    }

    /// Whether there are, or were, more transactions that could not be counted than
    /// [`set_aside_count`](Self::set_aside_count) says.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert!(!Ledger::default().set_aside_more());
    /// ```
    pub fn set_aside_more(&self) -> bool {
        self.set_aside.more
    }

    /// Whether replacing parts is no longer enough, and the ledger must be made from all items: transactions set aside were
    /// never kept that are now to be listed, or needed to tell whether any are left.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Ledger;
    ///
    /// assert!(!Ledger::default().needs_everything());
    /// ```
    pub fn needs_everything(&self) -> bool {
        self.set_aside.needs_everything()
    }
}
