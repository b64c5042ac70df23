//! Figures that a response has only when they are asked for.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::aggregations::LocationReference;
use crate::date::{days_between, parse_date};
use crate::day::{Day, Visits};
use crate::evaluation::{ArchiveNeeded, Evaluation};
use crate::ledger::Ledger;
use crate::location::Locations;
use crate::money::Money;
use crate::past::Past;

/// Further figures of a profile as of one date. Serializes to a JSON object, keys in the response's order.
///
/// A shopping date is a date with at least one purchase.
#[derive(Debug, Serialize)]
pub struct FurtherAggregations<'a> {
    /// Net total of the last 12 months, as `spend_12m`.
    pub spend_12m_now: Money,
    /// The first shopping date.
    pub first_shop_date: Option<NaiveDate>,
    /// Days from the join date to the first shopping date, negative if that is earlier.
    pub first_shop_days: Option<i64>,
    /// The second shopping date.
    pub second_shop_date: Option<NaiveDate>,
    /// Days from the first shopping date to the second.
    pub second_shop_days: Option<i64>,
    /// The shopping date before the last.
    pub previous_shop_date: Option<NaiveDate>,
    /// The last shopping date.
    pub latest_shop_date: Option<NaiveDate>,
    /// Days from the shopping date before the last to the last.
    pub latest_shop_days: Option<i64>,
    /// Days from the first shopping date to the last over the number of shopping dates, two decimals; under three shopping
    /// dates there is none.
    pub average_shop_days: Option<Money>,
    /// The number of shopping dates.
    pub total_shop_days: u64,
    /// The last shopping date and three times the exact average, in whole days; under three shopping dates there is none, nor
    /// after the year 9999.
    pub at_risk_date: Option<NaiveDate>,
    /// Net total of the last shopping date.
    pub latest_shop_spend: Option<Money>,
    /// The location with the most purchases on the last shopping date on which a purchase has one.
    pub latest_transacted_location: Option<LocationReference<'a>>,
    /// The ids of all locations of purchases, sorted.
    pub transacted_locations: Vec<&'a str>,
    /// The weekday of the join date, in English.
    pub join_day: Option<&'static str>,
}

impl FurtherAggregations<'_> {
    /// The keys of the JSON object, in the response's order.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::FurtherAggregations;
    ///
    /// assert_eq!(FurtherAggregations::FIELDS.first(), Some(&"spend_12m_now"));
    /// ```
    pub const FIELDS: [&'static str; 15] = [
        "spend_12m_now",
        "first_shop_date",
        "first_shop_days",
        "second_shop_date",
        "second_shop_days",
        "previous_shop_date",
        "latest_shop_date",
        "latest_shop_days",
        "average_shop_days",
        "total_shop_days",
        "at_risk_date",
        "latest_shop_spend",
        "latest_transacted_location",
        "transacted_locations",
        "join_day",
    ];
}

/// The further figures of a profile at the end of the UTC date `today`; `None` when the profile has no document.
///
/// # Errors
///
/// They [need the archive](Ledger::needs_archive).
///
/// # Examples
///
/// ```
/// use calculation::{Item, Locations, Rebuild, SourceKey, TransactionKey, Value};
/// use calculation::{evaluate_further, parse_date};
///
/// let mut rebuild = Rebuild::new(None);
/// for key in ["2026-01-01T10:00:00Z#a", "2026-01-11T10:00:00Z#b", "2026-01-31T10:00:00Z#c"] {
///     let key = SourceKey::Transaction(TransactionKey::parse(key));
///     rebuild.add(key, &Item::from([("total".to_owned(), Value::Number("5".to_owned()))]));
/// }
/// let ledger = rebuild.finish();
///
/// let today = parse_date("2026-02-01").unwrap();
/// let locations = Locations::new();
/// let further = evaluate_further(&ledger, today, &locations).unwrap().unwrap();
/// assert_eq!(further.average_shop_days.unwrap().to_string(), "10");
/// assert_eq!(further.at_risk_date, parse_date("2026-03-02"));
/// ```
pub fn evaluate_further<'a>(
    ledger: &'a Ledger,
    today: NaiveDate,
    locations: &'a Locations,
) -> Result<Option<FurtherAggregations<'a>>, ArchiveNeeded> {
    let Some(evaluation) = Evaluation::new(ledger, today, locations)? else {
        return Ok(None);
    };
    let days = ledger.days.iter().take_while(|day| day.date <= today);
    let dates = ShoppingDates::of(ledger.closed.past.as_deref(), days);
    let profile = ledger.profile.as_ref();
    let joined = profile.and_then(|profile| profile.join_date);
    let [first, second] = dates.first;
    let [latest, previous] = dates.last;
    let between = |start: Option<NaiveDate>, end| Some(days_between(start?, end?));
    let mut transacted: Vec<&str> = evaluation.visited().map(|(_, id, _)| id).collect();
    transacted.sort_unstable();
    Ok(Some(FurtherAggregations {
        spend_12m_now: evaluation.sums.net_12m,
        first_shop_date: first,
        first_shop_days: between(joined, first),
        second_shop_date: second,
        second_shop_days: between(first, second),
        previous_shop_date: previous,
        latest_shop_date: latest,
        latest_shop_days: between(previous, latest),
        average_shop_days: dates.average(),
        total_shop_days: dates.count,
        at_risk_date: dates.at_risk(),
        latest_shop_spend: latest.map(|_| dates.last_net),
        latest_transacted_location: most_visited(ledger, dates.last_visits)
            .and_then(|number| evaluation.reference(number)),
        transacted_locations: transacted,
        join_day: joined.map(weekday),
    }))
}

