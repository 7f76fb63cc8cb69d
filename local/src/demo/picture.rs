//! Draws the dashboards over what was sent.

use super::options::Options;
use super::search::Server;
use crate::dashboards::{self, picture};
use crate::opensearch::OpenSearch;
use anyhow::Context;
use std::fs;

/// The name of the page.
pub const PAGE: &str = "dashboards.html";

/// Writes the page beside the report and says where it is; or says why there is none.
///
/// # Errors
/// When a panel can't be asked for; where `CI` is set, also when nothing can be drawn.
pub async fn draw(server: Server, options: &Options) -> anyhow::Result<()> {
    let library = match picture::library() {
        Ok(library) => library,
        Err(why) if !OpenSearch::is_required() => {
            options.console.say(format!("Not drawn: {why}"));
            return Ok(());
        }
        Err(why) => return Err(why.into()),
    };
    let boards = dashboards::boards()?;
    let drawing = move || picture::page(&boards, &server, &library);
    let page = tokio::task::spawn_blocking(drawing).await??;
    let file = options.output.join(PAGE);
    fs::write(&file, page).with_context(|| format!("could not write {}", file.display()))?;
    options.console.say(format!(
        "Open it in a browser, it needs neither server nor network: {}",
        file.display()
    ));
    Ok(())
}
