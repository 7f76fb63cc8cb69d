//! Plan and apply for one event.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Failure;
use super::answer::Answer;
use super::budget::Budget;
use super::event::Asked;
use super::held::hold;
use super::settings::Settings;
use crate::apply::execute;
use crate::cli::Common;
use crate::config::{Config, Mode, Trust};
use crate::context::{Context, Situation};
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::names::AccountId;
use crate::output::Progress;
use crate::plan::Plan;
use crate::planning::{OneLogGroup, Only, Want, make_plan};

/// Pauses while AWS makes a new account ready.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Does what the event asks for.
///
/// # Errors
/// When that can't be planned, or not everything was done.
pub async fn onboard(event: &Value, common: &Common, budget: Budget) -> Result<Answer, Failure> {
    let asked = Asked::by(event)?;
    if let Asked::Nothing(reason) = asked {
        return Ok(Answer::nothing(reason));
    }
    let (interrupt, progress) = (Interrupt::new(), Progress::on_stderr(true, false));
    let work = work(asked, common, budget, &interrupt, &progress);
    tokio::select! {
        answer = work => answer,
        () = budget.watch(&interrupt, &progress) => Err(Failure::Late { worked: interrupt.worked() }),
    }
}

async fn work(
    asked: Asked,
    common: &Common,
    budget: Budget,
    interrupt: &Interrupt,
    progress: &Progress,
) -> Result<Answer, Failure> {
    // The function's own region goes first, by the environment.
    let sdk = crate::sdk_config("us-east-1", crate::https(), Duration::from_secs(1)).await;
    let Settings { config, remove } = Settings::read(&sdk).await?;
    let mut task = match Task::of(asked, &config) {
        Ok(task) => task,
        Err(reason) => return Ok(Answer::nothing(reason)),
    };
    let context = Arc::new(crate::context(common, config, progress, interrupt).await);
    let mut left_out = Vec::new();
    let (situation, plan) = loop {
        match planned(&context, &task, budget).await {
            Err(Error::LeftOut {
                account, reason, ..
            }) => {
                left_out.push(format!("{account} is left out ({reason})"));
                if !task.goes_on_without(&account) {
                    return Ok(Answer::nothing(left_out.join("; ")));
                }
            }
            made => break made?,
        }
    };
    let (plan, held) = hold(plan, &situation.desired, remove);
    let report = execute(&context, &situation, &plan).await;
    let mut answer = Answer::new(task.name, &plan, &report, held);
    answer.left_out = left_out;
    if report.succeeded() {
        return Ok(answer);
    }
    Err(Failure::Accounts(Box::new(answer)))
}

/// What is to be looked at for an event.
struct Task {
    name: &'static str,
    only: Only,
    /// Accounts that AWS may still be making ready.
    new: Vec<AccountId>,
}

impl Task {
    /// What an event takes under this configuration. The error is why it takes nothing.
    fn of(asked: Asked, config: &Config) -> Result<Self, String> {
        match asked {
            Asked::Nothing(reason) => Err(reason),
            Asked::Everything => Ok(Self::everything(Vec::new())),
            // The access policy has to name the account before its filters can be put.
            Asked::Accounts {
                accounts,
                new: true,
            } if config.organization.trust == Trust::Accounts => Ok(Self::everything(accounts)),
            Asked::Accounts { accounts, new } => Ok(Self {
                name: "accounts",
                new: if new { accounts.clone() } else { Vec::new() },
                only: Only::these(accounts),
            }),
            Asked::LogGroup { account, log_group } => Self::log_group(account, log_group, config),
        }
    }

    /// Takes an account out that the configuration leaves out, and says whether others remain.
    fn goes_on_without(&mut self, account: &AccountId) -> bool {
        self.new.retain(|other| other != account);
        self.only.accounts.retain(|other| other != account);
        !self.only.accounts.is_empty()
    }

    fn everything(new: Vec<AccountId>) -> Self {
        Self {
            name: "everything",
            only: Only::default(),
            new,
        }
    }

    fn log_group(
        account: AccountId,
        log_group: OneLogGroup,
        config: &Config,
    ) -> Result<Self, String> {
        let OneLogGroup { region, name } = &log_group;
        let settings = &config.organization;
        if !settings.regions.contains(region) {
            return Err(format!("organization.regions has no {region}"));
        }
        if config.source_of(name).is_none() {
            return Err(format!("no source wants {name}"));
        }
        let mut only = Only::these(vec![account]);
        if settings.mode == Mode::Filters {
            only.log_group = Some(log_group);
        }
        // A policy leaves out log groups by their names: it is made anew from all that there are.
        Ok(Self {
            name: "log group",
            only,
            new: Vec::new(),
        })
    }
}

/// The plan for a task, once the accounts are ready that it waits for.
async fn planned(
    context: &Arc<Context>,
    task: &Task,
    budget: Budget,
) -> Result<(Arc<Situation>, Plan), Error> {
    if task.only.accounts.is_empty() && !task.new.is_empty() {
        // Whether they are ready, these alone tell; where not, the rest is set up all the same, and the plan of
        // everything tells about them.
        let alone = Only::these(task.new.clone());
        let ready = when_ready(context, &alone, true, budget).await;
        if let Err(error @ Error::NotInOrganization { .. }) = ready {
            // Everything would say nothing of an account that isn't there, and the event would be lost.
            return Err(error);
        }
        return when_ready(context, &task.only, false, budget).await;
    }
    when_ready(context, &task.only, !task.new.is_empty(), budget).await
}

/// The plan for some accounts. What AWS is still making ready is waited for, as long as the time allows.
async fn when_ready(
    context: &Arc<Context>,
    only: &Only,
    new: bool,
    budget: Budget,
) -> Result<(Arc<Situation>, Plan), Error> {
    let mut pause = FIRST_PAUSE;
    loop {
        let made = make_plan(context, Want::Apply(only.clone())).await;
        let why = match &made {
            Ok((_, plan)) => plan.members.iter().find_map(|part| part.failure()),
            Err(Error::NotInOrganization { .. }) => Some("ListAccounts doesn't show it yet"),
            Err(Error::LeftOut {
                comes: true,
                reason,
                ..
            }) => Some(reason.as_str()),
            Err(_) => None,
        };
        match why {
            Some(why) if new && budget.allows_pause(pause) => {
                let seconds = pause.as_secs();
                let line = format!("the account isn't ready ({why}); again in {seconds} s");
                context.progress.line(&line);
            }
            _ => return made,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
