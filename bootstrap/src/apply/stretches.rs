//! Which steps of an account can be done side by side.

use crate::plan::Step;

/// Steps that come after everything before them; a lane for each region.
#[derive(Debug, PartialEq)]
pub(super) struct Stretch<'a> {
    /// Steps one after the other, each with its number in the plan.
    pub lanes: Vec<Vec<(usize, &'a Step)>>,
}

/// Regions don't know of each other: their steps are done side by side, each region's in its order. A step
/// of no region, such as a role's, comes after all before it and before all after it, and so does one that
/// must wait until everything before it went well.
pub(super) fn stretches(steps: &[Step]) -> Vec<Stretch<'_>> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let mut open = false;
    for (number, step) in steps.iter().enumerate() {
        let alone = step.region.is_none() || step.action.act().comes_last();
        let stretch = match stretches.last_mut() {
            Some(stretch) if open && !alone => stretch,
            _ => {
                stretches.push(Stretch { lanes: Vec::new() });
                let last = stretches.len() - 1;
                &mut stretches[last]
            }
        };
        open = !alone;
        let same = |lane: &&mut Vec<(usize, &Step)>| lane[0].1.region == step.region;
        match stretch.lanes.iter_mut().find(same) {
            Some(lane) => lane.push((number, step)),
            None => stretch.lanes.push(vec![(number, step)]),
        }
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::{Action, DeleteFilter, DeleteRole};

    fn filter(region: &str, log_group: &str) -> Step {
        let action = DeleteFilter {
            log_group: log_group.to_owned(),
            filter: "tributary-any".to_owned(),
            destination_arn: "arn:aws:logs:eu-central-1:222222222222:destination:tributary"
                .to_owned(),
            because: None,
        };
        Step::new(Some(region), Action::DeleteFilter(action))
    }

    fn role() -> Step {
        let (role, owner) = (
            "tributary-sender-tributary".to_owned(),
            "tributary".to_owned(),
        );
        Step::new(None, Action::DeleteRole(DeleteRole { role, owner }))
    }

    #[test]
    fn regions_go_side_by_side_between_the_steps_of_no_region() {
        let (east, west) = ("us-east-1", "us-west-2");
        let steps = [
            role(),
            filter(east, "a"),
            filter(east, "b"),
            filter(west, "a"),
            filter(east, "c"),
            role(),
            filter(west, "b"),
        ];
        let numbers: Vec<Vec<Vec<usize>>> = stretches(&steps)
            .iter()
            .map(|stretch| {
                let lanes = stretch.lanes.iter();
                lanes
                    .map(|lane| lane.iter().map(|(number, _)| *number).collect())
                    .collect()
            })
            .collect();
        assert_eq!(
            numbers,
            [
                vec![vec![0]],
                vec![vec![1, 2, 4], vec![3]],
                vec![vec![5]],
                vec![vec![6]]
            ]
        );
    }
}
