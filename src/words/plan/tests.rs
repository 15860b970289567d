use super::{Form, plan_lines};
use crate::core::command::Command;
use crate::core::model::Side;
use crate::core::plan::{Plan, StepId, Wanted};
use crate::core::readiness::{Check, Verdict};
use crate::core::record::Expected;
use crate::wire::PlanView;
use crate::wire::testing::{shop_plan, shop_status};
use crate::words::joined;

fn text(plan: Plan, form: Form) -> String {
    let view = PlanView { hash: plan.hash().as_str().into(), plan, expected: Expected::default() };
    joined(&plan_lines(&shop_status(), &view, form)).replace(view.hash.get(..12).unwrap(), "HASH")
}

fn switchover() -> Plan {
    shop_plan(&Command::Switchover { to: None }, Some(Side::Primary))
}

#[test]
fn a_plan_is_shown_in_the_order_in_which_somebody_decides() {
    let mut plan = switchover();
    plan.checks.truncate(1);
    let (name, evidence, remedy) = ("db does not start by itself", "it is enabled", "disable it");
    plan.checks.push(Check {
        id: name.into(),
        overridden: true,
        name: name.into(),
        verdict: Verdict::SoftVeto,
        evidence: evidence.into(),
        remedy: remedy.into(),
    });
    let expected = "\
switchover of c: make south active; north gives up its role

Now
  OK; north is ACTIVE; south is STANDBY; term 14
  8 of 8 placements are as wanted; nothing is older than 1.2 s
  will it act? it acts on request only

Checks
  ok   host a1 answers: it answered the last look
  soft, overridden  db does not start by itself: it is enabled
         do: disable it

Steps
   1. on a1: systemctl stop web.service
        web; at most 500 ms; on failure: systemctl start web.service
   2. on a1: systemctl stop sync@active.service
        sync; at most 500 ms; on failure: systemctl start sync@active.service
   3. on a1: systemctl stop app.service
        app; at most 500 ms; after step 1; on failure: systemctl start app.service
   4. on a1: systemctl stop db.service
        db; at most 500 ms; after steps 2, 3; on failure: systemctl start db.service
   5. on b1: systemctl stop sync@standby.service
        sync; at most 500 ms; after step 4; on failure: systemctl start sync@standby.service
   6. on b1: systemctl start db.service
        db; at most 1 s; after step 4; on failure: systemctl stop db.service
   7. on b1: systemctl start app.service
        app; at most 1 s; after step 6; on failure: systemctl stop app.service
   8. on b1: systemctl start sync@active.service
        sync; at most 1 s; after steps 5, 6; on failure: systemctl stop sync@active.service
  --- point of no return, passed once step 8 or step 9 is done ---
";
    let text = text(plan, Form { ascii: true, ..Form::default() });
    assert!(text.starts_with(expected), "{text}");
    let end = "
Outage
  at most 5.5 s: app, db, sync, web

Data at risk
  none is known of

How to undo it
  before the point of no return: switchtower abort RUN; afterwards: switchtower switchover --to north

Plan
  HASH
";
    assert!(text.ends_with(end), "{text}");
}

#[test]
fn plain_has_no_rules_and_no_empty_lines() {
    let text = text(switchover(), Form { plain: true, ..Form::default() });
    assert!(text.contains("\n  point of no return, passed once step 8 or step 9 is done\n"), "{text}");
    assert!(!text.contains("\n\n") && text.is_ascii(), "{text}");
}

#[test]
fn a_plan_that_only_goes_forward_says_so_before_its_first_step() {
    let text = text(shop_plan(&Command::Stop, Some(Side::Primary)), Form { ascii: true, ..Form::default() });
    assert!(text.contains("Steps\n  --- no way back from here: a failure leaves what was done so far ---\n   1. on "), "{text}");
    assert!(text.contains("on failure: not undone"), "{text}");
    assert!(text.contains("Outage\n  until the cluster is started again: app, db, sync, web\n"), "{text}");
    assert!(text.contains("How to undo it\n  switchtower start --site north\n"), "{text}");
}

#[test]
fn what_took_its_time_before_is_said_beside_the_most_that_it_may_take() {
    let plan = switchover();
    let steps = [(StepId(2), 12), (StepId(3), 1500)].into();
    let view = PlanView { hash: plan.hash().as_str().into(), plan, expected: Expected { steps, outage_ms: Some(90) } };
    let text = joined(&plan_lines(&shop_status(), &view, Form::default()));
    for said in ["sync; about 12 ms as before, at most 500 ms; on", "app; about 1.5 s as before, at most", "web; at most 500 ms; on"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(text.contains("Outage\n  about 90 ms as before, at most 5.5 s: app"), "{text}");
    let brief = joined(&plan_lines(&shop_status(), &view, Form { brief: true, ..Form::default() }));
    assert!(brief.contains("stop sync@active.service  about 12 ms as before, at most 500 ms\n"), "{brief}");
}

#[test]
fn the_start_of_what_is_missing_is_not_undone_by_a_stop_of_everything() {
    let mut plan = shop_plan(&Command::Start { site: None }, None);
    assert!(text(plan.clone(), Form::default()).contains("How to undo it\n  switchtower stop\n"));
    plan.before = Wanted::Active(Side::Primary);
    let text = text(plan, Form::default());
    assert!(text.contains("How to undo it\n  what it starts is stopped by hand; switchtower stop stops everything\n"), "{text}");
}
