//! Exact money: fixed point with four decimals, never binary floating point.

use std::fmt;

use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::RawValue;

/// Decimals that a total may have.
const DECIMALS: i64 = 4;
/// Units of [`Money`] in one whole.
const UNITS_PER_ONE: u128 = 10_000;
/// Units of [`Money`] in the smallest step of an average, which has two decimals.
const UNITS_PER_CENT: u128 = 100;
/// Totals lie strictly between -10^12 and 10^12: at most twelve digits before the point.
const MAX_INTEGER_DIGITS: i64 = 12;

/// An amount in units of 0.0001 of the retailer's currency.
///
/// A total has at most 10^16 units, so a sum would need 10^22 transactions to leave 128 bits.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Money(pub(crate) i128);

/// Why the text of a number is no total.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum TotalError {
    /// The text is not a decimal number.
    #[error("total is not a number")]
    NotANumber,
    /// More than four decimals, trailing zeros aside.
    #[error("total has more than 4 decimals")]
    TooManyDecimals,
    /// Not strictly between -10^12 and 10^12.
    #[error("total is not between -10^12 and 10^12")]
    TooLarge,
}

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Reads the text of a DynamoDB number as the total of a transaction.
    ///
    /// # Errors
    ///
    /// The text is no number, has over four decimals (trailing zeros aside), or is 10^12 or more from zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::{Money, TotalError};
    ///
    /// assert_eq!(Money::parse_total("-12.50").unwrap().to_string(), "-12.5");
    /// assert_eq!(Money::parse_total("0.00001"), Err(TotalError::TooManyDecimals));
    /// ```
    pub fn parse_total(text: &str) -> Result<Self, TotalError> {
        let (negative, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (true, text.get(1..)),
            Some(b'+') => (false, text.get(1..)),
            _ => (false, Some(text)),
        };
        let unsigned = unsigned.ok_or(TotalError::NotANumber)?;
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        // The digits from the first to the last that is not 0, and how many there are. More than fit are out of every bound.
        let (mut significant, mut length) = (0_u64, 0_i64);
        let (mut digits, mut zeros, mut decimals, mut is_fraction) = (0_i64, 0_u32, 0_i64, false);
        for byte in mantissa.bytes() {
            match byte {
                b'.' if !is_fraction => {
                    is_fraction = true;
                    continue;
                }
                b'0' => zeros = zeros.saturating_add(1),
                b'1'..=b'9' => {
                    let added = if length == 0 {
                        1
                    } else {
                        zeros.saturating_add(1)
                    };
                    significant = significant
                        .saturating_mul(10_u64.saturating_pow(added))
                        .saturating_add(u64::from(byte.saturating_sub(b'0')));
                    length = length.saturating_add(i64::from(added));
                    zeros = 0;
                }
                _ => return Err(TotalError::NotANumber),
            }
            digits = digits.saturating_add(1);
            decimals = decimals.saturating_add(i64::from(is_fraction));
        }
        if digits == 0 {
            return Err(TotalError::NotANumber);
        }
        if significant == 0 {
            return Ok(Self::ZERO);
        }
        // The value is `significant` times ten to the power of `scale`.
        let scale = exponent
            .saturating_sub(decimals)
            .saturating_add(i64::from(zeros));
        if scale < DECIMALS.saturating_neg() {
            return Err(TotalError::TooManyDecimals);
        }
        if length.saturating_add(scale) > MAX_INTEGER_DIGITS {
            return Err(TotalError::TooLarge);
        }
        let shift = u32::try_from(scale.saturating_add(DECIMALS)).unwrap_or(0);
        let units = i128::from(significant).saturating_mul(10_i128.saturating_pow(shift));
        Ok(Self(if negative {
            units.saturating_neg()
        } else {
            units
        }))
    }

    /// The sum; see [`Money`] for why it cannot overflow.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Money;
    ///
    /// let [paid, returned] = ["0.3", "-0.1"].map(|text| Money::parse_total(text).unwrap());
    /// assert_eq!(paid.plus(returned).to_string(), "0.2");
    /// ```
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Whether the amount is greater than zero, which makes a transaction a purchase.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Money;
    ///
    /// assert!(Money::parse_total("0.0001").unwrap().is_positive());
    /// assert!(!Money::ZERO.is_positive());
    /// ```
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// The amount divided by `count`, rounded to two decimals, half away from zero; `None` if `count` is 0.
    ///
    /// # Examples
    ///
    /// ```
    /// use calculation::Money;
    ///
    /// let total = Money::parse_total("100").unwrap();
    /// assert_eq!(total.average(3).unwrap().to_string(), "33.33");
    /// assert_eq!(total.average(0), None);
    /// ```
    pub fn average(self, count: u64) -> Option<Self> {
        let divisor = u128::from(count).saturating_mul(UNITS_PER_CENT);
        let magnitude = self.0.unsigned_abs();
        let cents = magnitude.checked_div(divisor)?;
        let rest = magnitude.checked_rem(divisor)?;
        let cents = cents.saturating_add(u128::from(rest >= divisor.saturating_sub(rest)));
        let units = i128::try_from(cents.saturating_mul(UNITS_PER_CENT)).unwrap_or(i128::MAX);
        Some(Self(if self.0 < 0 {
            units.saturating_neg()
        } else {
            units
        }))
    }
}

/// Reads what stands behind the `e` of a number.
fn parse_exponent(text: &str) -> Result<i64, TotalError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(TotalError::NotANumber);
    }
    // Past i32 the number is out of every bound here, whatever the digits before it.
    let magnitude = digits.parse::<i32>().map_or(i64::from(i32::MAX), i64::from);
    Ok(if text.starts_with('-') {
        magnitude.saturating_neg()
    } else {
        magnitude
    })
}

impl fmt::Display for Money {
    /// The shortest exact decimal: `2000`, `0.3`, `-12.5`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let whole = magnitude.checked_div(UNITS_PER_ONE).unwrap_or(0);
        let fraction = magnitude.checked_rem(UNITS_PER_ONE).unwrap_or(0);
        if fraction == 0 {
            return write!(formatter, "{sign}{whole}");
        }
        // Zeros at the end are left out, those at the beginning are not.
        let (mut shortest, mut decimals) = (fraction, 4_usize);
        while shortest.checked_rem(10) == Some(0) {
            shortest = shortest.checked_div(10).unwrap_or(0);
            decimals = decimals.saturating_sub(1);
        }
        write!(formatter, "{sign}{whole}.{shortest:0decimals$}")
    }
}

impl Serialize for Money {
    /// A JSON number with exactly the text of [`Money`]'s `Display`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A whole amount needs no check that its text is a number.
        let units = i128::try_from(UNITS_PER_ONE).unwrap_or(i128::MAX);
        let whole = self.0.checked_div(units).unwrap_or(0);
        if whole.saturating_mul(units) == self.0
            && let Ok(whole) = i64::try_from(whole)
        {
            return serializer.serialize_i64(whole);
        }
        RawValue::from_string(self.to_string())
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

#[cfg(test)]
mod tests;
