//! Countries, understood from what people store as one.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use serde::ser::{Serialize, Serializer};

use crate::value::{Item, Value};

/// An ISO 3166-1 alpha-2 code, in capitals.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Country([u8; 2]);

/// Names beside the standard's own, which come from `rust_iso3166`.
const NAMES: &str = include_str!("country/names.txt");

/// Every name that is understood, spelt as [`plain`] does.
static COUNTRIES: LazyLock<HashMap<String, Country>> = LazyLock::new(|| {
    let standard = rust_iso3166::ALL.iter();
    let standard = standard.map(|country| (country.alpha2, country.name));
    let others = NAMES.lines().filter(|line| !line.starts_with('#'));
    let others = others.filter_map(|line| line.split_once(' '));
    let names = standard.chain(others);
    names
        .filter_map(|(code, name)| Some((plain(name), Country::from_alpha2(code)?)))
        .collect()
});

impl Country {
    /// Understands an alpha-2 or alpha-3 code, an ISO 3166-1 English short name, or another English name in common use, such as
    /// CLDR and shop systems have. Case, accents, articles and the blanks around it do not matter.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Country;
    ///
    /// assert_eq!(Country::parse("New Zealand"), Country::parse("nz"));
    /// assert_eq!(Country::parse("Atlantis"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.trim();
        let code = match name.len() {
            2 => rust_iso3166::from_alpha2(&name.to_ascii_uppercase()),
            3 => rust_iso3166::from_alpha3(&name.to_ascii_uppercase()),
            _ => None,
        };
        if let Some(code) = code {
            return Self::from_alpha2(code.alpha2);
        }
        COUNTRIES.get(&plain(name)).copied().or_else(|| {
            // `Korea, South`
            let (country, rest) = name.split_once(", ")?;
            COUNTRIES.get(&plain(&format!("{rest} {country}"))).copied()
        })
    }

    /// The country of an address: the first of `iso` and `country` that is understood.
    pub(crate) fn of_address(address: &Item) -> Option<Self> {
        ["iso", "country"]
            .into_iter()
            .filter_map(|key| address.get(key).and_then(Value::as_text))
            .find_map(Self::parse)
    }

    /// The code as it is stored in a ledger.
    pub(crate) fn bytes(self) -> [u8; 2] {
        self.0
    }

    /// Reads the code that a ledger stores; `None` unless it is two capitals. Whether the standard still knows it does not
    /// matter: a code that it drops one day must not damage a stored ledger.
    pub(crate) fn from_bytes(code: [u8; 2]) -> Option<Self> {
        code.iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(code))
    }

    fn from_alpha2(code: &str) -> Option<Self> {
        code.as_bytes().try_into().ok().map(Self)
    }
}

