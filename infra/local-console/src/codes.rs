//! The codes of the segments, in the order in which people read them.

/// The codes of `dimension_frequency`.
pub(crate) const FREQUENCIES: [&str; 5] = ["F0", "F1", "F2", "FL", "FH"];
/// The codes of `dimension_recency`.
pub(crate) const RECENCIES: [&str; 5] = ["RC", "RS", "RA", "RI", "R0"];
/// The codes of `dimension_join` that have no number; `J1`, `J2` and so on come behind them.
pub(crate) const JOINS: [&str; 2] = ["JN", "JC"];

/// The place of a code: `first` are the first ones, and the others follow by their number.
pub(crate) fn place(first: &[&str], code: &str) -> usize {
    let place = first.iter().position(|known| *known == code);
    place.unwrap_or_else(|| {
        // What has no number comes last.
        number(code).map_or(usize::MAX, |number| first.len().saturating_add(number))
    })
}

/// Whether `dimension_join` has such a code.
pub(crate) fn is_join(code: &str) -> bool {
    JOINS.contains(&code) || number(code).is_some_and(|number| code == format!("J{number}"))
}

/// The number behind the letter of a code.
fn number(code: &str) -> Option<usize> {
    code.get(1..)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn join_codes_come_by_their_years() {
        let mut codes = ["J10", "J2", "JC", "J1", "JN", "?"];
        codes.sort_by_key(|code| place(&JOINS, code));
        assert_eq!(codes, ["JN", "JC", "J1", "J2", "J10", "?"]);
    }

    #[test]
    fn a_join_code_is_one_that_documents_have() {
        for code in ["JN", "JC", "J1", "J12"] {
            assert!(is_join(code), "{code}");
        }
        for code in ["", "J", "j1", "J01", "J+1", "K1", "JX", "é1"] {
            assert!(!is_join(code), "{code}");
        }
    }
}
