//! What may cost data or the service is typed out, given a reason, looked at twice, and refused where there is another way.

use super::{SHOP, tables};
use crate::support::cluster::{Cluster, Settings};
use crate::support::console::Console;

#[test]
fn a_fence_is_refused_while_there_is_a_better_way_and_done_after_a_second_look() {
    let cluster = Cluster::boot(&SHOP);
    let [a1, b1] = ["a1", "b1"].map(|name| format!("fence = {{ command = {:?}, timeout = \"10s\" }}", cluster.lab.power_switch(name)));
    let failover = "mode = \"observe-only\"";
    cluster.configure_all(&Settings { failover, a1: &a1, b1: &b1, components: &tables(""), ..Settings::default() });
    let _monitor = cluster.monitor();
    let console = Console::well(&cluster);
    for (line, why) in [("fence a1", "everything can be moved away from it"), ("fence b1", "shut it down by itself instead")] {
        console.command(line);
        console.wait_text(why);
        console.keys(&["esc"]);
        console.wait_gone("enter runs, esc closes");
    }
    console.keys(&["a"]);
    console.wait_line(&["fence", "risk", "only by :fence"]);
    console.keys(&["esc"]);
    console.wait_gone("only by :fence");

    cluster.host("b1").cut();
    console.wait_line(&["host b1", "LOST"]);
    console.plan("fence b1", "shop");
    console.send("b1");
    console.keys(&["enter"]);
    console.wait_text("b1 is not shop");
    console.keys(&["backspace"; 2]);
    console.confirm("shop");
    console.wait_text("a reason is needed");
    console.keys(&["tab"]);
    console.send("it hangs");
    console.wait_text("reason, kept in the journal: it hangs");
    console.keys(&["enter"]);
    console.wait_text("everything is typed; read it once more");
    console.keys(&["enter"]);
    console.wait_text(" s more");
    assert!(cluster.host("b1").is_on());
    console.wait_text("press enter once more and it is done");
    console.keys(&["enter"]);
    console.wait_line(&["done (run r"]);
    assert!(!cluster.host("b1").is_on() && cluster.host("a1").is_on());
    console.keys(&["esc"]);
    console.wait_line(&["host b1", "✗"]);
    let opened = cluster.entries().into_iter().find(|entry| entry["kind"] == "run-opened").unwrap();
    assert_eq!(opened["reason"], "it hangs", "{opened}");
    assert_eq!(cluster.running("a1").len(), 2);
}
