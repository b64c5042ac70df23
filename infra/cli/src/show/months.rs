//! What was spent by month, as a line of blocks.

use calculation::Money;
use chrono::NaiveDate;

/// Blocks from the smallest to the highest.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A month in which nothing was spent.
const NOTHING: char = '·';
/// A month with more returned than bought.
const RETURNED: char = '-';

/// A character a month: its height is the month's part of the most that was spent in one.
pub(super) fn sparkline(months: &[(NaiveDate, Money)]) -> String {
    // For the eye alone, so binary floating point is exact enough.
    let spent = |(_, net): &(NaiveDate, Money)| net.to_string().parse().unwrap_or(0.0_f64);
    let most = months.iter().map(spent).fold(0.0, f64::max);
    let block = |net: f64| {
        let steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0];
        let full = steps.iter().take_while(|step| net * 8.0 > most * **step);
        BLOCKS.get(full.count()).copied().unwrap_or(NOTHING)
    };
    let character = |net: f64| match net {
        net if net > 0.0 => block(net),
        net if net < 0.0 => RETURNED,
        _ => NOTHING,
    };
    months.iter().map(spent).map(character).collect()
}

/// The first and the last month below the line's ends.
pub(super) fn ends(months: &[(NaiveDate, Money)]) -> String {
    let name = |month: Option<&(NaiveDate, Money)>| {
        month.map_or_else(String::new, |(first, _)| first.format("%b %Y").to_string())
    };
    let (first, last) = (name(months.first()), name(months.last()));
    let gap = months.len().saturating_sub(first.len());
    format!("{first}{last:>gap$}")
}

#[cfg(test)]
mod tests {
    use calculation::parse_date;

    use super::*;

    #[test]
    fn a_month_is_as_high_as_its_part_of_the_most() {
        let date = parse_date("2026-01-01").unwrap();
        let months = ["0", "-3", "0.01", "1", "1.01", "4", "7.99", "8"];
        let months = months.map(|net| (date, Money::parse_total(net).unwrap()));
        assert_eq!(sparkline(&months), "·-▁▁▂▄██");
        let nothing = [(date, Money::ZERO); 3];
        assert_eq!(sparkline(&nothing), "···");
    }
}
