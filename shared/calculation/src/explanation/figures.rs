//! What is said of each figure.

use std::collections::BTreeMap;

use super::{Figure, Sources, Tie, Window};
use crate::aggregations::FIGURES;
use crate::country::Country;
use crate::date::{days_between, months_before};
use crate::evaluation::Evaluation;
use crate::sums::{LONGEST_WINDOW_MONTHS, LocationVisits};
use crate::transaction::Channel;

impl<'a> Evaluation<'a> {
    /// In the order of the document.
    pub(super) fn figures(&self) -> [Figure<'a>; FIGURES] {
        let sums = &self.sums;
        let window_12m = self.window(12);
        let days_12m = self.ledger.days.iter();
        let days_12m = days_12m
            .skip_while(|day| day.date < window_12m.from)
            .take_while(|day| day.date <= window_12m.to);
        let transactions_12m =
            days_12m.fold(0_u64, |count, day| count.saturating_add(day.transactions));
        let last_12m = Figure {
            window: Some(window_12m),
            purchases: Some(sums.shops_12m),
            ..Figure::default()
        };
        let all_time = Figure {
            transactions: Some(sums.transactions),
            ..Figure::default()
        };
        let gaps = Figure {
            purchases: Some(sums.shops),
            first_purchase: sums.first_shop,
            last_purchase: sums.last_shop,
            days: sums
                .first_shop
                .zip(sums.last_shop)
                .map(|(first, last)| days_between(first, last)),
            ..Figure::default()
        };
        let profile = self.ledger.profile.as_ref();
        let joined = profile.and_then(|profile| profile.join_date);
        let country = self.country_figure();
        [
            Figure {
                rule: "Days from the first purchase to the last, over the number of purchases less one, rounded half up.",
                ..gaps.clone()
            },
            Figure {
                rule: "Sum of the totals of all transactions of the last 12 months; returns subtract.",
                transactions: Some(transactions_12m),
                ..last_12m.clone()
            },
            Figure {
                rule: "Sum of the totals of all transactions; returns subtract.",
                ..all_time.clone()
            },
            Figure {
                rule: "spend_12m over the number of purchases of the last 12 months, rounded to 2 decimals.",
                spend: Some(sums.net_12m),
                ..last_12m
            },
            Figure {
                rule: "spend_all over the number of purchases, rounded to 2 decimals.",
                spend: Some(sums.net),
                purchases: Some(sums.shops),
                ..Figure::default()
            },
            Figure {
                rule: "The earliest transaction, purchase or return.",
                ..all_time.clone()
            },
            Figure {
                rule: "The latest transaction, purchase or return.",
                ..all_time.clone()
            },
            Figure {
                rule: "F0, F1 and F2 stand for 0, 1 and 2 purchases; from 3 on FL if more than 30 days lie between purchases on average, else FH.",
                ..gaps
            },
            Figure {
                rule: "R0 without a purchase; RC if the last one is within 3 months, RS within 6, RA within 12, else RI.",
                last_purchase: sums.last_shop,
                earliest: Some(
                    [("RC", 3), ("RS", 6), ("RA", 12)]
                        .map(|(name, months)| (name, months_before(self.today, months)))
                        .into(),
                ),
                ..Figure::default()
            },
            Figure {
                rule: "JN up to 90 days after the join date, JC up to 365, J1 up to 730, and one more for every 365 days.",
                joined_on: joined,
                days: joined.map(|date| days_between(date, self.today)),
                ..Figure::default()
            },
            self.channel_figure(),
            Figure {
                rule: "The number of purchases: transactions with a total greater than 0.",
                ..all_time
            },
            Figure {
                rule: "The location of the earliest purchase that has one; of two at the same second, the one whose transaction id sorts first.",
                ..Figure::default()
            },
            Figure {
                rule: "The country that most of the four sources name; of several, the one whose source stands first.",
                ..country.clone()
            },
            Figure {
                rule: "5 less the number of sources that name the country.",
                tie: None,
                ..country
            },
            Figure {
                rule: "Every brand with a quantity greater than 0 on a line of a transaction.",
                brands: Some(sums.brands.iter().filter(|purchased| **purchased).count()),
                ..Figure::default()
            },
            self.most_transacted_figure(),
        ]
    }