/// What the dates with at least one purchase come to.
#[derive(Default)]
struct ShoppingDates<'a> {
    count: u64,
    /// The first and the second.
    first: [Option<NaiveDate>; 2],
    /// The last and the one before it.
    last: [Option<NaiveDate>; 2],
    /// Net total of the last.
    last_net: Money,
    /// Of the last on which a purchase has a location.
    last_visits: &'a [Visits],
}

impl<'a> ShoppingDates<'a> {
    fn of(past: Option<&'a Past>, days: impl Iterator<Item = &'a Day>) -> Self {
        let mut dates = past.map_or_else(Self::default, |past| {
            let mut last = past.last_dates.iter().rev().copied();
            let mut first = past.first_dates.iter().copied();
            Self {
                count: past.shopping_dates,
                first: [first.next(), first.next()],
                last: [last.next(), last.next()],
                last_net: past.last_net,
                last_visits: &past.last_visits,
            }
        });
        for day in days.filter(|day| day.shops > 0) {
            dates.count = dates.count.saturating_add(1);
            if let Some(empty) = dates.first.iter_mut().find(|date| date.is_none()) {
                *empty = Some(day.date);
            }
            let [last, _] = dates.last;
            dates.last = [Some(day.date), last];
            dates.last_net = day.net;
            if !day.visits.is_empty() {
                dates.last_visits = &day.visits;
            }
        }
        dates
    }

    /// Days from the first to the last, and the number of dates; `None` under three.
    fn span(&self) -> Option<(i64, i64)> {
        let ([first, _], [last, _]) = (self.first, self.last);
        let count = i64::try_from(self.count).ok()?;
        (count >= 3).then_some((days_between(first?, last?), count))
    }

    fn average(&self) -> Option<Money> {
        let (days, _) = self.span()?;
        Money::whole(days).average(self.count)
    }

    fn at_risk(&self) -> Option<NaiveDate> {
        let (days, count) = self.span()?;
        // Three times the average and a half: what is cut off then rounds half up.
        let doubled = days.checked_mul(6)?.checked_add(count)?;
        let ahead = doubled.checked_div(count.checked_mul(2)?)?;
        let [last, _] = self.last;
        let date = last?.checked_add_days(Days::new(ahead.try_into().ok()?))?;
        // No other date of the calendar can be written.
        parse_date(&date.to_string())
    }
}

/// Of the locations visited on a date, the one with the most purchases; ties: the id that sorts first.
fn most_visited(ledger: &Ledger, visits: &[Visits]) -> Option<u32> {
    let most = visits.iter().max_by(|left, right| {
        let id = |visits: &Visits| ledger.location_id(visits.location);
        let by_id = || id(right).cmp(&id(left));
        left.shops.cmp(&right.shops).then_with(by_id)
    });
    most.map(|visits| visits.location)
}

fn weekday(date: NaiveDate) -> &'static str {
    use chrono::{Datelike, Weekday};
    match date.weekday() {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}
