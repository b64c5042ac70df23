//! Countries, understood from what people store as one.

use std::fmt;

use serde::ser::{Serialize, Serializer};

use crate::value::{Item, Value};

/// An ISO 3166-1 alpha-2 code, in capitals.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Country([u8; 2]);

/// Everyday names, in small letters, of countries whose ISO 3166-1 short name is another. The standard's own names
/// come from `rust_iso3166`.
const EVERYDAY_NAMES: &[(&str, [u8; 2])] = &[
    ("aland islands", *b"AX"),
    ("america", *b"US"),
    ("bolivia", *b"BO"),
    ("bosnia", *b"BA"),
    ("britain", *b"GB"),
    ("british virgin islands", *b"VG"),
    ("brunei", *b"BN"),
    ("burma", *b"MM"),
    ("cape verde", *b"CV"),
    ("cocos islands", *b"CC"),
    ("congo", *b"CG"),
    ("congo-brazzaville", *b"CG"),
    ("congo-kinshasa", *b"CD"),
    ("cote d'ivoire", *b"CI"),
    ("curacao", *b"CW"),
    ("czech republic", *b"CZ"),
    ("democratic republic of congo", *b"CD"),
    ("democratic republic of the congo", *b"CD"),
    ("dr congo", *b"CD"),
    ("east timor", *b"TL"),
    ("england", *b"GB"),
    ("falkland islands", *b"FK"),
    ("falklands", *b"FK"),
    ("great britain", *b"GB"),
    ("holland", *b"NL"),
    ("holy see (vatican city state)", *b"VA"),
    ("hong kong sar", *b"HK"),
    ("iran", *b"IR"),
    ("ivory coast", *b"CI"),
    ("laos", *b"LA"),
    ("macau", *b"MO"),
    ("macedonia", *b"MK"),
    ("micronesia", *b"FM"),
    ("moldova", *b"MD"),
    ("netherlands", *b"NL"),
    ("north korea", *b"KP"),
    ("north macedonia", *b"MK"),
    ("northern ireland", *b"GB"),
    ("palestine", *b"PS"),
    ("people's republic of china", *b"CN"),
    ("pitcairn islands", *b"PN"),
    ("republic of ireland", *b"IE"),
    ("republic of korea", *b"KR"),
    ("republic of moldova", *b"MD"),
    ("republic of the congo", *b"CG"),
    ("reunion", *b"RE"),
    ("russia", *b"RU"),
    ("saint barthelemy", *b"BL"),
    ("saint helena", *b"SH"),
    ("saint martin", *b"MF"),
    ("scotland", *b"GB"),
    ("sint maarten", *b"SX"),
    ("south korea", *b"KR"),
    ("swaziland", *b"SZ"),
    ("syria", *b"SY"),
    ("taiwan", *b"TW"),
    ("tanzania", *b"TZ"),
    ("the gambia", *b"GM"),
    ("the netherlands", *b"NL"),
    ("the philippines", *b"PH"),
    ("the bahamas", *b"BS"),
    ("turkey", *b"TR"),
    ("turkiye", *b"TR"),
    ("u.k.", *b"GB"),
    ("u.s.", *b"US"),
    ("u.s.a.", *b"US"),
    ("uae", *b"AE"),
    ("uk", *b"GB"),
    ("united kingdom", *b"GB"),
    ("united states", *b"US"),
    ("us virgin islands", *b"VI"),
    ("vatican", *b"VA"),
    ("vatican city", *b"VA"),
    ("venezuela", *b"VE"),
    ("vietnam", *b"VN"),
    ("wales", *b"GB"),
];

impl Country {
    /// Understands an alpha-2 or alpha-3 code, an ISO 3166-1 English short name (with or without its article), or an
    /// everyday name, whatever its case and the blanks around it.
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
        let name = spelt_as_here(name);
        Self::named(&name).or_else(|| {
            // Exports often turn `Korea (Republic of)` into `Korea, Republic of`.
            let (country, rest) = name.split_once(", ")?;
            Self::named(&format!("{country} ({rest})"))
        })
    }

    /// The country with exactly this name, in small letters.
    fn named(name: &str) -> Option<Self> {
        if let Some((_, code)) = EVERYDAY_NAMES
            .iter()
            .find(|(everyday, _)| *everyday == name)
        {
            return Some(Self(*code));
        }
        rust_iso3166::ALL
            .iter()
            .find(|country| {
                country.name.eq_ignore_ascii_case(name)
                    || (!country.name.is_ascii() && country.name.to_lowercase() == name)
            })
            .and_then(|country| Self::from_alpha2(country.alpha2))
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

/// A name in small letters and without the articles that the standard writes: `Philippines (the)`,
/// `Korea (the Republic of)`, `Tanzania, the United Republic of`, `Falkland Islands (the) [Malvinas]`.
fn spelt_as_here(name: &str) -> String {
    let name = name
        .to_lowercase()
        .replace('’', "'")
        .replace('[', "(")
        .replace(']', ")")
        .replace(" & ", " and ")
        .replace(" (the)", "")
        .replace("(the ", "(")
        .replace(", the ", ", ");
    match name
        .strip_prefix("st. ")
        .or_else(|| name.strip_prefix("st "))
    {
        Some(rest) => format!("saint {rest}"),
        None => name,
    }
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
        ] {
            // `Aus` is the alpha-3 code of Australia in other letters.
            let expected = (text == "Aus").then_some("AU");
            assert_eq!(code(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn every_everyday_name_names_a_country_and_none_hides_a_code() {
        for (name, bytes) in EVERYDAY_NAMES {
            assert_eq!(code(&Country(*bytes).to_string()), code(name), "{name}");
            assert_eq!(
                Country::parse(&name.to_uppercase()),
                Some(Country(*bytes)),
                "{name}"
            );
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
