//! A proxy in front of a stand-in for AWS that makes chosen calls fail, wholly or in part.
//!
//! Everything else passes unchanged, so that what a test sees is the stand-in's own state. A request
//! of which only a part is passed on has no valid signature any more: such a rule is not for a
//! stand-in that checks signatures.

pub(crate) mod forward;
mod observed;
mod records;
mod rule;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::{Request, Response, body::Bytes};

pub(crate) use self::rule::error_answer;
use self::{
    forward::Upstream,
    records::{Batch, refuse_some},
};
pub use self::{
    observed::{Limits, Observed},
    rule::{Fault, Rule},
};
use crate::http_server::{Handler, HttpServer, NoAnswer};

/// A running proxy on a free port of 127.0.0.1; closed when dropped.
#[derive(Debug)]
pub struct FaultProxy {
    shared: Arc<Shared>,
    server: HttpServer,
}

impl FaultProxy {
    /// Starts a proxy that passes everything on to `endpoint` (`http://127.0.0.1:PORT`).
    ///
    /// # Errors
    ///
    /// When the address is not one, or the machine does not let us listen.
    pub fn start(endpoint: &str) -> anyhow::Result<Self> {
        let shared = Arc::new(Shared {
            upstream: Upstream::new(endpoint)?,
            state: Mutex::default(),
        });
        let server = HttpServer::start(shared.clone())?;
        Ok(Self { shared, server })
    }

    /// Returns the address to use instead of the stand-in's.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        self.server.endpoint()
    }

    /// Makes calls fail as `rule` says; of several rules for one call, the first added counts.
    pub fn add(&self, rule: Rule) {
        self.shared.state().rules.push(rule);
    }

    /// Removes all rules: everything passes from now on.
    pub fn heal(&self) {
        self.shared.state().rules.clear();
    }

    /// Returns every request so far, in the order of their arrival.
    #[must_use]
    pub fn requests(&self) -> Vec<Observed> {
        self.shared.state().observed.clone()
    }

    /// Returns the requests of one operation (`PutRecords`, for example) so far.
    #[must_use]
    pub fn requests_of(&self, operation: &str) -> Vec<Observed> {
        let mut requests = self.requests();
        requests.retain(|request| request.operation == operation);
        requests
    }
}

#[derive(Debug)]
struct Shared {
    upstream: Upstream,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rules: Vec<Rule>,
    observed: Vec<Observed>,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes the request, and returns the fault that is meant for it.
    fn observe(&self, observed: Observed) -> Option<Fault> {
        let mut state = self.state();
        let same = |other: &&Observed| other.operation == observed.operation;
        let call = state.observed.iter().filter(same).count() + 1;
        let rule = state
            .rules
            .iter()
            .find(|rule| rule.applies_to(&observed.operation, observed.region.as_deref(), call));
        let fault = rule.map(|rule| rule.fault.clone());
        state.observed.push(Observed {
            faulted: fault.is_some(),
            ..observed
        });
        fault
    }
}

impl Handler for Shared {
    async fn handle(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let batch = Batch::read(&request);
        let observed = Observed::new(&request, batch.as_ref());
        match self.observe(observed) {
            None => self.upstream.send(request).await,
            Some(Fault::Answer { status, code }) => Ok(error_answer(&request, status, &code)),
            Some(Fault::DropBefore) => Err(NoAnswer),
            Some(Fault::DropAfter) => {
                self.upstream.send(request).await?;
                Err(NoAnswer)
            }
            Some(Fault::Delay(time)) => {
                tokio::time::sleep(time).await;
                self.upstream.send(request).await
            }
            Some(Fault::RefuseRecords { code, which }) => match batch {
                Some(batch) => refuse_some(&self.upstream, request, batch, &code, &*which).await,
                None => self.upstream.send(request).await,
            },
        }
    }
}
