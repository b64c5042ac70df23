//! Columns of whole numbers, packed to the bits that they need.
//!
//! A column of `n` values is its smallest value (a varint), the bits of the widest difference to it (one byte), and the
//! differences, that many bits each, lowest bits first, filled up to a whole byte. A column of equal values thus costs two
//! or three bytes however long it is. An empty column is nothing.

/// Bytes that do not hold what they should.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Truncated;

/// Appends numbers and columns to bytes.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// All columns so far, for the test that looks whether two of them are alike.
    #[cfg(test)]
    pub(crate) columns: Vec<Vec<u64>>,
}

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Writes seven bits a byte, lowest first; the high bit says that more follow.
    pub(crate) fn varint(&mut self, mut value: u64) {
        while let [low, rest @ ..] = value.to_le_bytes()
            && (low >= 0x80 || rest.iter().any(|byte| *byte != 0))
        {
            self.byte(low | 0x80);
            value = value.wrapping_shr(7);
        }
        self.byte(value.to_le_bytes()[0]);
    }

    pub(crate) fn column(&mut self, values: impl Iterator<Item = u64> + Clone) {
        #[cfg(test)]
        self.columns.push(values.clone().collect());
        let (Some(smallest), Some(largest)) = (values.clone().min(), values.clone().max()) else {
            return;
        };
        let width = bits_of(largest.saturating_sub(smallest));
        self.varint(smallest);
        self.byte(u8::try_from(width).unwrap_or(u8::MAX));
        // Less than 64 bits wait until a word is full.
        let (mut waiting, mut bits) = (0_u64, 0_u32);
        for value in values {
            let value = value.saturating_sub(smallest);
            waiting |= value.wrapping_shl(bits);
            let room = 64_u32.saturating_sub(bits);
            match width.checked_sub(room) {
                None => bits = bits.saturating_add(width),
                Some(left) => {
                    self.bytes(&waiting.to_le_bytes());
                    waiting = value.checked_shr(room).unwrap_or(0);
                    bits = left;
                }
            }
        }
        let bytes = usize::try_from(bits.div_ceil(8)).unwrap_or(usize::MAX);
        self.bytes.extend(waiting.to_le_bytes().iter().take(bytes));
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// Takes numbers and columns off the front of bytes.
#[derive(Clone, Debug)]
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn byte(&mut self) -> Result<u8, Truncated> {
        let (byte, rest) = self.0.split_first().ok_or(Truncated)?;
        self.0 = rest;
        Ok(*byte)
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], Truncated> {
        let (bytes, rest) = self.0.split_at_checked(count).ok_or(Truncated)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(crate) fn varint(&mut self) -> Result<u64, Truncated> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let shifted = bits.wrapping_shl(shift);
            if shifted.wrapping_shr(shift) != bits {
                return Err(Truncated);
            }
            value |= shifted;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(Truncated)
    }

    /// Takes a column of `count` values; the caller bounds `count`, since a column of equal values has no length.
    pub(crate) fn column(&mut self, count: usize) -> Result<Vec<u64>, Truncated> {
        let mut values = vec![0; count];
        self.column_into(&mut values, |place, value| *place = value)?;
        Ok(values)
    }

    /// Takes a column with a value for each of `rows`, and hands each row its value.
    pub(crate) fn column_into<R>(
        &mut self,
        rows: &mut [R],
        mut set: impl FnMut(&mut R, u64),
    ) -> Result<(), Truncated> {
        if rows.is_empty() {
            return Ok(());
        }
        let smallest = self.varint()?;
        let width = u32::from(self.byte()?);
        if width > 64 {
            return Err(Truncated);
        }
        if width == 0 {
            rows.iter_mut().for_each(|row| set(row, smallest));
            return Ok(());
        }
        let bits = u64::try_from(rows.len())
            .unwrap_or(u64::MAX)
            .saturating_mul(u64::from(width));
        let packed = self.bytes(usize::try_from(bits.div_ceil(8)).map_err(|_| Truncated)?)?;
        let mask = u64::MAX.wrapping_shr(64_u32.saturating_sub(width));
        let mut words = Words(packed);
        // The lowest bits of the last word belong to the next values; those above are 0.
        let (mut waiting, mut bits) = (0_u64, 0_u32);
        for row in rows {
            let mut low = waiting;
            match bits.checked_sub(width) {
                Some(left) => {
                    waiting = waiting.wrapping_shr(width);
                    bits = left;
                }
                None => {
                    let word = words.next();
                    low |= word.wrapping_shl(bits);
                    let taken = width.saturating_sub(bits);
                    waiting = word.checked_shr(taken).unwrap_or(0);
                    bits = 64_u32.saturating_sub(taken);
                }
            }
            set(row, smallest.checked_add(low & mask).ok_or(Truncated)?);
        }
        Ok(())
    }
}

/// Bytes, 64 bits at a time.
struct Words<'a>(&'a [u8]);

impl Words<'_> {
    /// The next 64 bits, filled up with zeros.
    fn next(&mut self) -> u64 {
        if let Some((word, rest)) = self.0.split_first_chunk() {
            self.0 = rest;
            return u64::from_le_bytes(*word);
        }
        let last = std::mem::take(&mut self.0).iter().rev();
        last.fold(0, |word: u64, byte| word.wrapping_shl(8) | u64::from(*byte))
    }
}

/// How many bits a number takes.
fn bits_of(number: u64) -> u32 {
    64_u32.saturating_sub(number.leading_zeros())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_values_cost_two_bytes() {
        let mut writer = Writer::default();
        writer.column([1; 1000].into_iter());
        assert_eq!(writer.into_bytes(), [1, 0]);
    }

    #[test]
    fn what_no_writer_writes_is_refused() {
        // 65 bits a value; a value past 64 bits; a varint of eleven bytes.
        let mut wide = vec![0, 65];
        wide.extend([0; 80]);
        assert_eq!(Reader(&wide).column(2), Err(Truncated));
        let mut large = Writer::default();
        large.varint(u64::MAX);
        large.bytes(&[1, 1]);
        assert_eq!(Reader(&large.into_bytes()).column(1), Err(Truncated));
        assert_eq!(Reader(&[0x80; 11]).varint(), Err(Truncated));
    }

    proptest! {
        #[test]
        fn columns_and_varints_come_back(
            number in any::<u64>(),
            values in prop_oneof![
                proptest::collection::vec(any::<u64>(), 0..50),
                proptest::collection::vec(0_u64..1000, 0..50),
                proptest::collection::vec(u64::MAX - 3..=u64::MAX, 0..50),
            ],
        ) {
            let mut writer = Writer::default();
            writer.varint(number);
            writer.column(values.iter().copied());
            writer.byte(7);
            let bytes = writer.into_bytes();
            let mut reader = Reader(&bytes);
            prop_assert_eq!(reader.varint(), Ok(number));
            prop_assert_eq!(reader.column(values.len()), Ok(values));
            prop_assert_eq!(reader.byte(), Ok(7));
            prop_assert_eq!(reader.byte(), Err(Truncated));
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..40), count in 0_usize..100) {
            let mut reader = Reader(&bytes);
            if reader.varint().is_ok() {
                let length = reader.column(count).map(|values| values.len());
                prop_assert!(length == Ok(count) || length == Err(Truncated));
            }
        }
    }
}
