//! The source paths of a table as a tree of keys.

use super::{Kind, Row};

/// In a source path: any key. GuardDuty has a key for each kind of action, with the same inside.
pub const ANY: &str = "*";

/// The longest key that is any key. It stands again in each path below: a long one would multiply
/// the message.
const ANY_BYTES: usize = 64;

/// A key that rows want, or that leads to some.
#[derive(Debug)]
pub struct Branch {
    key: &'static str,
    /// Rows that take the value itself, and what it is to them.
    pub slots: Vec<(usize, Kind)>,
    /// What is looked for inside of it.
    pub inside: Branches,
    /// Another branch with the same [`place`].
    other: Option<usize>,
}

impl Branch {
    /// Whether it stands for any key.
    pub fn is_any(&self) -> bool {
        self.key == ANY
    }
}

/// The keys of one object.
#[derive(Debug)]
pub struct Branches {
    all: Vec<Branch>,
    /// A branch for each [`place`] that one has.
    places: [Option<u8>; PLACES],
    any: Option<usize>,
}

impl Default for Branches {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            places: [None; PLACES],
            any: None,
        }
    }
}

const PLACES: usize = 64;

/// Where a key is looked for: by its length and some of its characters.
#[inline]
fn place(key: &[u8]) -> usize {
    let at = |index: usize| usize::from(key.get(index).copied().unwrap_or_default());
    let length = key.len();
    (length ^ at(0) ^ at(length / 2).wrapping_mul(3) ^ at(length.wrapping_sub(1)).wrapping_mul(7))
        % PLACES
}

/// Whether two keys are the same: most are short, for which a call of `memcmp` costs more than two
/// comparisons of words that may overlap.
#[inline]
fn same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    match one.len() {
        8..=16 => ends::<8>(one) == ends::<8>(other),
        4..=7 => ends::<4>(one) == ends::<4>(other),
        _ => one == other,
    }
}

/// The first and the last `N` bytes.
#[inline]
fn ends<const N: usize>(key: &[u8]) -> (Option<&[u8; N]>, Option<&[u8; N]>) {
    (key.first_chunk(), key.last_chunk())
}

impl Branches {
    /// Builds the tree of the rows that have a source. A row whose target an earlier row has already
    /// fills that row's slot.
    pub fn new(rows: impl Iterator<Item = (usize, &'static Row)>) -> Self {
        let rows: Vec<_> = rows.collect();
        let mut tree = Self::default();
        for (slot, row) in rows.iter().filter(|(_, row)| !row.source.is_empty()) {
            let same_target =
                |(_, other): &&(usize, &Row)| !row.target.is_empty() && other.target == row.target;
            let slot = rows
                .iter()
                .find(same_target)
                .map_or(*slot, |(first, _)| *first);
            let mut branches = &mut tree;
            let mut keys = row.source.split('.').peekable();
            while let Some(key) = keys.next() {
                let branch = branches.branch_for(key);
                if keys.peek().is_none() {
                    branch.slots.push((slot, row.kind));
                    break;
                }
                branches = &mut branch.inside;
            }
        }
        tree
    }

    fn branch_for(&mut self, key: &'static str) -> &mut Branch {
        let known = self.all.iter().position(|branch| branch.key == key);
        let at = known.unwrap_or_else(|| self.add(key));
        &mut self.all[at]
    }

    fn add(&mut self, key: &'static str) -> usize {
        let at = self.all.len();
        let place = &mut self.places[place(key.as_bytes())];
        let other = place.map(usize::from);
        if let Ok(short) = u8::try_from(at) {
            *place = Some(short);
        }
        if key == ANY {
            self.any = Some(at);
        }
        self.all.push(Branch {
            key,
            slots: Vec::new(),
            inside: Self::default(),
            other,
        });
        at
    }

    /// Whether nothing is looked for.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The branch of a position that [`find`](Self::find) returned.
    pub fn at(&self, position: usize) -> &Branch {
        &self.all[position]
    }

    /// The position of the branch of `key`.
    #[inline]
    pub fn find(&self, key: &[u8]) -> Option<usize> {
        let mut next = self.places[place(key)].map(usize::from);
        while let Some(at) = next {
            let branch = &self.all[at];
            if same(branch.key.as_bytes(), key) {
                return Some(at);
            }
            next = branch.other;
        }
        self.any.filter(|_| key.len() <= ANY_BYTES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cloudtrail, guardduty};

    fn check(branches: &Branches) {
        for (at, branch) in branches.all.iter().enumerate() {
            assert_eq!(branches.find(branch.key.as_bytes()), Some(at));
            check(&branch.inside);
        }
        assert_eq!(branches.find(b"no such key"), branches.any);
        assert_eq!(branches.find(&[b'x'; 100]), None);
    }

    #[test]
    fn every_key_of_the_tables_is_found() {
        for rows in [cloudtrail::FIELDS, guardduty::FIELDS] {
            check(&Branches::new(rows.iter().enumerate()));
        }
    }

    #[test]
    fn no_object_has_more_keys_than_can_be_told_apart() {
        fn most(branches: &Branches) -> usize {
            let inside = branches.all.iter().map(|branch| most(&branch.inside));
            inside.max().unwrap_or(0).max(branches.all.len())
        }
        for rows in [cloudtrail::FIELDS, guardduty::FIELDS] {
            assert!(u8::try_from(most(&Branches::new(rows.iter().enumerate()))).is_ok());
        }
    }
}
