//! The central stream: desired against observed.

use super::Step;
use crate::actions::Change;
use crate::actions::{
    Action, ChangeCapacity, CreateStream, EncryptStream, RaiseRetention, UpdateRole,
};
use crate::aws::kinesis::Stream;
use crate::config::KmsKey;
use crate::desired::Desired;
use crate::error::Error;

/// What is to be done to the stream, around what is to be done to the role that writes into it.
pub(super) struct StreamSteps {
    /// Before the role is there.
    pub first: Vec<Step>,
    /// The keys that the role must be allowed to use while all of this is done.
    pub keys: Vec<KmsKey>,
    /// Once the role may use the keys.
    pub encryption: Option<Step>,
    /// Once the stream is encrypted: the role without the key that is no longer used.
    pub role: Option<Step>,
    /// What takes minutes and that nobody waits for.
    pub capacity: Option<Step>,
}

/// Compares the stream, which log groups may send into already (`in_use`), and adds what a reader should know to `notes`.
///
/// # Errors
/// When a policy template can't be filled in.
pub(super) fn stream_steps(
    desired: &Desired,
    observed: Option<&Stream>,
    in_use: bool,
    notes: &mut Vec<String>,
) -> Result<StreamSteps, Error> {
    let Some(stream) = observed else {
        return Ok(new_stream(desired));
    };
    let name = &desired.config.central.stream;
    let ours = stream.is_owned_by(desired.names.owner());
    if !ours {
        notes.push(format!(
            "the stream {name} was there before; it is used as it is, and `destroy` leaves it"
        ));
    }
    if !stream.active {
        notes.push(format!("the stream {name} is not active at the moment"));
    }
    let mut steps = StreamSteps {
        first: retention(desired, stream, ours, notes)
            .into_iter()
            .collect(),
        keys: stream.kms_key.iter().cloned().collect(),
        encryption: None,
        role: None,
        capacity: capacity(desired, stream, ours, notes),
    };
    encryption(desired, stream, (ours, in_use), &mut steps, notes)?;
    Ok(steps)
}

fn new_stream(desired: &Desired) -> StreamSteps {
    let central = &desired.config.central;
    let step = |action| Step::new(Some(&central.region), action);
    let create = CreateStream {
        stream: central.stream.clone(),
        capacity: central.capacity,
        retention_hours: central.retention_hours,
        owner: desired.names.owner().to_owned(),
    };
    let encrypt = central.kms_key.as_ref();
    let encrypt = encrypt.map(|key| encrypt_step(desired, None, key, false));
    let create = step(Action::CreateStream(create));
    StreamSteps {
        first: std::iter::once(create).chain(encrypt).collect(),
        keys: central.kms_key.iter().cloned().collect(),
        encryption: None,
        role: None,
        capacity: None,
    }
}

fn retention(
    desired: &Desired,
    stream: &Stream,
    ours: bool,
    notes: &mut Vec<String>,
) -> Option<Step> {
    let central = &desired.config.central;
    let (name, is, wanted) = (
        &central.stream,
        stream.retention_hours,
        central.retention_hours,
    );
    if is > wanted {
        notes.push(format!("the stream {name} keeps records for {is} hours, more than the configured {wanted}: it is not lowered, since that would lose records"));
    }
    let action = RaiseRetention {
        stream: name.clone(),
        from: is,
        to: wanted,
        remember: !ours,
    };
    (is < wanted).then(|| Step::new(Some(&central.region), Action::RaiseRetention(action)))
}

fn capacity(
    desired: &Desired,
    stream: &Stream,
    ours: bool,
    notes: &mut Vec<String>,
) -> Option<Step> {
    let central = &desired.config.central;
    let (name, is, should) = (&central.stream, stream.capacity, central.capacity);
    if is == should {
        return None;
    }
    if !ours {
        notes.push(format!("the stream {name} has {is}, the configuration says {should}: it isn't ours, so it stays as it is"));
        return None;
    }
    let action = ChangeCapacity {
        stream: name.clone(),
        from: is,
        to: should,
        owner: desired.names.owner().to_owned(),
    };
    Some(Step::new(
        Some(&central.region),
        Action::ChangeCapacity(action),
    ))
}

/// The role gets the new key first and loses the old one last: a delivery that is denied is not repeated.
fn encryption(
    desired: &Desired,
    stream: &Stream,
    (ours, in_use): (bool, bool),
    steps: &mut StreamSteps,
    notes: &mut Vec<String>,
) -> Result<(), Error> {
    let central = &desired.config.central;
    let name = &central.stream;
    let Some(wanted) = &central.kms_key else {
        if let (Some(key), true) = (&stream.kms_key, ours) {
            notes.push(format!("the stream {name} is encrypted with the key {key}; the configuration names none, and it stays so"));
        }
        return Ok(());
    };
    let same = |key: &KmsKey| key.is_the_same_as(wanted);
    if stream.kms_key.as_ref().is_some_and(same) {
        steps.keys = vec![wanted.clone()];
        return Ok(());
    }
    if !ours {
        let is = stream
            .kms_key
            .as_ref()
            .map_or("not encrypted".to_owned(), |key| {
                format!("encrypted with the key {key}")
            });
        notes.push(format!("the stream {name} is {is}, the configuration names the key {wanted}: it isn't ours, so it stays as it is"));
        return Ok(());
    }
    notes.push(format!("whoever reads the stream {name} needs kms:Decrypt on {wanted} before this is applied; what is in it already stays as it was written"));
    let step = encrypt_step(desired, stream.kms_key.clone(), wanted, in_use);
    if in_use {
        steps.keys.push(wanted.clone());
        steps.role = role_afterwards(desired, &steps.keys, wanted)?;
        steps.encryption = Some(step);
    } else {
        steps.keys = vec![wanted.clone()];
        steps.first.push(step);
    }
    Ok(())
}

fn encrypt_step(desired: &Desired, before: Option<KmsKey>, key: &KmsKey, in_use: bool) -> Step {
    let central = &desired.config.central;
    let action = EncryptStream {
        stream: central.stream.clone(),
        key: key.clone(),
        before,
        in_use,
        owner: desired.names.owner().to_owned(),
    };
    Step::new(Some(&central.region), Action::EncryptStream(action))
}

/// The step that takes back the right to use every key but `wanted`.
fn role_afterwards(
    desired: &Desired,
    keys: &[KmsKey],
    wanted: &KmsKey,
) -> Result<Option<Step>, Error> {
    let meanwhile = desired.delivery_role(keys)?;
    let after = desired.delivery_role(std::slice::from_ref(wanted))?;
    if meanwhile.policy == after.policy {
        return Ok(None);
    }
    let action = UpdateRole {
        role: after.role.name,
        policy_name: after.policy_name,
        trust: None,
        policy: Some(Change {
            before: meanwhile.policy,
            after: after.policy,
        }),
        last: true,
        owner: desired.names.owner().to_owned(),
    };
    Ok(Some(Step::new(None, Action::UpdateRole(action))))
}
