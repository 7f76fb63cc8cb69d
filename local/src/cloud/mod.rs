//! A stand-in of our own for AWS's control plane, in this process: what the other stand-ins can't do.
//!
//! It keeps the state of each account and Region in memory and follows the contracts of AWS where a
//! set-up depends on them: access policies of destinations are resolved by the organization's state,
//! account policies exist, quotas and throttles are kept. A twelve-digit access key is that account's
//! root; assumed credentials act in the role's account. Permissions of callers are checked in accounts for
//! which a test says them ([`Cloud::permit`]).
//!
//! Where it is stricter than AWS, or AWS's behaviour isn't documented, the file of the service says so.
//! A service is one file in `services/` and its line in `services/mod.rs`.

mod aim;
mod answer;
mod build;
mod call;
mod counts;
mod documents;
mod permissions;
mod refusal;
mod services;
mod settings;
mod snapshot;
mod throttle;
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::{Request, Response, body::Bytes};

pub use aim::{Aim, Strike, Target};
pub use build::{Builder, MANAGEMENT};
pub use counts::{Outcome, Seen, by_operation};
pub use settings::{Settings, Throttle};
pub use snapshot::Snapshot;

use crate::fault_proxy::{Fault, Rule, error_answer};
use crate::http_server::{Handler, HttpServer, NoAnswer};
use aim::Aims;
use answer::{Answered, response};
use call::Call;
use permissions::Permissions;
use throttle::Buckets;
use world::World;

/// A running stand-in on a free port of 127.0.0.1; closed when dropped.
#[derive(Debug)]
pub struct Cloud {
    shared: Arc<Shared>,
    server: HttpServer,
}

impl Cloud {
    /// Starts a stand-in that holds what was built.
    ///
    /// # Errors
    ///
    /// When the machine does not let us listen.
    pub fn start(builder: Builder) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            latency: builder.settings.latency,
            state: Mutex::new(State {
                world: builder.into_world(),
                buckets: Buckets::default(),
                permissions: Permissions::default(),
                rules: Vec::new(),
                aims: Aims::default(),
                seen: Vec::new(),
                by_operation: BTreeMap::new(),
            }),
        });
        let server = HttpServer::start(shared.clone())?;
        Ok(Self { shared, server })
    }

    /// The address of every service: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// Makes calls fail as `rule` says; of several rules for one call, the first added counts.
    pub fn add(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Makes single calls fail; of several aims at one call, the first added counts.
    pub fn aim(&self, aim: Aim) {
        self.shared.state().aims.add(aim);
    }

    /// How many calls were struck by an [`Aim`] so far.
    #[must_use]
    pub fn struck(&self) -> usize {
        self.shared.state().aims.struck()
    }

    /// Removes all rules and aims.
    pub fn heal(&self) {
        let mut state = self.shared.state();
        state.rules.clear();
        state.aims.heal();
    }

    /// Every call so far, in the order of their arrival.
    #[must_use]
    pub fn calls(&self) -> Vec<Seen> {
        self.shared.state().seen.clone()
    }

    /// How many calls there were so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.shared.state().seen.len()
    }

    /// The calls since the `first` one.
    #[must_use]
    pub fn calls_since(&self, first: usize) -> Vec<Seen> {
        let state = self.shared.state();
        state.seen.get(first..).unwrap_or_default().to_vec()
    }

    /// Everything that there is, without times, by a name that says where it is: `ACCOUNT REGION log
    /// group NAME filter NAME`.
    #[must_use]
    pub fn dump(&self) -> BTreeMap<String, String> {
        self.shared.state().world.dump()
    }

    /// The destinations that a log group's events reach: those of its filters and of the account
    /// policy whose destination admits the account and whose role CloudWatch Logs can assume.
    #[must_use]
    pub fn reached(&self, account: &str, region: &str, log_group: &str) -> Vec<String> {
        let state = self.shared.state();
        services::logs::reached(&state.world, &call::Place::new(account, region), log_group)
    }
}

