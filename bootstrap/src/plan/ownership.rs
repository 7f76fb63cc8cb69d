//! Whose a thing is, and how it is taken back: by us, or by the `CloudFormation` stack that made it.

use std::collections::BTreeMap;

use super::{Part, Step};
use crate::actions::{Action, DeleteRole};
use crate::aws::iam::Role;
use crate::desired::Desired;
use crate::names::{OWNER_TAG, STACK_TAG};

/// Whether a role carries our tag.
pub(super) fn is_our_role(role: &Role, owner: &str) -> bool {
    role.tags.get(OWNER_TAG).map(String::as_str) == Some(owner)
}

/// What to say of a role that has our name and isn't ours.
pub(super) fn foreign_role(name: &str, owner: &str) -> String {
    format!(
        "the role {name} exists and isn't ours (it lacks the tag {OWNER_TAG} = {owner}): delete or rename it, or \
         choose another central.destination, which is part of the role's name"
    )
}

/// The stack that made a thing with these tags, if one did.
pub(super) fn stack_of(tags: &BTreeMap<String, String>) -> Option<&str> {
    tags.get(STACK_TAG).map(String::as_str)
}

/// What to say of a thing that its stack takes back.
pub(super) fn left_to_stack(what: &str, stack: &str) -> String {
    format!("left: {what}, which the CloudFormation stack {stack} made: delete that stack")
}

/// What to say where a thing of a stack is changed without the stack.
pub(super) fn changed_beside_stack(what: &str, stack: &str) -> String {
    format!(
        "{what} is of the CloudFormation stack {stack}: give the stack the same values, since its next update may undo \
         this"
    )
}

/// Adds that the role `name` goes, if it is ours and of no stack; else why it stays.
pub(super) fn take_back_role(desired: &Desired, name: String, found: &Role, part: &mut Part) {
    let owner = desired.names.owner();
    if !is_our_role(found, owner) {
        let note = format!("left: {}", foreign_role(&name, owner));
        part.notes.push(note);
    } else if let Some(stack) = stack_of(&found.tags) {
        let note = left_to_stack(&format!("the role {name}"), stack);
        part.notes.push(note);
    } else {
        let owner = owner.to_owned();
        let action = Action::DeleteRole(DeleteRole { role: name, owner });
        part.steps.push(Step::new(None, action));
    }
}
