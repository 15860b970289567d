//! What holds for every text: reading never panics, messages are bounded and safe to print, the hash follows the meaning.

use super::*;
use proptest::prelude::*;

/// Pieces that turn an example into something else.
const PIECES: [&str; 28] = [
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    "\n",
    "#",
    ".",
    ",",
    "[[hosts]]",
    "\u{0}",
    "\u{1b}[2J",
    "\u{202e}",
    "é",
    "after = [\"app\"]",
    "-1",
    "1e999",
    "\"\"\"",
    "'''",
    "site = 3",
    "[components.app.primary.host]",
    "trigger = \"9-of front\"",
    "accept = { tcp = \"[::1]:1\" }",
    "fence = { options = { passwd = \"x\" } }",
    "command = [\"-\"]",
    "1979-05-27",
    "99999999999999999999",
];

fn mutated() -> impl Strategy<Value = String> {
    let edit = (any::<prop::sample::Index>(), 0..12usize, prop::sample::select(&PIECES[..]));
    (prop::sample::select(&examples::ALL[..]), prop::collection::vec(edit, 1..8)).prop_map(|(example, edits)| {
        let mut chars: Vec<char> = example.chars().collect();
        for (at, cut, piece) in edits {
            let at = at.index(chars.len() + 1);
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, piece.chars());
        }
        chars.into_iter().collect()
    })
}

