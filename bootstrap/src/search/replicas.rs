//! How many copies an index has beside its first.

use std::str::FromStr;

use serde_json::{Map, Value, json};

use super::compare::flatten;

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
        let text = |name: &str| settings.get(name).map(ToString::to_string);
        let text = |name: &str| text(name).map(|text| text.trim_matches('"').to_owned());
        match text("auto_expand_replicas") {
            Some(range) if range != "false" => Some(Self::Auto),
            _ => Some(Self::Fixed(text("number_of_replicas")?.parse().ok()?)),
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
    fn replicas_are_a_number_or_auto() {
        assert_eq!("0".parse(), Ok(Replicas::Fixed(0)));
        assert_eq!("auto".parse(), Ok(Replicas::Auto));
        for wrong in ["-1", "two", "0-1", ""] {
            assert!(wrong.parse::<Replicas>().is_err(), "{wrong}");
        }
    }
}
