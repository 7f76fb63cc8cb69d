//! Everything that has to stand before the first log event.

use super::console::Console;
use super::deploy::{self, Deployed};
use super::onboard::{self, Onboarded};
use super::options::Options;
use super::report::Stages;
use super::search::Server;
use super::stand_ins::{self, Search, StandIns};
use crate::aws::Aws;
use crate::organization::{FOREIGN_FILTER, MANAGEMENT, Organization};
use std::time::Instant;

/// The stand-ins with an onboarded organization in them.
pub struct Scene {
    /// AWS on this machine.
    pub stand_ins: StandIns,
    /// OpenSearch on this machine, or why there is none.
    pub search: Search,
    /// The organization.
    pub organization: Organization,
    /// What `bootstrap` made of it.
    pub onboarded: Onboarded,
    /// What stands beside in the logging account.
    pub deployed: Deployed,
}

impl Scene {
    /// Starts the stand-ins, makes the organization, onboards it, deploys the function.
    ///
    /// # Errors
    /// When a step fails.
    pub async fn set(options: &Options, stages: &mut Stages) -> anyhow::Result<Self> {
        let start = Instant::now();
        let mut stand_ins = stand_ins::start(options.search, options.console).await?;
        let organization = Organization::create(&stand_ins.aws).await?;
        introduce(&organization, options.console);
        stages.ended("stand-ins", start);

        let start = Instant::now();
        options.console.heading("Onboarding");
        let onboarded = onboard::onboard(&stand_ins.aws, &organization, options).await?;
        let deployed =
            deploy::deploy(&stand_ins.aws, &organization, &onboarded.catalog, options).await?;
        stages.ended("onboarding", start);

        let start = Instant::now();
        options.console.heading("Logs on their way");
        let search = stand_ins.search(options.console).await?;
        if let Some(up) = search.up() {
            let (server, bootstrap) = (Server::new(up.url()), options.bootstrap.clone());
            options.console.say(format!(
                "\n$ bootstrap search-setup --no-lifecycle --endpoint {}",
                up.url()
            ));
            tokio::task::spawn_blocking(move || server.prepare(&bootstrap)).await??;
        }
        stages.ended("search server", start);
        Ok(Self {
            stand_ins,
            search,
            organization,
            onboarded,
            deployed,
        })
    }

    /// SDK configurations for every account.
    #[must_use]
    pub const fn aws(&self) -> &Aws {
        &self.stand_ins.aws
    }

    /// The search server, where there is one.
    #[must_use]
    pub fn server(&self) -> Option<Server> {
        self.search.up().map(|up| Server::new(up.url()))
    }
}

fn introduce(organization: &Organization, console: Console) {
    console.heading(&format!("The organization {}", organization.id));
    console.say(format!("{MANAGEMENT}  management account"));
    console.say(format!(
        "{}  {} (logging account, in {})",
        organization.logging.id, organization.logging.name, organization.logging.unit
    ));
    for member in &organization.members {
        console.say(format!(
            "{}  {} (member, in {})",
            member.id, member.name, member.unit
        ));
    }
    console.say(format!(
        "{}  {} (suspended, in {})",
        organization.suspended.id, organization.suspended.name, organization.suspended.unit
    ));
    console.say(format!(
        "Every member has log groups of flow logs, CloudTrail, GuardDuty, an application, and one that nobody wants;\n\
         {} has a subscription filter of somebody else, {FOREIGN_FILTER}, which has to survive.",
        organization.members[0].name
    ));
}
