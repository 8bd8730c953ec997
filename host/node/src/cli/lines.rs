//! Lines as records: bounded, numbered, without their line ends.

use std::io::{self, BufRead, BufReader, Read};

use bytes::Bytes;
use domain::limits::RECORD_BYTES_MAX;

/// Reads lines one after the other.
pub(super) struct Lines<R> {
    reader: R,
    number: u64,
}

/// A line and where it stands.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Counts from 1.
    pub(super) number: u64,
    /// Without its line end.
    pub(super) data: Bytes,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self { reader, number: 0 }
    }

    /// The next line that is not empty; `None` at the end.
    ///
    /// # Errors
    /// If reading fails or a line is longer than any record may be.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let mut data = Vec::new();
            // Room for the longest record, its line end, and one byte that shows that it is too long.
            let room = RECORD_BYTES_MAX as u64 + 3;
            let read = (&mut self.reader).take(room).read_until(b'\n', &mut data)?;
            if read == 0 {
                return Ok(None);
            }
            self.number += 1;
            if data.last() == Some(&b'\n') {
                data.pop();
                if data.last() == Some(&b'\r') {
                    data.pop();
                }
            }
            if data.len() > RECORD_BYTES_MAX {
                let message = format!("line {} is longer than 10 MiB", self.number);
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
            if !data.is_empty() {
                let (number, data) = (self.number, data.into());
                return Ok(Some(Line { number, data }));
            }
        }
    }
}

impl<R: Read> Lines<BufReader<R>> {
    /// Whether the next line is there without waiting for it.
    pub(super) fn has_whole_line(&self) -> bool {
        self.reader.buffer().contains(&b'\n')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut lines = Lines::new(text);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.data.to_vec()));
        }
        all
    }

    #[test]
    fn lines_lose_their_ends_and_keep_their_numbers() {
        let expected = vec![(1, b"a".to_vec()), (3, b"b c".to_vec()), (4, b"d\r".to_vec())];
        assert_eq!(lines(b"a\n\nb c\r\nd\r"), expected);
        assert!(lines(b"").is_empty());
        assert!(lines(b"\n\n").is_empty());
    }

    #[test]
    fn a_line_that_is_not_whole_is_waited_for() {
        let mut lines = Lines::new(BufReader::with_capacity(6, &b"a\nb\ncdef\n"[..]));
        assert!(!lines.has_whole_line(), "nothing was read yet");
        for has_more in [true, false, false] {
            assert!(lines.next().unwrap().is_some());
            assert_eq!(lines.has_whole_line(), has_more);
        }
    }

    #[test]
    fn a_line_above_the_bound_is_an_error() {
        let mut text = vec![b'x'; RECORD_BYTES_MAX];
        assert_eq!(lines(&text).len(), 1);
        text.extend_from_slice(b"\r\n");
        assert_eq!(lines(&text).len(), 1);
        let text = vec![b'x'; RECORD_BYTES_MAX + 1];
        assert!(Lines::new(&text[..]).next().is_err());
    }
}
