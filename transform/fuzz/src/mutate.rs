//! Changes to seeds, the same ones in every run.

/// What parts of the function look for.
const WORDS: [&[u8]; 24] = [
    b"\"",
    b"\\",
    b"\\\"",
    b"\\u0000",
    b"\\ud800",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"null",
    b"1e999",
    b"-0",
    b"18446744073709551616",
    b"\x1f\x8b",
    b"\x1e",
    b"\0",
    b"\n",
    b"\xff",
    "\u{1f600}".as_bytes(),
    b"-",
    b"1970-01-01T00:00:00Z",
    b"logEvents",
];

/// Makes inputs out of seeds.
#[derive(Debug)]
pub struct Mutator {
    seeds: Vec<Vec<u8>>,
    state: u64,
}

impl Mutator {
    /// From these seeds, of which there has to be one at least.
    #[must_use]
    pub fn new(seeds: Vec<Vec<u8>>) -> Self {
        assert!(!seeds.is_empty(), "nothing to begin with");
        Self {
            seeds,
            state: 0x9E37_79B9_7F4A_7C15,
        }
    }

    /// Another input: a seed with a few changes.
    pub fn input(&mut self) -> Vec<u8> {
        let mut input = self.seed();
        for _ in 0..=self.below(5) {
            self.change(&mut input);
        }
        input
    }

    fn seed(&mut self) -> Vec<u8> {
        let seed = self.below(self.seeds.len());
        self.seeds[seed].clone()
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.below(input.len() + 1);
        let end = (at + 1 + self.below(40)).min(input.len());
        match self.below(8) {
            0 => input.truncate(at),
            1 => drop(input.drain(at..end)),
            2 if at < input.len() => input[at] ^= 1 << self.below(8),
            3 if at < input.len() => input[at] = self.next().to_le_bytes()[0],
            4 => {
                let copy = input[at..end].repeat(1 + self.below(4));
                input.splice(at..at, copy);
            }
            5 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                let length = self.below(200).min(other.len() - from);
                input.splice(at..end, other[from..from + length].iter().copied());
            }
            _ => {
                let word = WORDS[self.below(WORDS.len())];
                let end = if self.below(2) == 0 { at } else { end };
                input.splice(at..end, word.iter().copied());
            }
        }
    }

    fn below(&mut self, limit: usize) -> usize {
        let random = usize::try_from(self.next() >> 33).unwrap_or_default();
        random % limit.max(1)
    }

    /// Marsaglia, "Xorshift RNGs".
    fn next(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }
}