#[derive(Debug)]
struct Shared {
    latency: std::time::Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    world: World,
    buckets: Buckets,
    permissions: Permissions,
    rules: Vec<Rule>,
    aims: Aims,
    seen: Vec<Seen>,
    by_operation: BTreeMap<String, usize>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What becomes of a call that an aim strikes.
    async fn struck(
        &self,
        call: &Call,
        at: usize,
        strike: Strike,
    ) -> Result<Response<Bytes>, NoAnswer> {
        if strike.has_effect() {
            drop(self.state().answer(call, at));
        }
        self.state().aims.done();
        match strike {
            // Until the caller hangs up.
            Strike::HeldBefore | Strike::HeldAfter => std::future::pending().await,
            _ => strike.answer(call).ok_or(NoAnswer),
        }
    }
}

/// What was found out about a call before it is answered.
struct Observed {
    /// Its place in the notes.
    at: usize,
    /// The fault that a rule means for it, or why the caller is nobody.
    fault: Result<Option<Fault>, refusal::Refusal>,
    /// The fault of an aim.
    strike: Option<Strike>,
}

impl State {
    /// Looks up whose call it is, notes it, and returns its place in the notes and the fault that is
    /// meant for it.
    fn observe(&mut self, call: &mut Call) -> Observed {
        let known = services::sts::account_of(&self.world, &call.access_key);
        let known = known.map(|account| call.account = account);
        let target = Target::of(call);
        let strike = self.aims.strike(&target);
        let count = self.by_operation.entry(call.operation.clone()).or_default();
        *count += 1;
        let mut rules = self.rules.iter();
        let rule = rules.find(|rule| rule.applies_to(&call.operation, Some(&call.region), *count));
        let fault = rule.map(|rule| rule.fault.clone());
        self.seen.push(Seen {
            operation: call.operation.clone(),
            account: call.account.clone(),
            region: call.region.clone(),
            target,
            outcome: match (&fault, strike) {
                (Some(Fault::Delay(_)) | None, None) => Outcome::Answered,
                _ => Outcome::Faulted,
            },
        });
        Observed {
            at: self.seen.len() - 1,
            fault: known.map(|()| fault),
            strike,
        }
    }

    /// Has the service answer, if there aren't too many calls.
    fn answer(&mut self, call: &Call, at: usize) -> Answered {
        let outcome = &mut self.seen[at].outcome;
        if let Err(refusal) = self.buckets.take(call, &self.world.settings) {
            *outcome = Outcome::Throttled;
            return Err(refusal);
        }
        let permitted = self.permissions.check(call);
        let answered = permitted.and_then(|()| services::answer(&mut self.world, call));
        let answered = answered.map_err(|refusal| self.permissions.told(call, refusal));
        if answered.is_err() && *outcome == Outcome::Answered {
            *outcome = Outcome::Refused;
        }
        answered
    }
}

impl Handler for Shared {
    async fn handle(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let mut call = match Call::read(&request) {
            Ok(call) => call,
            Err(refusal) => return Ok(response(None, &Err(refusal))),
        };
        let Observed { at, fault, strike } = self.state().observe(&mut call);
        if !self.latency.is_zero() {
            tokio::time::sleep(self.latency).await;
        }
        let fault = match fault {
            Ok(fault) => fault,
            Err(refusal) => return Ok(response(Some(&call), &Err(refusal))),
        };
        if let Some(strike) = strike {
            return self.struck(&call, at, strike).await;
        }
        match fault {
            Some(Fault::Answer { status, code }) => {
                return Ok(error_answer(&request, status, &code));
            }
            Some(Fault::DropBefore) => return Err(NoAnswer),
            Some(Fault::Delay(time)) => tokio::time::sleep(time).await,
            Some(Fault::DropAfter) => {
                drop(self.state().answer(&call, at));
                return Err(NoAnswer);
            }
            Some(Fault::RefuseRecords { .. }) | None => {}
        }
        let answered = self.state().answer(&call, at);
        Ok(response(Some(&call), &answered))
    }
}
