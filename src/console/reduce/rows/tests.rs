use super::*;
use crate::console::event::{Event, LinkEvent};
use crate::console::ui::testing::{Stage, well};
use crate::core::fact;
use crate::core::health::{Health, Judged};
use crate::core::model::{ComponentName, HostName, Mode};
use crate::wire::{ChangesView, ComponentView, HostView, Known, StatusView};
use proptest::prelude::*;

/// The shop with so many components and hosts more.
fn shop(components: usize, hosts: usize) -> StatusView {
    let mut status = well();
    let (component, host) = (status.components[0].clone(), status.hosts[0].clone());
    let name = |n: usize| ComponentName::new(format!("zc{n:05}")).unwrap();
    status.components.extend((0..components).map(|n| ComponentView { name: name(n), ..component.clone() }));
    let name = |n: usize| HostName::new(format!("zh{n:04}")).unwrap();
    status.hosts.extend((0..hosts).map(|n| HostView { name: name(n), ..host.clone() }));
    status
}

/// What is told where this is new.
fn told(status: &StatusView, components: Vec<ComponentView>, hosts: Vec<HostView>) -> Event {
    let known = Known { life: 1, number: 2, clock_ms: 0, from: None };
    let status = StatusView { components, hosts, readiness: None, troubles: Vec::new(), ..status.clone() };
    let changes = ChangesView { known, elapsed_ms: 1_000, whole: false, same_readiness: true, same_troubles: true, status };
    Event::Link(LinkEvent::Changed(Box::new(changes)))
}

/// The component in one of a few ways to be.
fn turned(component: &ComponentView, way: u8) -> ComponentView {
    let mut component = component.clone();
    let placement = &mut component.placements[0];
    match way {
        0 => (placement.observed, placement.state, placement.agrees) = (Some(Mode::Stopped), fact::State::Failed, false),
        1 => placement.since_ms = Some(u64::from(way)),
        2 => placement.age_ms = Some(3_000),
        3 => placement.health = Some(Judged { health: Health::Unknown, why: "nobody has looked".into() }),
        4 => component.kind = Some("something with a long name".into()),
        _ => (placement.observed, placement.state, placement.agrees) = (Some(Mode::Active), fact::State::Active, true),
    }
    component
}

fn host(host: &HostView, way: u8) -> HostView {
    HostView { answers: Some(way != 0), age_ms: Some(u64::from(way) * 100), ..host.clone() }
}

#[test]
fn of_ten_thousand_components_only_those_are_made_again_that_something_is_new_about() {
    let status = shop(10_000, 500);
    let mut stage = Stage::new(200, 50).up(status.clone());
    let all = status.components.len() + status.hosts.len() + 1;
    assert_eq!((stage.state.health.made, stage.state.rows().len()), (all, all));
    for quiet in 1..=10 {
        stage.event(told(&status, Vec::new(), Vec::new()));
        assert_eq!(stage.state.health.made, all + quiet, "the row of the cluster alone");
    }
    let before = stage.state.health.made;
    let bad = [7, 4_000, 9_999].map(|n| turned(&status.components[n], 0));
    stage.event(told(&status, bad.to_vec(), vec![host(&status.hosts[400], 1)]));
    assert_eq!(stage.state.health.made - before, 5, "three components, a host, the cluster");
    let first: Vec<String> = stage.state.rows().iter().take(3).map(|row| row.object.to_string()).collect();
    assert_eq!(first, bad.map(|c| c.name.to_string()), "what must be seen stands first");
}

#[test]
fn what_is_placed_on_a_host_that_falls_silent_is_made_again_though_it_is_not_listed() {
    let status = shop(100, 0);
    let mut stage = Stage::new(200, 50).up(status.clone());
    stage.press(&["p"]);
    assert_eq!(stage.state.rows(), []);
    let a1 = status.hosts.iter().find(|host| host.name.as_str() == "a1").unwrap();
    stage.event(told(&status, Vec::new(), vec![host(a1, 0)]));
    let on_a1 = status.components.iter().filter(|c| c.placements.iter().any(|p| p.host == a1.name)).count();
    assert_eq!(stage.state.rows().len(), on_a1 + 1, "they, and the host itself");
}

#[test]
fn how_long_something_has_been_so_grows_while_it_is_not_listed() {
    let status = shop(3, 0);
    let mut stage = Stage::new(200, 50).up(status.clone());
    let row = |stage: &Stage, n: usize| stage.state.picture.as_ref().unwrap().component_row(n).unwrap();
    let since = |stage: &Stage, n: usize| stage.state.picture.as_ref().unwrap().since(&row(stage, n)).unwrap();
    let before = since(&stage, 0);
    stage.event(told(&status, vec![turned(&status.components[1], 1)], Vec::new()));
    stage.event(told(&status, Vec::new(), Vec::new()));
    assert_eq!(since(&stage, 0), before + 2_000);
    assert_eq!(since(&stage, 1), 1 + 1_000, "it began anew when it was told, a second before the last picture");
    let object = row(&stage, 0).object;
    assert_eq!(stage.state.picture.as_ref().unwrap().longer(&object), 2_000);
    stage.event(Event::Link(LinkEvent::Picture(Box::new(status))));
    assert_eq!(since(&stage, 0), before, "a whole picture says it itself");
}

proptest! {
    #[test]
    fn what_is_made_again_piece_by_piece_is_what_is_made_at_once(
        sort in 0usize..SortBy::ALL.len(),
        reverse: bool,
        problems: bool,
        filter in prop::sample::select(vec!["", "zc", "!zc0", "failed", "silent", "long"]),
        rounds in prop::collection::vec((prop::collection::vec((0usize..44, 0u8..6), 0..6), prop::option::of((0usize..6, 0u8..2)), 0usize..60), 1..8),
    ) {
        let status = shop(40, 3);
        let mut stage = Stage::new(120, 40).up(status.clone());
        let health = &mut stage.state.health;
        (health.sort, health.reverse, health.problems) = (SortBy::ALL[sort], reverse, problems);
        health.filter.text = filter.to_owned();
        make(&mut stage.state);
        for (components, hosts, select) in rounds {
            if let Some(row) = stage.state.rows().get(select) {
                stage.state.health.selected = Some(row.object.clone());
            }
            let (was, before) = (stage.state.health.selected.clone(), stage.state.rows().to_vec());
            let components = components.into_iter().filter_map(|(n, way)| Some(turned(status.components.get(n)?, way))).collect();
            let hosts = hosts.into_iter().filter_map(|(n, way)| Some(host(status.hosts.get(n)?, way))).collect();
            stage.event(told(&status, components, hosts));
            let health = |stage: &Stage| (stage.state.health.selected.clone(), stage.state.health.widths, stage.state.health.total);
            let (pieces, so_far) = (stage.state.rows().to_vec(), health(&stage));
            make(&mut stage.state);
            prop_assert_eq!(&pieces, &stage.state.rows());
            prop_assert_eq!(&so_far, &health(&stage));
            let stays = was.is_none() || pieces.iter().any(|row| Some(&row.object) == was.as_ref());
            let at = before.iter().position(|row| Some(&row.object) == was.as_ref()).unwrap_or(0);
            let expected = if stays && was.is_some() { was } else { beside(&pieces, at) };
            prop_assert_eq!(so_far.0, expected);
        }
    }
}
