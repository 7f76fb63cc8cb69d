//! The four calls of the Runtime API: next event, answer, error, initialization error.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, Sender, channel},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use hyper::{Method, Request, Response, StatusCode, body::Bytes, http};
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::MAX_ANSWER;
use crate::http_server::{Handler, NoAnswer};

pub(super) const FUNCTION_NAME: &str = "transform";
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";

/// What the function answered, or the error that it or Lambda made of it.
pub(super) type Outcome = Result<Vec<u8>, Value>;

/// One event on its way to the function.
#[derive(Debug)]
pub(super) struct Event {
    body: Bytes,
    deadline: SystemTime,
}

impl Event {
    pub(super) fn new(body: &[u8], timeout: Duration) -> Self {
        Self {
            body: Bytes::copy_from_slice(body),
            deadline: SystemTime::now() + timeout,
        }
    }
}

/// What the two sides share: the one who invokes and the function's requests.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    state: Mutex<State>,
    event_offered: Notify,
}

#[derive(Debug, Default)]
struct State {
    ready: bool,
    initialization_error: Option<Value>,
    offered: Option<Event>,
    invocations: u64,
    /// Where the answer to the running invocation goes.
    waiting: Option<Sender<Outcome>>,
}

impl Exchange {
    /// Returns whether the function has asked for an event.
    pub(super) fn is_ready(&self) -> bool {
        self.state().ready
    }

    /// Returns the error with which the function refused to start.
    pub(super) fn initialization_error(&self) -> Option<Value> {
        self.state().initialization_error.clone()
    }

    /// Hands out `event` at the function's next request; its outcome arrives at the receiver.
    pub(super) fn offer(&self, event: Event) -> Receiver<Outcome> {
        let (sender, receiver) = channel();
        {
            let mut state = self.state();
            state.invocations += 1;
            state.waiting = Some(sender);
            state.offered = Some(event);
        }
        self.event_offered.notify_one();
        receiver
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn next(&self) -> Response<Bytes> {
        self.state().ready = true;
        loop {
            let offered = {
                let mut state = self.state();
                let event = state.offered.take();
                event.map(|event| (request_id(state.invocations), event))
            };
            match offered {
                Some((id, event)) => return hand_out(&id, event),
                None => self.event_offered.notified().await,
            }
        }
    }

    /// Takes the outcome of invocation `id`, once, and only of the one that runs.
    fn settle(&self, id: &str, outcome: Outcome) -> bool {
        let mut state = self.state();
        if id != request_id(state.invocations) {
            return false;
        }
        let waiting = state.waiting.take();
        waiting.is_some_and(|waiting| waiting.send(outcome).is_ok())
    }

    fn settled(&self, id: &str, outcome: Outcome) -> Response<Bytes> {
        if self.settle(id, outcome) {
            accepted()
        } else {
            refused(
                StatusCode::BAD_REQUEST,
                "InvalidRequestID",
                "Invalid request ID",
            )
        }
    }

    /// An answer over the limit is refused, and the invocation fails instead.
    fn answered(&self, id: &str, answer: &Bytes) -> Response<Bytes> {
        if answer.len() <= MAX_ANSWER {
            return self.settled(id, Ok(answer.to_vec()));
        }
        let message = format!(
            "Response payload size exceeded maximum allowed payload size ({MAX_ANSWER} bytes)."
        );
        let error = json!({
            "errorType": "Function.ResponseSizeTooLarge",
            "errorMessage": message,
        });
        self.settle(id, Err(error));
        refused(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestEntityTooLarge",
            &format!("Exceeded maximum allowed payload size ({MAX_ANSWER} bytes)."),
        )
    }
}

impl Handler for Exchange {
    async fn handle(self: Arc<Self>, request: Request<Bytes>) -> Result<Response<Bytes>, NoAnswer> {
        let path = request.uri().path();
        let invocation = path.strip_prefix(INVOCATION).unwrap_or_default();
        Ok(match (request.method(), invocation.split_once('/')) {
            (&Method::GET, None) if invocation == "next" => self.next().await,
            (&Method::POST, Some((id, "response"))) => self.answered(id, request.body()),
            (&Method::POST, Some((id, "error"))) => self.settled(id, Err(as_json(request.body()))),
            (&Method::POST, None) if path == "/2018-06-01/runtime/init/error" => {
                self.state().initialization_error = Some(as_json(request.body()));
                accepted()
            }
            _ => refused(
                StatusCode::NOT_FOUND,
                "NotFound",
                "No such call of the Runtime API",
            ),
        })
    }
}

fn request_id(invocation: u64) -> String {
    format!("00000000-0000-4000-8000-{invocation:012}")
}

fn hand_out(id: &str, event: Event) -> Response<Bytes> {
    let deadline = event.deadline.duration_since(UNIX_EPOCH);
    let built = Response::builder()
        .header("Content-Type", "application/json")
        .header("Lambda-Runtime-Aws-Request-Id", id)
        .header(
            "Lambda-Runtime-Deadline-Ms",
            deadline.unwrap_or_default().as_millis().to_string(),
        )
        .header(
            "Lambda-Runtime-Invoked-Function-Arn",
            format!("arn:aws:lambda:eu-central-1:222222222222:function:{FUNCTION_NAME}"),
        )
        .header(
            "Lambda-Runtime-Trace-Id",
            "Root=1-00000000-000000000000000000000000;Sampled=0",
        )
        .body(event.body);
    or_internal_error(built)
}

fn accepted() -> Response<Bytes> {
    answer(StatusCode::ACCEPTED, &json!({"status": "OK"}))
}

fn refused(status: StatusCode, error: &str, message: &str) -> Response<Bytes> {
    answer(
        status,
        &json!({"errorType": error, "errorMessage": message}),
    )
}

fn answer(status: StatusCode, body: &Value) -> Response<Bytes> {
    let built = Response::builder()
        .status(status)
        .header("Content-Type", "application/json")
        .body(Bytes::from(body.to_string()));
    or_internal_error(built)
}

fn or_internal_error(built: http::Result<Response<Bytes>>) -> Response<Bytes> {
    built.unwrap_or_else(|_| {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// What a function reports need not be JSON.
fn as_json(body: &[u8]) -> Value {
    serde_json::from_slice(body)
        .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()))
}
