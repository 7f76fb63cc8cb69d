//! Calls the function with a batch, and again where a call fails.

use super::answer;
use super::counters::Counters;
use super::event::{Origin, event};
use super::ids;
use super::record::{Failure, Processed, SourceRecord};
use super::settings::Processor;
use crate::function::{FunctionError, Invocation, within_limit};

/// What became of each of `records`, in their order.
///
/// A call that fails is repeated with the same records and a new invocation id; when all tries have
/// failed, every record has. An answer is final, whatever it says.
pub async fn process(
    processor: &Processor,
    origin: &Origin,
    records: &[SourceRecord],
    counters: &Counters,
) -> Vec<Processed> {
    let tries = processor.retries + 1;
    let mut last = None;
    for attempt in 1..=tries {
        let event = event(origin, &ids::unique(), records);
        let invocation = call(processor, event).await;
        counters.invoked(attempt, &invocation.log);
        match invocation.answer.and_then(within_limit) {
            Ok(answer) => return outcomes(records, &answer, attempt),
            Err(error) => {
                counters.problem(format!(
                    "the function failed on try {attempt} of {tries}: {error}"
                ));
                last = Some(error);
            }
        }
    }
    vec![Processed::Failed(failure(last.as_ref(), tries)); records.len()]
}

/// In the service's own words, which don't repeat what the function said.
fn failure(last: Option<&FunctionError>, attempts: u32) -> Failure {
    let (code, message) = match last {
        Some(FunctionError::NotInvoked(_)) => (
            "Lambda.InvokeLimitExceeded",
            "The Lambda function could not be invoked.",
        ),
        Some(FunctionError::TimedOut) => (
            "Lambda.FunctionError",
            "Firehose encountered timeout errors when calling AWS Lambda.",
        ),
        Some(FunctionError::Failed(_)) | None => (
            "Lambda.FunctionError",
            "The Lambda function was successfully invoked but it returned an error result.",
        ),
    };
    Failure {
        code: code.to_owned(),
        message: message.to_owned(),
        attempts,
    }
}

async fn call(processor: &Processor, event: Vec<u8>) -> Invocation {
    tokio::time::timeout(processor.timeout, processor.function.invoke(event))
        .await
        .unwrap_or_else(|_| Invocation {
            answer: Err(FunctionError::TimedOut),
            log: String::new(),
        })
}

fn outcomes(records: &[SourceRecord], answer: &[u8], attempt: u32) -> Vec<Processed> {
    let ids: Vec<String> = records.iter().map(SourceRecord::id).collect();
    let mut all = answer::read(&ids, answer)
        .unwrap_or_else(|failure| vec![Processed::Failed(failure); records.len()]);
    for processed in &mut all {
        if let Processed::Failed(failure) = processed {
            failure.attempts = attempt;
        }
    }
    all
}
