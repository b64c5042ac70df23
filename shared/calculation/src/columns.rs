//! Columns of whole numbers, packed to the bits that they need.
//!
//! A column of `n` values is its smallest value (a varint), the bits of the widest difference to it (one byte), and the
//! differences, that many bits each, lowest bits first, filled up to a whole byte. A column of equal values thus costs two
//! or three bytes however long it is. An empty column is nothing.

/// One column of rows `R`: where its value is in a row. Writer and reader share it, so that they agree on the order of columns.
pub(crate) type Column<R> = fn(&mut R) -> &mut u64;

/// Bytes that do not hold what they should.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Truncated;

/// Appends numbers and columns to bytes.
#[derive(Debug, Default)]
pub(crate) struct Writer(Vec<u8>);

impl Writer {
    pub(crate) fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
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

    pub(crate) fn column(&mut self, values: &[u64]) {
        let (Some(smallest), Some(largest)) = (values.iter().min(), values.iter().max()) else {
            return;
        };
        let width = 64_u32.saturating_sub(largest.saturating_sub(*smallest).leading_zeros());
        self.varint(*smallest);
        self.byte(u8::try_from(width).unwrap_or(u8::MAX));
        // At most 7 bits wait for their byte while 64 more come in.
        let (mut waiting, mut bits) = (0_u128, 0_u32);
        for value in values {
            waiting |= u128::from(value.saturating_sub(*smallest)).wrapping_shl(bits);
            bits = bits.saturating_add(width);
            while bits >= 8 {
                self.byte(waiting.to_le_bytes()[0]);
                waiting = waiting.wrapping_shr(8);
                bits = bits.saturating_sub(8);
            }
        }
        if bits > 0 {
            self.byte(waiting.to_le_bytes()[0]);
        }
    }

    /// Writes rows, column by column.
    pub(crate) fn rows<R>(&mut self, rows: &mut [R], columns: &[Column<R>]) {
        for column in columns {
            let values: Vec<u64> = rows.iter_mut().map(|row| *column(row)).collect();
            self.column(&values);
        }
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.0
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
        if count == 0 {
            return Ok(Vec::new());
        }
        let smallest = self.varint()?;
        let width = u32::from(self.byte()?);
        if width > 64 {
            return Err(Truncated);
        }
        if width == 0 {
            return Ok(vec![smallest; count]);
        }
        let bits = u64::try_from(count)
            .unwrap_or(u64::MAX)
            .saturating_mul(u64::from(width));
        let packed = self.bytes(usize::try_from(bits.div_ceil(8)).map_err(|_| Truncated)?)?;
        let mask = u64::MAX.wrapping_shr(64_u32.saturating_sub(width));
        let mut bytes = packed.iter();
        let (mut waiting, mut have) = (0_u128, 0_u32);
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            while have < width {
                let byte = bytes.next().ok_or(Truncated)?;
                waiting |= u128::from(*byte).wrapping_shl(have);
                have = have.saturating_add(8);
            }
            let low = u64::try_from(waiting & u128::from(mask)).map_err(|_| Truncated)?;
            values.push(smallest.checked_add(low).ok_or(Truncated)?);
            waiting = waiting.wrapping_shr(width);
            have = have.saturating_sub(width);
        }
        Ok(values)
    }

    /// Takes `count` rows, column by column; the caller bounds `count`.
    pub(crate) fn rows<R: Clone + Default>(
        &mut self,
        count: usize,
        columns: &[Column<R>],
    ) -> Result<Vec<R>, Truncated> {
        let mut rows = vec![R::default(); count];
        for column in columns {
            for (row, value) in rows.iter_mut().zip(self.column(count)?) {
                *column(row) = value;
            }
        }
        Ok(rows)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn equal_values_cost_two_bytes() {
        let mut writer = Writer::default();
        writer.column(&[1; 1000]);
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
            writer.column(&values);
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
