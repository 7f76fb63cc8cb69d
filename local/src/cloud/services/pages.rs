//! Lists in pages.

use serde_json::Value;

use crate::cloud::refusal::Refusal;

/// A page of `items` from the place that `token` names, of at most `size`; and the next one's token.
pub(super) fn page<T>(
    items: impl IntoIterator<Item = T>,
    token: Option<&str>,
    size: usize,
) -> Result<(Vec<T>, Value), Refusal> {
    let first = match token.map(str::parse) {
        None => 0,
        Some(Ok(first)) => first,
        Some(Err(_)) => return Err(Refusal::parameter("The specified nextToken is invalid.")),
    };
    let mut rest = items.into_iter().skip(first);
    let items: Vec<T> = rest.by_ref().take(size).collect();
    let next = rest
        .next()
        .map(|_| Value::String((first + size).to_string()));
    Ok((items, next.unwrap_or_default()))
}
