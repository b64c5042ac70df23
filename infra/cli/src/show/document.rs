//! A document as a page.

use calculation::{Aggregations, ArchiveNeeded, Explanation, Ledger, LocationReference, Money};
use chrono::NaiveDate;
use serde::Deserialize;
use table::printable;

use super::months::{ends, sparkline};
use super::page::Page;
use super::reasons::reason;
use super::words;

/// Transactions set aside that are named.
const NAMED: usize = 10;

/// A document, and what stands beside it.
#[derive(Debug)]
pub(super) struct Shown<'a> {
    pub(super) document: &'a Aggregations<'a>,
    pub(super) explanation: Option<&'a Explanation<'a>>,
    pub(super) ledger: &'a Ledger,
    pub(super) as_of: NaiveDate,
    pub(super) calculated_at: Option<&'a str>,
    pub(super) incomplete: Option<&'a str>,
}

impl Shown<'_> {
    /// Writes everything on a page.
    ///
    /// # Errors
    ///
    /// The ledger's archive was not taken in.
    pub(super) fn write(&self, page: &mut Page) -> Result<(), ArchiveNeeded> {
        self.about(page);
        page.gap();
        self.spend(page)?;
        page.gap();
        self.purchases(page);
        page.gap();
        self.segments(page);
        page.gap();
        self.places(page);
        self.set_aside(page);
        Ok(())
    }

    fn about(&self, page: &mut Page) {
        page.row("Profile", &printable(self.document.profile_id));
        page.row("As of", &self.as_of.to_string());
        let calculated = self.calculated_at.map(printable);
        let calculated = calculated.map_or_else(unknown, |at| format!("{at} UTC"));
        page.row("Calculated", &calculated);
        if let Some(why) = self.incomplete {
            let why = printable(why);
            page.warn(
                "Incomplete",
                &format!("{why}: this is the last good document"),
            );
        }
    }

    fn spend(&self, page: &mut Page) -> Result<(), ArchiveNeeded> {
        let document = self.document;
        page.row("Spend, 12 months", &self.amount(document.spend_12m));
        page.row("  a purchase", &self.average(document.spend_atv_12m));
        page.row("Spend, all time", &self.amount(document.spend_all));
        page.row("  a purchase", &self.average(document.spend_atv_all));
        let months = self.ledger.spend_by_month(self.as_of)?;
        page.row("Spend by month", &sparkline(&months));
        page.more(&ends(&months));
        Ok(())
    }

    fn purchases(&self, page: &mut Page) {
        let document = self.document;
        page.row("Purchases", &document.shop_count.to_string());
        let days = document.shop_days.map(|days| days.to_string());
        page.row("Days between them", &days.unwrap_or_else(none));
        let instant = |at: Option<_>| at.map_or_else(none, |at| format!("{at} UTC"));
        page.row("First transaction", &instant(document.spend_first_date));
        page.row("Last transaction", &instant(document.spend_last_date));
    }

    fn segments(&self, page: &mut Page) {
        let document = self.document;
        let segment = |code: &str, words: &str| format!("{code}  {words}");
        let (frequency, recency) = (document.dimension_frequency, document.dimension_recency);
        page.row(
            "Frequency",
            &segment(frequency, words::frequency(frequency)),
        );
        self.explain(page, "dimension_frequency");
        page.row("Recency", &segment(recency, words::recency(recency)));
        self.explain(page, "dimension_recency");
        let join = document.dimension_join.as_deref();
        let join = join.map_or_else(unknown, |join| segment(join, &words::join(join)));
        page.row("Membership", &join);
        self.explain(page, "dimension_join");
        let channel = document.channel;
        let channel = channel.map_or_else(unknown, |code| segment(code, words::channel(code)));
        page.row("Channel", &channel);
        self.explain(page, "channel");
    }

    /// Says why a segment is what it is, and when it changes.
    fn explain(&self, page: &mut Page, segment: &str) {
        let Some(explanation) = self.explanation else {
            return;
        };
        if let Some(figure) = explanation.figures.get(segment) {
            page.more(&reason(segment, figure));
        }
        let mut changes = explanation.changes_on.iter();
        let change = changes.find(|(name, _)| *name == segment);
        page.more(&match change.and_then(|(_, date)| date) {
            Some(date) => format!("changes on {date} if nothing is bought or edited"),
            None => "does not change by itself".to_owned(),
        });
    }

    fn places(&self, page: &mut Page) {
        let document = self.document;
        page.row("Store of first purchase", &place(document.store_join));
        page.row(
            "Store of most purchases",
            &place(document.most_transacted_location),
        );
        let country = document.likely_country.zip(document.likely_country_score);
        let country = country.map_or_else(unknown, |(country, score)| {
            let sources = 5_u8.saturating_sub(score);
            format!("{country}  named by {sources} of 4 sources (score {score})")
        });
        page.row("Likely country", &country);
        let brands = document
            .purchased_brands
            .iter()
            .map(|brand| printable(brand));
        let brands = brands.collect::<Vec<_>>().join(", ");
        page.row("Brands", &if brands.is_empty() { none() } else { brands });
    }

    fn set_aside(&self, page: &mut Page) {
        let count = self.ledger.set_aside_count();
        if count == 0 {
            return;
        }
        page.gap();
        let at_least = if self.ledger.set_aside_more() {
            "at least "
        } else {
            ""
        };
        let noun = if count == 1 {
            "transaction"
        } else {
            "transactions"
        };
        let summary = format!("{at_least}{count} {noun}, in no figure of any date");
        page.warn("Set aside", &summary);
        let mut named = 0_u64;
        for (key, reason) in self.ledger.set_aside().take(NAMED) {
            page.more(&format!("{}: {reason}", printable(key)));
            named += 1;
        }
        let more = count.saturating_sub(named);
        if more > 0 {
            page.more(&format!("and {more} more"));
        }
    }

    fn amount(&self, amount: Money) -> String {
        match self.ledger.currency() {
            Some(currency) => format!("{amount} {currency}"),
            None => amount.to_string(),
        }
    }

    fn average(&self, amount: Option<Money>) -> String {
        amount.map_or_else(none, |amount| self.amount(amount))
    }
}

/// A location by its name, or by its id where no name is stored.
fn place(location: Option<LocationReference<'_>>) -> String {
    #[derive(Deserialize)]
    struct Record {
        name: serde_json::Value,
    }
    let Some(location) = location else {
        return none();
    };
    let record = location.record.map(|record| record.json().get());
    let record = record.and_then(|json| serde_json::from_str::<Record>(json).ok());
    match record.map(|record| record.name) {
        Some(serde_json::Value::String(name)) if !name.trim().is_empty() => printable(&name),
        _ => printable(location.id),
    }
}

fn none() -> String {
    "none".to_owned()
}

fn unknown() -> String {
    "unknown".to_owned()
}