/// A name as names are compared: its words in small letters, without accents, dots, brackets, hyphens and articles.
fn plain(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'à'..='å' | 'ā' => plain.push('a'),
            'ç' => plain.push('c'),
            'è'..='ë' => plain.push('e'),
            'ì'..='ï' => plain.push('i'),
            'ñ' => plain.push('n'),
            'ò'..='ö' => plain.push('o'),
            'ù'..='ü' => plain.push('u'),
            '.' | '\'' | '’' => {}
            '&' => plain.push_str(" and "),
            '(' | ')' | '[' | ']' | ',' | '/' | '-' | '–' => plain.push(' '),
            other => plain.push(other),
        }
    }
    let words = plain.split_whitespace().filter(|word| *word != "the");
    let words = words.map(|word| if word == "st" { "saint" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Option<String> {
        Country::parse(text).map(|country| country.to_string())
    }

    #[test]
    fn understands_codes_and_names() {
        for (text, expected) in [
            ("AU", "AU"),
            (" au ", "AU"),
            ("nzl", "NZ"),
            ("\tJapan\n", "JP"),
            ("Viet Nam", "VN"),
            ("Vietnam", "VN"),
            ("united states", "US"),
            ("United States of America", "US"),
            ("United States of America (the)", "US"),
            ("USA", "US"),
            ("UK", "GB"),
            ("United Kingdom", "GB"),
            (
                "United Kingdom of Great Britain and Northern Ireland (the)",
                "GB",
            ),
            ("Korea (the Republic of)", "KR"),
            ("Korea (Republic of)", "KR"),
            ("South Korea", "KR"),
            ("Russia", "RU"),
            ("Russian Federation", "RU"),
            ("Taiwan", "TW"),
            ("Turkey", "TR"),
            ("TÜRKIYE", "TR"),
            ("Czech Republic", "CZ"),
            ("Czechia", "CZ"),
            ("Tanzania, the United Republic of", "TZ"),
            ("Palestine, State of", "PS"),
            ("Falkland Islands (the) [Malvinas]", "FK"),
            ("Korea, Republic of", "KR"),
            ("Congo, The Democratic Republic of the", "CD"),
            ("Virgin Islands, U.S.", "VI"),
            ("Taiwan, Province of China", "TW"),
            ("St. Kitts & Nevis", "KN"),
            ("St Lucia", "LC"),
            ("Côte d’Ivoire", "CI"),
            ("CÔTE D'IVOIRE", "CI"),
            ("åland islands", "AX"),
            ("Netherlands", "NL"),
            ("Hong Kong", "HK"),
            // WooCommerce
            ("United States (US)", "US"),
            ("United Kingdom (UK)", "GB"),
            ("Palestinian Territory", "PS"),
            ("Congo (Brazzaville)", "CG"),
            ("Congo (Kinshasa)", "CD"),
            ("Saint Martin (Dutch part)", "SX"),
            ("Saint Martin (French part)", "MF"),
            ("São Tomé and Príncipe", "ST"),
            ("South Georgia/Sandwich Islands", "GS"),
            ("Belau", "PW"),
            // CLDR
            ("Macao SAR China", "MO"),
            ("Hong Kong SAR China", "HK"),
            ("Palestinian Territories", "PS"),
            ("Congo - Brazzaville", "CG"),
            ("Congo - Kinshasa", "CD"),
            ("St. Vincent & Grenadines", "VC"),
            ("St. Barthélemy", "BL"),
            ("U.S. Virgin Islands", "VI"),
            ("U.S. Outlying Islands", "UM"),
            ("South Georgia & South Sandwich Islands", "GS"),
            ("Myanmar (Burma)", "MM"),
            ("Bosnia & Herzegovina", "BA"),
            ("Åland Islands", "AX"),
            ("Falkland Islands (Islas Malvinas)", "FK"),
            ("Svalbard & Jan Mayen", "SJ"),
            // others
            ("Korea, South", "KR"),
            ("Korea, North", "KP"),
            ("Bahamas, The", "BS"),
            ("Gambia, The", "GM"),
            ("Man, Isle of", "IM"),
            ("EIRE", "IE"),
            ("RSA", "ZA"),
            ("Mainland China", "CN"),
            ("Taiwan*", "TW"),
            ("Iran (Islamic Republic of)", "IR"),
            ("Micronesia, Federated States of", "FM"),
        ] {
            assert_eq!(code(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn anything_else_names_nothing() {
        for text in [
            "",
            " ",
            "??",
            "XX",
            "Atlantis",
            "Middle-earth",
            "036",
            "Korea",
            "Aus",
            "É",
            "Australia!",
            "Virgin Islands",
            "Channel Islands",
            "the",
            ",",
        ] {
            // `Aus` is the alpha-3 code of Australia in other letters.
            let expected = (text == "Aus").then_some("AU");
            assert_eq!(code(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn every_listed_name_names_its_country_and_no_other() {
        let mut seen = HashMap::new();
        for country in rust_iso3166::ALL {
            seen.insert(plain(country.name), country.alpha2);
        }
        for line in NAMES.lines().filter(|line| !line.starts_with('#')) {
            let (expected, name) = line.split_once(' ').unwrap();
            assert_eq!(code(name).as_deref(), Some(expected), "{name}");
            assert_eq!(
                code(&name.to_uppercase()).as_deref(),
                Some(expected),
                "{name}"
            );
            assert!(rust_iso3166::from_alpha2(expected).is_some(), "{line}");
            let before = seen.insert(plain(name), expected);
            assert_eq!(before, None, "{name} says nothing new");
        }
    }

    /// A code that the standard drops one day must not damage a stored ledger.
    #[test]
    fn any_two_capitals_are_read_back() {
        assert_eq!(Country::parse("ZZ"), None);
        for stored in [*b"ZZ", *b"AU"] {
            assert_eq!(Country::from_bytes(stored), Some(Country(stored)));
        }
        for stored in [*b"au", *b"A1", [0xc3, 0xa9]] {
            assert_eq!(Country::from_bytes(stored), None);
        }
    }
}
