//! Decimal digits in a fixed width, for names that are printed in their thousands.

/// "00" to "99".
const PAIRS: [[u8; 2]; 100] = pairs();

#[expect(clippy::cast_possible_truncation, reason = "digits are below ten")]
const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [[b'0'; 2]; 100];
    let mut index = 0;
    while index < pairs.len() {
        pairs[index] = [b'0' + (index / 10) as u8, b'0' + (index % 10) as u8];
        index += 1;
    }
    pairs
}

/// Fills `out` with the lowest digits of `value`, with zeros before them. Two at a time: a division depends
/// on the one before it, so half of them take half of the time.
pub(crate) fn write(out: &mut [u8], mut value: u64) {
    let (single, twos) = out.split_at_mut(out.len() % 2);
    for pair in twos.rchunks_exact_mut(2) {
        pair.copy_from_slice(&PAIRS[(value % 100) as usize]);
        value /= 100;
    }
    if let [digit] = single {
        *digit = PAIRS[(value % 10) as usize][1];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_digits_with_zeros_before_them() {
        for value in [0, 7, 10, 99, 100, 12_345, 999_999_999_999, u64::MAX] {
            for width in 0..=20usize {
                let mut out = vec![b'x'; width];
                write(&mut out, value);
                let all = format!("{value:020}");
                assert_eq!(std::str::from_utf8(&out), Ok(&all[20 - width..]), "{value} {width}");
            }
        }
    }
}
