//! The verbs that act: plan, show, ask, submit, watch until it is known how it ended.
//!
//! The plan that is shown is the one that is submitted, by its hash. What is not known is said to be unknown, never
//! taken for a failure: a run goes on in the monitor whether somebody watches or not.

mod abort;
mod gate;
mod watch;

pub(super) use abort::abort;
pub(super) use gate::{Key, pass};

use super::args::ActArgs;
use super::end::{self, Ended};
use super::out::{Look, Out};
use super::person::Person;
use crate::client::{ClientError, Dial, Link, Submitted, submit};
use crate::core::command::{Class, Command, Exit, Reason, Role};
use crate::core::plan::PlanHash;
use crate::wire::{PlanView, StatusView, Submit};
use crate::words::{Form, again, plan_lines};

/// What was asked for on the command line.
pub(super) struct Order {
    /// The command.
    pub(super) command: Command,
    /// Its options.
    pub(super) args: ActArgs,
    /// The options that reach the same monitor again.
    pub(super) again: String,
}

/// Carries an order out, or shows what it would do.
pub(super) async fn carry_out(dial: &dyn Dial, mut order: Order, person: &mut dyn Person, out: &mut Out) -> Exit {
    let dry_run = order.args.confirm.dry_run;
    let role = if dry_run { Role::Observer } else { Role::Operator };
    let mut prepared = match prepare(dial, role, &order).await {
        Ok(prepared) => prepared,
        Err(error) => return end::before_act(&error, out),
    };
    let Some(hash) = prepared.hash() else {
        let what = "this program does not understand everything that the monitor's plan says: its hash is another one";
        return end::reason(Exit::Refused, what, "use the program of the monitor's own version", out);
    };
    if let Some(asked) = order.args.plan.as_deref().filter(|asked| !hash.answers_to(asked)) {
        let what = format!("the plan is stale: {asked} was asked for, and it is {} now", hash.short());
        return end::reason(Exit::Refused, what, "look at the plan again with --dry-run, and give its hash", out);
    }
    let Prepared { status, plan, .. } = &prepared;
    if dry_run {
        return planned(status, plan, out);
    }
    out.say_all(plan_lines(status, plan, form(out)));
    let word = plan.plan.confirm.clone();
    if let Err(reason) = confirmed(&mut order, &word, &hash, person).await {
        return end::reasons(Exit::Refused, vec![reason], out);
    }
    person.catch_interrupts();
    let (request, patience) = (request(&order, &hash, word), order.args.watch.patience());
    let Prepared { link, status, plan } = &mut prepared;
    match submit(dial, link.as_mut(), status.sequence, request, patience, person.interrupt()).await {
        Submitted::As(run) => {
            let watching = watch::Watching::new(dial, run, Some(&plan.plan), patience);
            watch::to_the_end(watching, Some(plan), person, out).await
        }
        Submitted::NotOpened(reason) => end::reasons(Exit::NothingChanged, vec![reason], out),
        Submitted::Unknown(reason) => end::reasons(Exit::Unknown, vec![reason], out),
        Submitted::Refused(error) => end::client_error(&error, out),
    }
}

/// Has the order confirmed as its class wants it; a reason that is typed becomes the order's.
async fn confirmed(order: &mut Order, word: &str, hash: &PlanHash, person: &mut dyn Person) -> Result<(), Reason> {
    let Order { command, args, again: options } = &*order;
    let again = again(options, command, &args.overrides, args.reason.as_deref(), word, hash);
    if order.command.class() == Class::Risk && (order.args.confirm.confirm.is_some() || !person.present()) {
        gate::risk(&order.args, &again)?;
    }
    gate::pass(&gate::Key::Word(word.to_owned()), order.args.confirm.confirm.as_deref(), &again, person).await?;
    if order.command.needs_reason() && order.args.reason.is_none() && person.present() {
        order.args.reason = Some(gate::ask_reason(person).await?);
    }
    Ok(())
}

/// What is known before somebody is asked.
pub(super) struct Prepared {
    link: Box<dyn Link>,
    status: StatusView,
    plan: PlanView,
}

impl Prepared {
    /// The plan's hash, if it is that of what was received: what is shown is then all that it says.
    fn hash(&self) -> Option<PlanHash> {
        Some(self.plan.plan.hash()).filter(|hash| hash.as_str() == self.plan.hash)
    }
}

async fn prepare(dial: &dyn Dial, role: Role, order: &Order) -> Result<Prepared, ClientError> {
    let mut link = dial.dial(role).await?;
    let status = link.status(false).await?;
    let plan = link.plan(order.command.clone(), order.args.overrides.clone()).await?;
    Ok(Prepared { link, status, plan })
}

/// The request for an order whose plan was confirmed.
fn request(order: &Order, hash: &PlanHash, confirm: String) -> Submit {
    Submit {
        command: order.command.clone(),
        plan: hash.as_str().to_owned(),
        confirm,
        reason: order.args.reason.clone(),
        overrides: order.args.overrides.clone(),
    }
}

/// How a plan is to look where it is written to.
fn form(out: &Out) -> Form {
    let Look { plain, ascii, .. } = out.look();
    Form { plain, ascii, brief: false }
}

fn planned(status: &StatusView, plan: &PlanView, out: &mut Out) -> Exit {
    if out.look().json {
        out.document(&Ended { outcome: "planned", plan: Some(plan), ..Ended::default() });
    } else {
        out.say_all(plan_lines(status, plan, form(out)));
        out.say("");
        out.say("dry run: nothing was done");
    }
    Exit::Done
}

#[cfg(test)]
mod tests;
