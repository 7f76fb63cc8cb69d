//! Lists that come in pages.

use super::{Answer, AwsError};

/// One page of a list. An empty page may carry a token: only a missing token ends the list
/// (Organizations API reference, every List operation).
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How to ask for the next one.
    pub next: Option<String>,
}

/// All items of a list, asked for page by page.
pub async fn all_pages<'a, T>(
    mut page: impl FnMut(Option<String>) -> Answer<'a, Page<T>>,
) -> Result<Vec<T>, AwsError> {
    let mut items = Vec::new();
    let mut token = None;
    loop {
        let answer = page(token.clone()).await?;
        items.extend(answer.items);
        match answer.next {
            None => return Ok(items),
            Some(next) if token.as_ref() == Some(&next) => return Err(AwsError::same_token(&next)),
            next => token = next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_empty_page_with_a_token_does_not_end_the_list() {
        let pages = [
            (vec![1], Some("a")),
            (vec![], Some("b")),
            (vec![], Some("c")),
            (vec![2, 3], None),
        ];
        let mut asked = Vec::new();
        let items = all_pages(|token| {
            asked.push(token);
            let (items, next) = pages[asked.len() - 1].clone();
            Box::pin(async move {
                Ok(Page {
                    items,
                    next: next.map(str::to_owned),
                })
            })
        });
        assert_eq!(items.await.unwrap(), [1, 2, 3]);
        assert_eq!(
            asked,
            [None, Some("a".into()), Some("b".into()), Some("c".into())]
        );
    }

    #[tokio::test]
    async fn a_service_that_repeats_its_token_is_an_error_instead_of_a_loop() {
        let answer = all_pages(|_| {
            Box::pin(async {
                Ok(Page::<u8> {
                    items: vec![],
                    next: Some("a".into()),
                })
            })
        });
        assert!(answer.await.unwrap_err().to_string().contains("same page"));
    }
}
