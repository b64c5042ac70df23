//! Why a segment is what it is, in words.

use calculation::Figure;
use table::printable;

/// The facts that made a segment, or that there are none.
pub(super) fn reason(segment: &str, figure: &Figure<'_>) -> String {
    let mut facts = Vec::new();
    if let Some(purchases) = figure.purchases.filter(|purchases| *purchases > 0) {
        facts.push(counted(purchases, "purchase", "purchases"));
    }
    match (figure.first_purchase, figure.last_purchase) {
        (Some(first), Some(last)) => facts.push(format!("from {first} to {last}")),
        (None, Some(last)) => facts.push(format!("last purchase on {last}")),
        _ => {}
    }
    if let Some(joined) = figure.joined_on {
        facts.push(format!("joined on {joined}"));
    }
    // A join date in the future is no number of days ago.
    if let Some(days) = figure.days.and_then(|days| u64::try_from(days).ok()) {
        facts.push(counted(days, "day", "days"));
    }
    if let Some(channels) = &figure.named_by_purchases {
        let by_location = figure.named_by_locations.iter().flatten();
        let by_location =
            by_location.map(|(id, channel)| format!("{channel} (location {})", printable(id)));
        let named = channels.iter().map(|channel| (*channel).to_owned());
        facts.extend(named.chain(by_location));
    }
    if facts.is_empty() {
        return match segment {
            "dimension_join" => "no join date",
            "channel" => "no purchase whose channel is known",
            _ => "no purchase",
        }
        .to_owned();
    }
    facts.join(", ")
}

fn counted(count: u64, one: &str, many: &str) -> String {
    let word = if count == 1 { one } else { many };
    format!("{count} {word}")
}