    fn window(&self, months: u32) -> Window {
        Window {
            from: months_before(self.today, months),
            to: self.today,
        }
    }

    fn channel_figure(&self) -> Figure<'a> {
        let name = |channel| match channel {
            Channel::PointOfSale => "pos",
            Channel::Website => "website",
        };
        let channels = self.sums.channels;
        let named = [
            (channels.point_of_sale, Channel::PointOfSale),
            (channels.website, Channel::Website),
        ];
        let named = named.into_iter().filter(|(is_named, _)| *is_named);
        let unnamed = self.visited().filter(|(_, _, visits)| visits.unnamed > 0);
        let by_location = unnamed.filter_map(|(_, id, _)| Some((id, name(self.channel_of(id)?))));
        Figure {
            rule: "CF if every purchase whose channel is known is at a point of sale, CO if on the website, CM if there are both; a purchase that names none has that of its location.",
            named_by_purchases: Some(named.map(|(_, channel)| name(channel)).collect()),
            named_by_locations: Some(by_location.collect()),
            ..Figure::default()
        }
    }

    fn country_figure(&self) -> Figure<'a> {
        let countries = self.countries();
        let [
            recent_transactions,
            addresses,
            preferred_location,
            joined_location,
        ] = countries;
        let mut votes = BTreeMap::<Country, u64>::new();
        for country in countries.into_iter().flatten() {
            let votes = votes.entry(country).or_default();
            *votes = votes.saturating_add(1);
        }
        let named_by = votes.values().max().copied().unwrap_or(0);
        let most = votes.iter().filter(|(_, votes)| **votes == named_by);
        let between: Vec<String> = most.map(|(country, _)| country.to_string()).collect();
        Figure {
            sources: Some(Sources {
                recent_transactions,
                addresses,
                preferred_location,
                joined_location,
            }),
            named_by: Some(named_by),
            recent_tie: self.recent_tie(),
            tie: (between.len() > 1).then_some(Tie {
                between,
                decided_by: "order of the sources",
            }),
            ..Figure::default()
        }
    }

    /// Countries with the most purchases of the last 12 months, if there are several.
    fn recent_tie(&self) -> Option<Tie> {
        let countries = self.recent_countries();
        let most = countries.values().map(|(shops, _)| *shops).max()?;
        let tied: Vec<_> = countries
            .iter()
            .filter(|(_, (shops, _))| *shops == most)
            .collect();
        let latest = tied.iter().map(|(_, (_, last))| last).max();
        let latest = tied.iter().filter(|(_, (_, last))| Some(last) == latest);
        (tied.len() > 1).then(|| Tie {
            decided_by: match latest.count() {
                1 => "later last purchase",
                _ => "code that sorts first",
            },
            between: tied
                .iter()
                .map(|(country, _)| country.to_string())
                .collect(),
        })
    }

    fn most_transacted_figure(&self) -> Figure<'a> {
        let recent = self.visited().any(|(_, _, visits)| visits.shops_24m > 0);
        let purchases = |visits: &LocationVisits| {
            if recent {
                visits.shops_24m
            } else {
                visits.shops
            }
        };
        let most = self.visited().map(|(_, _, visits)| purchases(visits)).max();
        let mut tied: Vec<_> = self
            .visited()
            .filter(|(_, _, visits)| Some(purchases(visits)) == most)
            .collect();
        // A ledger has them in the order in which it met them.
        tied.sort_unstable_by_key(|(_, id, _)| *id);
        let latest = tied.iter().filter_map(|(_, _, visits)| visits.last).max();
        let latest = tied.iter().filter(|(_, _, visits)| visits.last == latest);
        let decided_by = if latest.count() == 1 {
            "later last purchase"
        } else {
            "id that sorts first"
        };
        Figure {
            rule: "The location with the most purchases in the last 24 months, or, if none of them has a location, of all time; of several, the one with the later last purchase, then the one whose id sorts first.",
            window: recent.then(|| self.window(LONGEST_WINDOW_MONTHS)),
            purchases: Some(most.unwrap_or(0)),
            tie: (tied.len() > 1).then(|| Tie {
                between: tied.iter().map(|(_, id, _)| (*id).to_owned()).collect(),
                decided_by,
            }),
            ..Figure::default()
        }
    }
}
