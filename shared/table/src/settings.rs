//! The settings of derived items.

use calculation::{Closing, Currency};

/// A deployment's settings of its derived items.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Settings {
    /// The currency of the figures; without one, every transaction counts by its total.
    pub currency: Option<Currency>,
    /// Whether the figures of the day are stored beside the ledger, for people who look at the table and for exports.
    pub store_figures: bool,
    /// When days are closed.
    pub closing: Closing,
    /// How many items a recalculation may read, all tries together; one that needs more fails with
    /// [`TableError::TooManyItems`](crate::TableError::TooManyItems). `None` for no limit.
    pub max_items: Option<u64>,
}

impl Default for Settings {
    /// No currency; figures are stored; days are closed when it pays; a recalculation reads whatever it needs.
    fn default() -> Self {
        Self {
            currency: None,
            store_figures: true,
            closing: Closing::default(),
            max_items: None,
        }
    }
}

/// A variable of the environment that has a value which it cannot have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum InvalidSetting {
    /// `CURRENCY` is not a currency code.
    #[error(
        "invalid environment variable CURRENCY `{0}`: expected an ISO 4217 code such as `EUR`, or an empty value"
    )]
    Currency(String),
    /// `STORE_FIGURES` is neither true nor false.
    #[error("invalid environment variable STORE_FIGURES `{0}`: expected `true` or `false`")]
    StoreFigures(String),
}

impl Settings {
    /// Reads `CURRENCY` and `STORE_FIGURES` from `variable`, which gives the value of an environment variable by its name.
    ///
    /// # Errors
    ///
    /// A variable has a value that it cannot have.
    ///
    /// # Examples
    ///
    /// ```
    /// use table::Settings;
    ///
    /// let settings = Settings::read(|name| (name == "CURRENCY").then(|| " eur ".to_owned())).unwrap();
    /// assert_eq!(settings.currency.unwrap().to_string(), "EUR");
    /// assert!(settings.store_figures);
    /// ```
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let defaults = Self::default();
        let value = |name| variable(name).filter(|value| !value.trim().is_empty());
        let currency = value("CURRENCY")
            .map(|code| Currency::parse(&code).ok_or(InvalidSetting::Currency(code)))
            .transpose()?;
        let store_figures = match value("STORE_FIGURES") {
            None => defaults.store_figures,
            Some(value) => value
                .trim()
                .parse()
                .map_err(|_| InvalidSetting::StoreFigures(value))?,
        };
        Ok(Self {
            currency,
            store_figures,
            ..defaults
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(currency: &str, store_figures: &str) -> Result<(Option<Currency>, bool), String> {
        let settings = Settings::read(|name| match name {
            "CURRENCY" => Some(currency.to_owned()),
            "STORE_FIGURES" => Some(store_figures.to_owned()),
            _ => None,
        });
        settings
            .map(|settings| (settings.currency, settings.store_figures))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn empty_means_the_default_and_anything_invalid_is_named() {
        assert_eq!(of("", ""), Ok((None, true)));
        assert_eq!(of(" ", " false "), Ok((None, false)));
        assert_eq!(of("aud", "true"), Ok((Currency::parse("AUD"), true)));
        assert_eq!(
            of("dollars", ""),
            Err("invalid environment variable CURRENCY `dollars`: expected an ISO 4217 code such as `EUR`, or an empty value".into())
        );
        assert_eq!(
            of("", "no"),
            Err(
                "invalid environment variable STORE_FIGURES `no`: expected `true` or `false`"
                    .into()
            )
        );
    }
}
