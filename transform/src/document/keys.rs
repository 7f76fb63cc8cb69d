//! Which keys an object has had so far: one that stands twice would spoil a document.

use std::collections::HashSet;
use std::hash::BuildHasher;

use foldhash::fast::RandomState;

/// Up to this many keys of an object, comparing with each is faster than a set.
const FEW: usize = 32;

/// The keys of the objects that are being read, as hashes with a secret seed. Two keys with one hash
/// would be taken for the same, after which the document carries its original.
#[derive(Debug, Default)]
pub struct Keys {
    state: RandomState,
    /// The first keys of each open object, the innermost object's last.
    few: Vec<u64>,
    /// The other keys of all objects.
    many: HashSet<u64, RandomState>,
    objects: u64,
}

/// An object whose keys are told apart.
#[derive(Debug, Default, Clone, Copy)]
pub struct Object {
    start: usize,
    number: u64,
}

impl Keys {
    /// Forgets everything.
    pub fn clear(&mut self) {
        self.few.clear();
        self.many.clear();
    }

    /// Begins an object, inside of the one that was begun last.
    pub fn open(&mut self) -> Object {
        self.objects += 1;
        Object {
            start: self.few.len(),
            number: self.objects,
        }
    }

    /// Ends the object that was begun last.
    pub fn close(&mut self, object: Object) {
        self.few.truncate(object.start);
    }

    /// Whether `object`, the innermost, has not had `key` yet.
    pub fn is_new(&mut self, object: Object, key: &[u8]) -> bool {
        let hash = self.state.hash_one(key);
        let few = &self.few[object.start..];
        if few.contains(&hash) {
            return false;
        }
        if few.len() < FEW {
            self.few.push(hash);
            return true;
        }
        self.many.insert(hash ^ self.state.hash_one(object.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_new_once_in_each_object() {
        let mut keys = Keys::default();
        for _ in 0..2 {
            let outer = keys.open();
            for number in 0..100 {
                assert!(keys.is_new(outer, format!("outer {number}").as_bytes()));
                let inner = keys.open();
                assert!(keys.is_new(inner, b"outer 0"));
                assert!(!keys.is_new(inner, b"outer 0"));
                keys.close(inner);
            }
            for number in 0..100 {
                assert!(!keys.is_new(outer, format!("outer {number}").as_bytes()));
            }
            keys.close(outer);
        }
    }
}
