use super::super::{Arrangement, HostName, Placement, Rescue, Service, Timeouts, Trigger, UnitName, Wanted};
use super::*;

fn host(name: &str, side: Side) -> Host {
    Host { name: HostName::new(name).unwrap(), side: Some(side), fence: None }
}

fn component(name: &str, after: &[&str]) -> Component {
    let place = |host: &str| Placement {
        host: HostName::new(host).unwrap(),
        service: Service::Systemd(UnitName::new(format!("{name}.service")).unwrap()),
    };
    Component {
        name: ComponentName::new(name).unwrap(),
        kind: None,
        group: None,
        arrangement: Arrangement::Exclusive(PerSide { primary: place("a1"), secondary: place("b1") }),
        after: after.iter().map(|d| ComponentName::new(*d).unwrap()).collect(),
        timeouts: Timeouts::default(),
        point_of_no_return: false,
        trigger: Trigger::Any,
        rescue: Rescue::default(),
        acceptance: None,
        stops_when_limited: false,
    }
}

fn cluster(components: Vec<Component>) -> Result<Cluster, Vec<Defect>> {
    let sites = PerSide { primary: SiteName::new("north").unwrap(), secondary: SiteName::new("south").unwrap() };
    let hosts = [host("a1", Side::Primary), host("b1", Side::Secondary)];
    Cluster::new(ClusterName::new("c").unwrap(), sites, hosts, components)
}

#[test]
fn a_circle_of_dependencies_is_named_whole() {
    let defects =
        cluster(vec![component("a", &["b"]), component("b", &["c"]), component("c", &["a"]), component("d", &["a"])]).unwrap_err();
    let text = defects[0].to_string();
    assert!(text.contains("a -> b -> c -> a"), "{text}");
}

#[test]
fn every_defect_is_reported_at_once() {
    let mut stray = component("stray", &["nowhere"]);
    if let Arrangement::Exclusive(sides) = &mut stray.arrangement {
        sides.primary.host = HostName::new("a9").unwrap();
        sides.secondary.host = HostName::new("a1").unwrap();
    }
    let mut twin = component("twin", &[]);
    twin.arrangement = component("first", &[]).arrangement;
    let defects = cluster(vec![component("first", &[]), stray, twin]).unwrap_err();
    let kinds = |pick: fn(&Defect) -> bool| defects.iter().filter(|d| pick(d)).count();
    assert_eq!(kinds(|d| matches!(d, Defect::UnknownDependency { .. })), 1, "{defects:?}");
    assert_eq!(kinds(|d| matches!(d, Defect::UnknownHost { .. })), 1, "{defects:?}");
    assert_eq!(kinds(|d| matches!(d, Defect::WrongSide { .. })), 1, "{defects:?}");
    assert_eq!(kinds(|d| matches!(d, Defect::SharedService { .. })), 2, "{defects:?}");
}

#[test]
fn the_mode_of_a_placement_follows_from_the_active_side() {
    let c = component("x", &[]);
    assert_eq!(c.mode_when(Side::Primary, Wanted::Active(Side::Primary)), Some(super::super::Mode::Active));
    assert_eq!(c.mode_when(Side::Secondary, Wanted::Active(Side::Primary)), Some(super::super::Mode::Stopped));
    assert_eq!(c.mode_when(Side::Primary, Wanted::Stopped), Some(super::super::Mode::Stopped));
    let good = cluster(vec![c]).unwrap();
    assert_eq!(good.side_of("south"), Some(Side::Secondary));
    assert_eq!(good.side_of("east"), None);
}
