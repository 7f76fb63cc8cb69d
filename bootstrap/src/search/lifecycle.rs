//! How old indices get.

use std::str::FromStr;

use serde_json::{Value, json};

use super::Product;

/// Whole days since an index was made, or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// After so many.
    After(u32),
    /// Not at all.
    Never,
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(days) if days > 0 => Ok(Self::After(days)),
            _ if text == "never" => Ok(Self::Never),
            _ => Err("a number of days, from 1 on, or never".to_owned()),
        }
    }
}

/// When indices become warm, and when they are deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ages {
    /// Less important to recover, and on a tier for warm data where the cluster has one.
    pub warm: Days,
    /// Gone.
    pub delete: Days,
}

/// Days back that have an index each at most, whatever the lifecycle: a year and a month.
const MOST_DAYS: u32 = 400;

impl Ages {
    /// How many days back have an index each: as many as one lives, so that an event that comes a
    /// second time finds the first for as long as that is there.
    pub fn daily(ages: Option<Self>) -> u32 {
        match ages.map(|ages| ages.delete) {
            Some(Days::After(days)) => days.min(MOST_DAYS),
            Some(Days::Never) | None => MOST_DAYS,
        }
    }

    /// The same with a warm state only where it comes before the end.
    pub fn reachable(self) -> Self {
        match (self.warm, self.delete) {
            (Days::After(warm), Days::After(delete)) if warm >= delete => Self {
                warm: Days::Never,
                ..self
            },
            _ => self,
        }
    }

    /// The ages that a policy has which we put; nothing where somebody gave it another shape.
    pub fn of(product: Product, policy: &Value) -> Option<Self> {
        let days = |text: &Value| {
            text.as_str()?
                .strip_suffix('d')?
                .parse()
                .ok()
                .map(Days::After)
        };
        match product {
            Product::Opensearch => {
                let states = policy["states"].as_array()?;
                // Where another state deletes, what leads to ours says nothing of the end.
                let deletes = |state: &Value| {
                    let mut actions = state["actions"].as_array().into_iter().flatten();
                    state["name"] != "delete" && actions.any(|one| one.get("delete").is_some())
                };
                if states.iter().any(deletes) {
                    return None;
                }
                let state = |name: &str| {
                    states
                        .iter()
                        .flat_map(|state| state["transitions"].as_array().into_iter().flatten())
                        .find(|transition| transition["state_name"] == name)
                };
                let age = |name| match state(name) {
                    Some(transition) => days(&transition["conditions"]["min_index_age"]),
                    None => Some(Days::Never),
                };
                Some(Self {
                    warm: age("warm")?,
                    delete: age("delete")?,
                })
            }
            Product::Elasticsearch => {
                let phases = policy["phases"].as_object()?;
                let age = |name| match phases.get(name) {
                    Some(phase) => days(&phase["min_age"]),
                    None => Some(Days::Never),
                };
                Some(Self {
                    warm: age("warm")?,
                    delete: age("delete")?,
                })
            }
        }
    }

    /// Writes the ages into the body of a policy as it is put.
    pub fn apply(self, product: Product, body: &mut Value) {
        match product {
            Product::Opensearch => self.states(&mut body["policy"]),
            Product::Elasticsearch => {
                for (name, age) in [("warm", self.warm), ("delete", self.delete)] {
                    let phases = &mut body["policy"]["phases"];
                    match age {
                        Days::After(days) => phases[name]["min_age"] = json!(format!("{days}d")),
                        Days::Never => drop(
                            phases
                                .as_object_mut()
                                .and_then(|phases| phases.remove(name)),
                        ),
                    }
                }
            }
        }
    }

    /// One state leads to the next; what never comes is left out.
    fn states(self, policy: &mut Value) {
        let next = [("warm", self.warm), ("delete", self.delete)];
        let next: Vec<_> = next
            .into_iter()
            .filter_map(|(name, age)| match age {
                Days::After(days) => Some((name, days)),
                Days::Never => None,
            })
            .collect();
        let Some(states) = policy["states"].as_array_mut() else {
            return;
        };
        states.retain(|state| {
            state["name"] == "hot" || next.iter().any(|(name, _)| state["name"] == *name)
        });
        for (at, state) in states.iter_mut().enumerate() {
            let to = next.get(at).map(|(name, days)| {
                json!({"state_name": name, "conditions": {"min_index_age": format!("{days}d")}})
            });
            state["transitions"] = to.into_iter().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_says_the_ages_that_were_written_into_it() {
        use Days::{After, Never};
        for product in [Product::Opensearch, Product::Elasticsearch] {
            let body: Value = serde_json::from_str(product.dialect().lifecycle).unwrap();
            let standing = Ages::of(product, &body["policy"]);
            assert_eq!(
                standing,
                Some(Ages {
                    warm: After(7),
                    delete: After(90)
                })
            );
            for ages in [
                Ages {
                    warm: After(3),
                    delete: After(400),
                },
                Ages {
                    warm: Never,
                    delete: After(30),
                },
                Ages {
                    warm: After(3),
                    delete: Never,
                },
                Ages {
                    warm: Never,
                    delete: Never,
                },
            ] {
                let mut body = body.clone();
                ages.apply(product, &mut body);
                assert_eq!(Ages::of(product, &body["policy"]), Some(ages), "{body:#}");
            }
        }
    }

    #[test]
    fn a_policy_that_deletes_in_a_state_of_another_name_says_no_ages() {
        let state = |name: &str, actions: Value| json!({"name": name, "actions": actions, "transitions": []});
        let of = |policy: Value| Ages::of(Product::Opensearch, &policy);
        let live = json!({"name": "live", "transitions": [{"state_name": "gone", "conditions": {"min_index_age": "30d"}}]});
        let gone = state("gone", json!([{"retry": {"count": 3}, "delete": {}}]));
        assert_eq!(of(json!({"states": [live, gone]})), None);
        assert_eq!(of(json!({})), None);
        let never = Some(Ages {
            warm: Days::Never,
            delete: Days::Never,
        });
        assert_eq!(of(json!({"states": [state("live", json!([]))]})), never);
    }

    #[test]
    fn what_never_comes_has_no_state_and_nothing_leads_to_it() {
        let mut body: Value =
            serde_json::from_str(Product::Opensearch.dialect().lifecycle).unwrap();
        Ages {
            warm: Days::Never,
            delete: Days::After(30),
        }
        .apply(Product::Opensearch, &mut body);
        let states = body["policy"]["states"].as_array().unwrap();
        let names: Vec<_> = states
            .iter()
            .map(|state| state["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["hot", "delete"]);
        assert_eq!(
            states[0]["transitions"][0]["conditions"]["min_index_age"],
            "30d"
        );
        assert_eq!(states[1]["transitions"], json!([]));
    }

    #[test]
    fn warm_goes_where_it_comes_no_sooner_than_the_end() {
        use Days::{After, Never};
        for (warm, delete, left) in [
            (After(7), After(90), After(7)),
            (After(7), After(8), After(7)),
            (After(7), After(7), Never),
            (After(7), After(3), Never),
            (After(7), Never, After(7)),
            (Never, After(3), Never),
        ] {
            let reachable = Ages { warm, delete }.reachable();
            assert_eq!(reachable, Ages { warm: left, delete });
        }
    }

    #[test]
    fn days_are_from_one_on_or_never() {
        assert_eq!("90".parse(), Ok(Days::After(90)));
        assert_eq!("never".parse(), Ok(Days::Never));
        for wrong in ["0", "-1", "90d", ""] {
            assert!(wrong.parse::<Days>().is_err(), "{wrong}");
        }
    }
}
