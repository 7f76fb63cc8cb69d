//! The invocation as Lambda hands it over: its body in as it came, the answer out as it is.
//!
//! The runtime's own way through serde would copy and check some megabytes once more on each side.
//! A layer of the runtime takes the place of its handler, and answers on the Runtime API itself.
//!
//! The requests: AWS, "Using the Lambda runtime API for custom runtimes".

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use lambda_runtime::tower::Layer;
use lambda_runtime::{LambdaInvocation, Service};
use lambda_runtime_api_client::body::Body;
use lambda_runtime_api_client::{BoxError, PooledClient, build_request};
use tokio::sync::Mutex;

use crate::invocation::{Invocation, InvocationError, Transformer};
use crate::json::write_quoted;
use crate::metrics::{self, About};
use crate::streams::{Deadline, Streams};

/// Names the invocation in newer versions of the Runtime API; it has to come back with the answer.
const INVOCATION_ID: &str = "lambda-runtime-invocation-id";

/// Takes the place of the runtime's handler.
#[derive(Debug)]
pub struct Front<S> {
    transformer: Rc<Mutex<Transformer<S>>>,
    client: Arc<PooledClient>,
    /// Writes one line to the function's log.
    log: fn(&[u8]),
}

impl<S> Front<S> {
    /// Answers invocations by `transformer`, and hands a line of metrics to `log` for each.
    #[must_use]
    pub fn new(transformer: Transformer<S>, client: Arc<PooledClient>, log: fn(&[u8])) -> Self {
        Self {
            transformer: Rc::new(Mutex::new(transformer)),
            client,
            log,
        }
    }
}

impl<S> Clone for Front<S> {
    fn clone(&self) -> Self {
        Self {
            transformer: Rc::clone(&self.transformer),
            client: Arc::clone(&self.client),
            log: self.log,
        }
    }
}

impl<S, Inner> Layer<Inner> for Front<S> {
    type Service = Self;

    fn layer(&self, _: Inner) -> Self {
        self.clone()
    }
}

impl<S: Streams + 'static> Service<LambdaInvocation> for Front<S> {
    type Response = ();
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<(), BoxError>>>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, invocation: LambdaInvocation) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { front.answer(invocation).await })
    }
}

impl<S: Streams> Front<S> {
    async fn answer(self, invocation: LambdaInvocation) -> Result<(), BoxError> {
        let started = Instant::now();
        let time = invocation
            .context
            .deadline()
            .duration_since(SystemTime::now())
            .unwrap_or_default();
        let result = self
            .transformer
            .lock()
            .await
            .invoke(&invocation.body, Deadline::after(time))
            .await;
        let (path, body) = match result {
            Ok(done) => {
                for notice in &done.notices {
                    (self.log)(notice.as_bytes());
                }
                (self.log)(&line(
                    &done,
                    &invocation.context.env_config.function_name,
                    started.elapsed(),
                ));
                ("response", done.answer)
            }
            Err(error) => ("error", diagnostic(&error)),
        };
        let uri = format!(
            "/2018-06-01/runtime/invocation/{}/{path}",
            invocation.context.request_id
        );
        let mut request = build_request()
            .method("POST")
            .uri(uri)
            .header("Content-Type", "application/json");
        if let Some(id) = invocation.parts.headers.get(INVOCATION_ID) {
            request = request.header(INVOCATION_ID, id);
        }
        if path == "error" {
            request = request.header(
                "Lambda-Runtime-Function-Error-Type",
                "Function.InvalidEvent",
            );
        }
        let answer = self.client.call(request.body(Body::from(body))?).await?;
        if !answer.status().is_success() {
            // The invocation has failed, and Firehose calls again with the same records. The
            // function itself is well.
            (self.log)(
                format!("Lambda did not take the answer: status {}", answer.status()).as_bytes(),
            );
        }
        Ok(())
    }
}

fn line(done: &Invocation, function: &str, took: Duration) -> Vec<u8> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    metrics::line(
        &done.tally,
        &About {
            function,
            invocation_id: &done.invocation_id,
            timestamp: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
            duration: took.as_secs_f64() * 1000.0,
            catalog: done.catalog,
            errors: &done.errors,
        },
    )
}

/// What Lambda shows of an error.
fn diagnostic(error: &InvocationError) -> Vec<u8> {
    error_json("Function.InvalidEvent", &error.to_string())
}

/// An error as the Runtime API takes it.
#[must_use]
pub fn error_json(kind: &str, message: &str) -> Vec<u8> {
    let mut out = br#"{"errorType":"#.to_vec();
    write_quoted(&mut out, kind.as_bytes());
    out.extend_from_slice(br#","errorMessage":"#);
    write_quoted(&mut out, message.as_bytes());
    out.push(b'}');
    out
}
