//! Changes of inputs that follow from a seed.

use crate::Random;

/// Inputs do not become longer than this by changes.
const BYTES_MAX: usize = 64 * 1024;

/// Bytes that mean something to one format or another: ends, lengths without bounds, numbers at their limits.
const PIECES: [&[u8]; 20] = [
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\n",
    b"\"",
    b"{",
    b"[[[[[[[[",
    b"null",
    b"-1",
    b"9223372036854775808",
    b"1e999",
    b"\\ud800",
    b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\xbf",
    b"\x5f",
    b"\xc1\xc1",
    b"%",
    b"::",
    b"..",
];

/// Makes new inputs of old ones.
#[derive(Debug)]
pub struct Mutator {
    random: Random,
}

impl Mutator {
    /// The changes of this seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed) }
    }

    /// One of `corpus` with a few changes.
    ///
    /// # Panics
    /// If the corpus is empty.
    pub fn next(&mut self, corpus: &[Vec<u8>]) -> Vec<u8> {
        let mut input = corpus[self.random.index(corpus.len())].clone();
        for _ in 0..self.random.within(1..5) {
            self.change(&mut input, corpus);
        }
        input.truncate(BYTES_MAX);
        input
    }

    fn change(&mut self, input: &mut Vec<u8>, corpus: &[Vec<u8>]) {
        if input.is_empty() {
            input.push(0);
        }
        let random = &mut self.random;
        let at = random.index(input.len());
        let end = at + random.index(input.len() - at + 1).min(32);
        match random.within(0..8) {
            0 => input[at] ^= 1 << random.index(8),
            1 => input[at] = random.bytes(1)[0],
            2 => drop(input.drain(at..end)),
            3 => input.truncate(at),
            4 => {
                let piece = PIECES[random.index(PIECES.len())];
                drop(input.splice(at..at, piece.iter().copied()));
            }
            5 => {
                let piece = PIECES[random.index(PIECES.len())];
                drop(input.splice(at..end, piece.iter().copied()));
            }
            6 => {
                let again = input[at..end].repeat(random.index(64) + 1);
                drop(input.splice(at..at, again));
            }
            _ => {
                let other = &corpus[random.index(corpus.len())];
                let from = random.index(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}