fn harmless(text: &str) -> Result<(), TestCaseError> {
    let problems = match parse(text, "test") {
        Ok(loaded) => loaded.warnings,
        Err(problems) => {
            prop_assert!(problems.list.iter().any(|p| p.severity == Severity::Error));
            problems.list
        }
    };
    for problem in problems {
        for part in [&problem.key, &problem.found, &problem.why, &problem.remedy] {
            prop_assert!(part.len() < 3000, "{} bytes: {part}", part.len());
            prop_assert!(!part.chars().any(|c| c.is_control() || c == '\u{202e}'), "{part:?}");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_answered(text in "\\PC{0,200}|[\\[\\]{}=\"'.#\\n a-z0-9]{0,200}") {
        harmless(&text)?;
    }

    #[test]
    fn an_example_that_was_tampered_with_is_answered(text in mutated()) {
        harmless(&text)?;
    }

    #[test]
    fn comments_blank_lines_spaces_and_order_do_not_change_the_hash(
        example in prop::sample::select(&examples::ALL[..]),
        noise in prop::collection::vec(0..4usize, 1..50),
        seed in any::<u64>(),
    ) {
        let mut tables: Vec<String> = example.split("\n[").enumerate().map(|(n, t)| if n == 0 { t.to_owned() } else { format!("[{t}") }).collect();
        let at = usize::try_from(seed % tables.len() as u64).unwrap();
        tables.rotate_left(at);
        if seed % 2 == 0 {
            tables.reverse();
        }
        let text: String = tables.join("\n").lines().zip(noise.iter().cycle()).map(|(line, noise)| {
            line.to_owned() + ["\n", " # words\n", "  \t\n", "\n\n   # more\n"][*noise]
        }).collect();
        prop_assert_eq!(right(&text).hash, right(example).hash);
    }

    #[test]
    fn what_passes_here_passes_the_core_too(
        components in prop::collection::vec(
            (0..16u8, prop_oneof![9 => 0..2u8, 1 => 0..6u8], prop_oneof![9 => 2..4u8, 1 => 0..6u8], 0..16u8, any::<bool>()), 1..5),
        wild in prop::bool::weighted(0.2),
    ) {
        let mut text = "[cluster]\nname = \"c\"\nprimary = \"n\"\nsecondary = \"s\"\n".to_owned();
        for (n, site) in ["site = \"n\"", "site = \"n\"", "site = \"s\"", "site = \"s\"", ""].iter().enumerate() {
            text += &format!("[hosts.h{n}]\n{site}\n");
        }
        for (n, (after, primary, secondary, unit, both)) in components.iter().enumerate() {
            let others = if wild { 4 } else { n };
            let after: Vec<_> = (0..others).filter(|bit| after & (1 << bit) != 0).map(|bit| format!("\"c{bit}\"")).collect();
            let (sharing, units) = match both {
                true => ("active-standby", format!("active = \"u{}.service\", standby = \"u{}.service\"", unit, unit / 2 + 8)),
                false => ("exclusive", format!("unit = \"u{unit}.service\"")),
            };
            text += &format!("[components.c{n}]\nsharing = \"{sharing}\"\nafter = [{}]\n", after.join(","));
            text += &format!("primary = {{ host = \"h{primary}\", {units} }}\nsecondary = {{ host = \"h{secondary}\", {units} }}\n");
        }
        if let Err(problems) = parse(&text, "test") {
            // The words with which the core's own refusals would be passed on, and those for a gap between the two.
            let passed_on = |p: &&Problem| p.found == "as the reason says" || p.remedy.contains("defect");
            prop_assert_eq!(problems.list.iter().find(passed_on), None, "{}", text);
        }
    }

    #[test]
    fn a_value_that_changes_changes_the_hash_and_is_named(seconds in 1..3600u64) {
        let text = minimal_and(&format!("[monitor]\ninterval = \"{seconds}s\""));
        let (before, after) = (right(examples::MINIMAL), right(&text));
        let changes: Vec<String> = diff(&before, &after).iter().map(ToString::to_string).collect();
        prop_assert_eq!(before.hash == after.hash, seconds == 2);
        prop_assert_eq!(changes.len(), usize::from(seconds != 2));
        prop_assert!(changes.iter().all(|change| change.starts_with("monitor.interval: \"2s\" -> ")));
    }
}

#[test]
fn a_default_that_is_written_out_and_another_spelling_do_not_change_the_hash() {
    let plain = right(examples::MINIMAL);
    let written = [
        "rescue_attempts = 1\nrescue_hold_down = \"60s\"\ntrigger = \"any\"\nwhen_limited = \"run\"",
        "rescue_attempts = 0x1\nrescue_hold_down = \"60000ms\"",
    ];
    for same in written {
        let text = examples::MINIMAL.replace("[components.app]", &format!("[components.app]\n{same}"));
        assert_eq!(right(&text).hash, plain.hash, "{same}");
    }
    let policy = "mode = \"observe-only\"\nafter = \"limited\"\nquiet = \"60m\"";
    assert_eq!(right(&examples::MINIMAL.replace("mode = \"observe-only\"", policy)).hash, plain.hash);
    for same in ["[monitor]\ninterval = \"2000ms\"", "[monitor]\njournal_segment = \"8192KiB\"\njournal_segments = 0x10", "[ssh]"] {
        assert_eq!(right(&minimal_and(same)).hash, plain.hash, "{same}");
    }
    assert_eq!(plain.hash.len(), 64);
    let turned = examples::DATAMOVER.replace("[\"broker\", \"transfer\"]", "[\"transfer\", \"broker\"]");
    assert_ne!(turned, examples::DATAMOVER);
    assert_eq!(right(&turned).hash, right(examples::DATAMOVER).hash);
}

#[test]
fn hosts_that_come_and_go_are_named_by_key() {
    let (before, after) = (right(&minimal_and("[hosts.x]\nport = 22")), right(&minimal_and("[hosts.y]\nuser = \"root\"")));
    let changes: Vec<String> = diff(&before, &after).iter().map(ToString::to_string).collect();
    assert!(changes.contains(&"hosts.x.port: removed, was 22".to_owned()), "{changes:?}");
    assert!(changes.contains(&"hosts.y.user: added, \"root\"".to_owned()), "{changes:?}");
}

#[test]
fn the_largest_cluster_is_checked_in_seconds() {
    let hosts = "[cluster]\nname = \"big\"\nprimary = \"n\"\nsecondary = \"s\"\n[hosts.a]\nsite = \"n\"\n[hosts.b]\nsite = \"s\"\n";
    let component = |n: usize| {
        let after = if n.is_multiple_of(10) { String::new() } else { format!("after = [\"c{}\"]\n", n - 1) };
        let place = |side: &str, host: &str| format!("{side} = {{ host = \"{host}\", unit = \"c{n}.service\" }}\n");
        format!("[components.c{n}]\n{after}{}{}", place("primary", "a"), place("secondary", "b"))
    };
    let text = hosts.to_owned() + &(0..20_000).map(component).collect::<String>();
    let begun = std::time::Instant::now();
    assert_eq!(right(&text).cluster.components.len(), 20_000);
    assert!(begun.elapsed().as_secs() < 20, "this took {:?}", begun.elapsed());
}
