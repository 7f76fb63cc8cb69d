//! How many copies an index has beside its first.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::compare::{flatten, text};

/// The member of `_meta` that says which number we have put.
const NOTE: &str = "replicas";

/// How many copies an index has beside its first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replicas {
    /// One where there is a second node, as the files have it (`auto_expand_replicas`).
    Auto,
    /// So many.
    Fixed(u32),
}

impl FromStr for Replicas {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(number) => Ok(Self::Fixed(number)),
            Err(_) if text == "auto" => Ok(Self::Auto),
            Err(_) => Err("a number, or auto".to_owned()),
        }
    }
}

impl Replicas {
    /// What a template says that stands in a cluster; nothing where it says nothing of it.
    pub fn of(template: &Value) -> Option<Self> {
        let mut settings = Map::new();
        flatten("", &template["template"]["settings"], &mut settings);
        let setting = |name: &str| settings.get(name).map(text);
        match setting("auto_expand_replicas") {
            Some(range) if range != "false" => Some(Self::Auto),
            _ => Some(Self::Fixed(setting("number_of_replicas")?.parse().ok()?)),
        }
    }

    /// Writes the number into a template as it is put.
    ///
    /// Into each of them, also those that say nothing of replicas: a cluster whose shards are balanced
    /// over zones (`cluster.routing.allocation.awareness.balance`) holds every template alone against
    /// its number of zones, and takes its own default for one that has no number.
    pub fn apply(self, template: &mut Value) {
        let Self::Fixed(number) = self else {
            return;
        };
        let settings = &mut template["template"]["settings"]["index"];
        if let Some(settings) = settings.as_object_mut() {
            settings.remove("auto_expand_replicas");
        }
        settings["number_of_replicas"] = json!(number);
    }

    /// Notes the number in the user's own template, which may get another one later only where nobody has
    /// changed it: without the note, nobody could tell our number from the user's.
    pub fn note(self, template: &mut Value) {
        if let Self::Fixed(number) = self {
            template["_meta"][NOTE] = json!(number);
        }
    }

    /// What was noted so.
    pub fn noted(template: &Value) -> Self {
        let number = template["_meta"][NOTE].as_u64();
        let number = number.and_then(|number| u32::try_from(number).ok());
        number.map_or(Self::Auto, Self::Fixed)
    }

    /// Takes the note out again.
    pub fn forget(template: &mut Value) {
        if let Some(meta) = template["_meta"].as_object_mut() {
            meta.remove(NOTE);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_written_in_the_place_of_the_range_and_read_again_however_a_server_writes_it() {
        let mut template =
            json!({"template": {"settings": {"index": {"auto_expand_replicas": "0-1"}}}});
        assert_eq!(Replicas::of(&template), Some(Replicas::Auto));
        Replicas::Auto.apply(&mut template);
        assert_eq!(Replicas::of(&template), Some(Replicas::Auto));
        Replicas::Fixed(2).apply(&mut template);
        let index = &template["template"]["settings"]["index"];
        assert_eq!(index, &json!({"number_of_replicas": 2}));
        for settings in [
            json!({"index": {"number_of_replicas": 2}}),
            json!({"index": {"number_of_replicas": "2", "auto_expand_replicas": "false"}}),
            json!({"index.number_of_replicas": "2"}),
        ] {
            let standing = json!({"template": {"settings": settings}});
            assert_eq!(
                Replicas::of(&standing),
                Some(Replicas::Fixed(2)),
                "{standing}"
            );
        }
        assert_eq!(Replicas::of(&json!({"template": {}})), None);
    }

    #[test]
    fn a_number_that_is_noted_is_read_again_and_can_be_forgotten() {
        let empty = json!({"_meta": {"managed_by": "tributary"}, "template": {}});
        let mut template = empty.clone();
        Replicas::Auto.note(&mut template);
        assert_eq!(
            (&template, Replicas::noted(&template)),
            (&empty, Replicas::Auto)
        );
        Replicas::Fixed(3).note(&mut template);
        assert_eq!(Replicas::noted(&template), Replicas::Fixed(3));
        Replicas::forget(&mut template);
        assert_eq!(template, empty);
    }

    #[test]
    fn replicas_are_a_number_or_auto() {
        assert_eq!("0".parse(), Ok(Replicas::Fixed(0)));
        assert_eq!("auto".parse(), Ok(Replicas::Auto));
        for wrong in ["-1", "two", "0-1", ""] {
            assert!(wrong.parse::<Replicas>().is_err(), "{wrong}");
        }
    }
}
