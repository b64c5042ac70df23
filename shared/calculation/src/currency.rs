//! The currency of a deployment's figures.

use std::fmt;

/// An ISO 4217 currency code: three letters, in capitals.
///
/// Whether the standard lists the code is not checked: it changes more often than a deployment.
///
/// # Examples
///
/// ```
/// use calculation::Currency;
///
/// assert_eq!(Currency::parse(" aud "), Currency::parse("AUD"));
/// assert_eq!(Currency::parse("dollars"), None);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads a code, ignoring case and the blanks around it; `None` unless it is three letters.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Currency;
    ///
    /// assert_eq!(Currency::parse(" eur ").unwrap().to_string(), "EUR");
    /// assert_eq!(Currency::parse("euro"), None);
    /// ```
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 3] = text.trim().as_bytes().try_into().ok()?;
        code.iter()
            .all(u8::is_ascii_alphabetic)
            .then(|| Self(code.map(|letter| letter.to_ascii_uppercase())))
    }

    /// Whether a transaction's `currency` is this one, ignoring case and the blanks around it.
    pub(crate) fn is_written(self, text: &str) -> bool {
        Self::parse(text) == Some(self)
    }

    /// The code as a ledger stores it.
    pub(crate) fn bytes(self) -> [u8; 3] {
        self.0
    }

    /// Reads the code that a ledger stores; `None` unless it is three capitals.
    pub(crate) fn from_bytes(code: [u8; 3]) -> Option<Self> {
        code.iter()
            .all(u8::is_ascii_uppercase)
            .then_some(Self(code))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_three_letters() {
        for text in ["EUR", "eur", " Eur\t"] {
            assert_eq!(
                Currency::parse(text).map(|code| code.to_string()),
                Some("EUR".into())
            );
        }
        for text in ["", " ", "EU", "EURO", "E R", "978", "É1"] {
            assert_eq!(Currency::parse(text), None, "{text}");
        }
    }
}
