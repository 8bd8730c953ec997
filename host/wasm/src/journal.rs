//! What a guest wrote in one call: lines, up to a quota.

use crate::message::{Level, LogLine};

/// Bytes that a line costs besides its text, so that empty lines run out, too.
const LINE_BYTES: usize = 16;

/// Bytes of a line. What is longer goes on in the next one.
const LINE_BYTES_MAX: usize = 8 * 1024;

/// The lines of one call.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    lines: Vec<LogLine>,
    /// What may still be written.
    left: usize,
    quota: usize,
    is_cut: bool,
    /// Unfinished lines of standard output and standard error.
    partial: [Vec<u8>; 2],
}

impl Journal {
    /// Nothing written yet, and `quota` bytes to come.
    pub(crate) fn new(quota: usize) -> Self {
        Self { left: quota, quota, ..Self::default() }
    }

    /// How many bytes of a text are worth looking at.
    pub(crate) fn room(&self) -> usize {
        if self.is_cut { 0 } else { self.left }
    }

    /// Takes a message: one line, or several with line ends between.
    pub(crate) fn write(&mut self, level: Level, message: &str) {
        for line in message.strip_suffix('\n').unwrap_or(message).split('\n') {
            let mut rest = line.strip_suffix('\r').unwrap_or(line);
            loop {
                let (now, later) = rest.split_at(rest.floor_char_boundary(LINE_BYTES_MAX));
                self.push(level, now);
                if later.is_empty() || self.is_cut {
                    break;
                }
                rest = later;
            }
        }
    }

    /// Notes that a message was longer than there is room for.
    pub(crate) fn cut(&mut self) {
        if !self.is_cut {
            self.is_cut = true;
            let text = format!("log cut off here: a call may write {} bytes", self.quota);
            self.lines.push(LogLine { level: Level::Warn, text });
        }
    }

    /// Takes bytes of standard output, or of standard error if `is_error`.
    pub(crate) fn write_stream(&mut self, is_error: bool, mut bytes: &[u8]) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            self.extend(is_error, line);
            self.end_line(is_error);
            bytes = &rest[1..];
            if self.is_cut {
                return;
            }
        }
        self.extend(is_error, bytes);
    }

    /// Ends the call: unfinished lines are lines, too.
    pub(crate) fn finish(mut self) -> Vec<LogLine> {
        for is_error in [false, true] {
            if !self.partial[usize::from(is_error)].is_empty() {
                self.end_line(is_error);
            }
        }
        self.lines
    }

    fn extend(&mut self, is_error: bool, mut bytes: &[u8]) {
        while !self.is_cut {
            let partial = &mut self.partial[usize::from(is_error)];
            let room = LINE_BYTES_MAX - partial.len();
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            partial.extend_from_slice(now);
            if later.is_empty() {
                return;
            }
            self.end_line(is_error);
            bytes = later;
        }
    }

    fn end_line(&mut self, is_error: bool) {
        let line = std::mem::take(&mut self.partial[usize::from(is_error)]);
        let level = if is_error { Level::Warn } else { Level::Info };
        let text = String::from_utf8_lossy(&line);
        self.push(level, text.strip_suffix('\r').unwrap_or(&text));
    }

    fn push(&mut self, level: Level, text: &str) {
        if self.is_cut {
            return;
        }
        let text = escaped(text);
        match self.left.checked_sub(text.len().saturating_add(LINE_BYTES)) {
            Some(left) => {
                self.left = left;
                self.lines.push(LogLine { level, text });
            }
            None => self.cut(),
        }
    }
}

/// `text` with control characters but tabs spelt out, so that it can steer neither terminals nor log readers.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\t' => out.push('\t'),
            char if char.is_control() => out.extend(char.escape_default()),
            char => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(journal: Journal) -> Vec<String> {
        journal.finish().into_iter().map(|line| line.text).collect()
    }

    #[test]
    fn messages_become_lines_without_control_characters() {
        let mut journal = Journal::new(1000);
        journal.write(Level::Error, "one\r\ntwo \u{1b}[31m\tred\u{7f}\n");
        journal.write(Level::Info, "");
        assert_eq!(texts(journal), ["one", "two \\u{1b}[31m\tred\\u{7f}", ""]);
    }

    #[test]
    fn streams_are_put_together_to_lines() {
        let mut journal = Journal::new(1000);
        journal.write_stream(false, b"he");
        journal.write_stream(true, b"bad\n");
        journal.write_stream(false, b"llo\nwor");
        journal.write_stream(false, b"ld \xff");
        let lines = journal.finish();
        let told: Vec<_> = lines.iter().map(|line| (line.level, line.text.as_str())).collect();
        let expected =
            [(Level::Warn, "bad"), (Level::Info, "hello"), (Level::Info, "world \u{fffd}")];
        assert_eq!(told, expected);
    }

    #[test]
    fn what_is_past_the_quota_is_left_out_with_one_mark() {
        for stream in [false, true] {
            let mut journal = Journal::new(1000);
            for _ in 0..10_000 {
                match stream {
                    true => journal.write_stream(false, b"\n"),
                    false => journal.write(Level::Info, ""),
                }
            }
            journal.write_stream(true, &[b'x'; 100_000]);
            assert_eq!(journal.room(), 0);
            let texts = texts(journal);
            assert_eq!(texts.len(), 1000 / 16 + 1);
            assert_eq!(texts.last().unwrap(), "log cut off here: a call may write 1000 bytes");
        }
    }

    #[test]
    fn long_lines_go_on_in_the_next() {
        let mut journal = Journal::new(100_000);
        journal.write(Level::Info, &"é".repeat(8000));
        journal.write_stream(false, &[b'x'; 20_000]);
        let lengths: Vec<usize> = texts(journal).iter().map(String::len).collect();
        assert_eq!(lengths, [8192, 7808, 8192, 8192, 3616]);
    }
}
