//! `bootstrap search-setup`: puts templates, pipeline and lifecycle into a search cluster, and the
//! dashboards into its Dashboards; or takes them away.

mod access;
pub mod answer;
mod lifecycle;
mod objects;
mod options;

use std::time::Duration;

use aws_config::SdkConfig;

pub use options::SearchSetup;

use self::answer::Answer;
use super::yes;
use crate::error::Error;
use crate::output::{ExitStatus, Printer, Progress, counted};
use crate::search::{Client, Dashboards, INDEX, Product, SavedObjects, SearchError, detect};

/// What the verb works with.
pub struct Surroundings<'a> {
    /// AWS credentials and Region, where requests are signed.
    pub aws: Option<&'a SdkConfig>,
    /// Where to say what is going on.
    pub progress: &'a Progress,
    /// The pause before a busy server is asked again.
    pub first_pause: Duration,
}

/// Puts everything that belongs into the cluster, or takes it away.
///
/// # Errors
/// When the cluster gives no answer, isn't known, or refuses something that is read.
pub async fn search_setup(
    options: &SearchSetup,
    around: &Surroundings<'_>,
    printer: &mut Printer,
) -> Result<ExitStatus, Error> {
    let endpoint = options.access.endpoint()?;
    let client = options
        .access
        .client(endpoint, around.aws, around.first_pause)?;
    let (product, product_version) = detect(&client, options.access.is_serverless()).await?;
    let dialect = product.dialect();
    let client = client.with_permissions(dialect.permissions);
    let dashboards = dashboards(options, around, product).await?;
    if options.removal.remove
        && !options.dry_run
        && !options.removal.yes
        && !confirmed(around, client.url()).await?
    {
        printer.text("nothing was changed\n")?;
        return Ok(ExitStatus::Success);
    }
    let done = objects::all(options, &client, dialect).await?;
    let mut answer = Answer {
        endpoint: client.url().to_owned(),
        product,
        product_version,
        dry_run: options.dry_run,
        objects: done.rows,
        dashboards: None,
        notes: done.notes,
        next: None,
    };
    notes(options, around, &mut answer).await?;
    if !done.newer {
        if let (Some(dashboards), false) = (dashboards, answer.is_bad()) {
            answer.dashboards = Some(imported(options, &dashboards, &mut answer.notes).await);
        }
        answer.next = next(options, &answer);
    }
    printer.answer(&answer, || answer.text())?;
    Ok(answer.status())
}

/// Where the security plugin keeps saved objects that everybody sees; without a name it takes the private
/// tenant of whoever asks where that one is preferred.
const EVERYBODY_S: &str = "global";

/// A Dashboards server, where one is given; before anything is put, so that a wrong address is said first.
async fn dashboards(
    options: &SearchSetup,
    around: &Surroundings<'_>,
    product: Product,
) -> Result<Option<Dashboards>, SearchError> {
    let Some((endpoint, tenant)) = options.dashboards()? else {
        return Ok(None);
    };
    let client = options
        .access
        .client(endpoint, around.aws, around.first_pause)?;
    let client = client.with_permissions(
        "the index permissions to write saved objects, as the role kibana_user has them.",
    );
    let default = (product == Product::Opensearch).then_some(EVERYBODY_S);
    let dashboards = Dashboards::new(client, tenant.or(default))?;
    dashboards.reach().await?;
    Ok(Some(dashboards))
}

async fn imported(
    options: &SearchSetup,
    dashboards: &Dashboards,
    notes: &mut Vec<String>,
) -> SavedObjects {
    let (force, dry_run) = (options.is_forced(), options.dry_run);
    let done = if options.removal.remove {
        dashboards.remove(force, dry_run).await
    } else {
        dashboards.import(force, dry_run).await
    };
    if !done.newer.is_empty() {
        notes.push(
            "A newer bootstrap has imported its saved objects: none was imported. Use that one, or --force."
                .to_owned(),
        );
    }
    if !done.left.is_empty() {
        let (are, them, were) = match done.left.len() {
            1 => ("is", "it", "was"),
            _ => ("are", "them", "were"),
        };
        notes.push(format!(
            "{} {are} not as this version imports {them} (changed by somebody, or by a server that migrated {them}) \
             and {were} left; --force overrides that: {}",
            counted(done.left.len(), "saved object"),
            done.left.join(", ")
        ));
    }
    done
}

async fn confirmed(around: &Surroundings<'_>, url: &str) -> Result<bool, Error> {
    let question = format!(
        "Taking the templates and the pipeline away from {url}: let nothing deliver to the index {INDEX} any more, or \
         its documents get no id, no day and no types. Documents stay, but a policy that an index has already goes on \
         with it."
    );
    let unattended = "`bootstrap search-setup --remove` wants a confirmation, but standard input is no terminal: add --yes";
    yes(around.progress, &question, unattended).await
}

/// What somebody should know, beside what was done.
async fn notes(
    options: &SearchSetup,
    around: &Surroundings<'_>,
    answer: &mut Answer,
) -> Result<(), SearchError> {
    let endpoint = options.access.endpoint()?;
    let dashboards = options.dashboards()?.map(|(endpoint, _)| endpoint);
    for endpoint in [Some(&endpoint), dashboards.as_ref()].into_iter().flatten() {
        if options.access.is_with_password() && endpoint.is_readable_by_others() {
            answer.notes.push(format!(
                "! The password went to {} for everybody on the way to read: use https://, and a new password.",
                endpoint.url()
            ));
        }
    }
    if let Some(anonymous) = options.access.anonymous(endpoint, around.first_pause)
        && is_open(&anonymous).await
    {
        answer.notes.push(
            "! The cluster answers without any password: its security plugin is missing or switched off.".to_owned(),
        );
    }
    if options.access.is_serverless() && !options.removal.remove {
        answer.notes.push(
            "! A serverless collection takes these documents only if it is of the type search: one for time series \
             refuses an id of their own. This was never tried with a serverless collection."
                .to_owned(),
        );
    }
    Ok(())
}

async fn is_open(client: &Client) -> bool {
    client
        .get("")
        .await
        .is_ok_and(|answer| answer.status == 200)
}

fn next(options: &SearchSetup, answer: &Answer) -> Option<String> {
    if answer.is_bad() || options.removal.remove {
        return None;
    }
    Some(if options.dry_run {
        "Nothing was changed (--dry-run).".to_owned()
    } else {
        format!(
            "Next: let Firehose deliver to the index {INDEX}, without index rotation. Documents come to \
             logs-DATASET-DAY; what can't be placed, to logs-tributary.failed-DAY."
        )
    })
}
