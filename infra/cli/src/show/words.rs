//! The segments of a document in words.

/// What a frequency says.
pub(super) fn frequency(dimension: &str) -> &'static str {
    match dimension {
        "F0" => "no purchase",
        "F1" => "one purchase",
        "F2" => "two purchases",
        "FH" => "30 days or less between purchases",
        "FL" => "more than 30 days between purchases",
        _ => "unknown",
    }
}

/// What a recency says.
pub(super) fn recency(dimension: &str) -> &'static str {
    match dimension {
        "R0" => "never bought",
        "RC" => "last purchase within 3 months",
        "RS" => "last purchase 3 to 6 months ago",
        "RA" => "last purchase 6 to 12 months ago",
        "RI" => "last purchase over 12 months ago",
        _ => "unknown",
    }
}

/// What a join dimension says.
pub(super) fn join(dimension: &str) -> String {
    match dimension {
        "JN" => "joined up to 90 days ago, or later".to_owned(),
        "JC" => "joined 91 to 365 days ago".to_owned(),
        _ => match dimension.strip_prefix('J').map(str::parse::<u32>) {
            Some(Ok(years)) => {
                let days = years.saturating_mul(365);
                let (from, to) = (days.saturating_add(1), days.saturating_add(365));
                format!("joined {from} to {to} days ago")
            }
            _ => "unknown".to_owned(),
        },
    }
}

/// What a channel says.
pub(super) fn channel(channel: &str) -> &'static str {
    match channel {
        "CF" => "point of sale only",
        "CO" => "website only",
        "CM" => "point of sale and website",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_membership_is_365_days() {
        assert_eq!(join("JC"), "joined 91 to 365 days ago");
        assert_eq!(join("J1"), "joined 366 to 730 days ago");
        assert_eq!(join("J2"), "joined 731 to 1095 days ago");
        assert_eq!(join("J"), "unknown");
    }
}
