//! What no file of the project may contain: folders of one developer's machine, and package registries by host name.

use crate::tree::{self, Source};

/// The forbidden words, in two halves so that this file does not contain them.
const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("../sha", "red", "a folder outside of the project"),
    ("/wo", "rk/", "a folder of one machine"),
    ("/ro", "ot/", "a folder of one machine"),
    ("deb.deb", "ian.org", "a package registry by its host name"),
    ("static.cra", "tes.io", "a package registry by its host name"),
    ("index.cra", "tes.io", "a package registry by its host name"),
    ("py", "pi.org", "a package registry by its host name"),
    ("registry.np", "mjs.org", "a package registry by its host name"),
];

/// Homes of people, with any name.
const HOME: (&str, &str) = ("/ho", "me/");

fn complaints(file: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let at = format!("{}:{}", file.path, number + 1);
        for (head, tail, why) in FORBIDDEN {
            let word = format!("{head}{tail}");
            found.extend(line.contains(&word).then(|| format!("{at}: {word}: {why}")));
        }
        let home = format!("{}{}", HOME.0, HOME.1);
        let mut homes = line.match_indices(&home).map(|(from, _)| &line[from + home.len()..]);
        found.extend(homes.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase())).then(|| format!("{at}: somebody's home")));
    }
    found
}

#[test]
fn no_file_names_one_machine_or_a_registry_host() {
    // The lock file names the registry that cargo knows by itself.
    let files = tree::texts().into_iter().filter(|file| file.path != "Cargo.lock");
    let found: Vec<String> = files.flat_map(|file| complaints(&file)).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn each_forbidden_word_is_found() {
    let file = |text: String| Source { path: "README.md".to_owned(), text };
    for (head, tail, _) in FORBIDDEN {
        assert_eq!(complaints(&file(format!("fine\nsee {head}{tail} there"))).len(), 1, "{head}{tail}");
    }
    assert_eq!(complaints(&file(format!("in {}{}alice/x", HOME.0, HOME.1))).len(), 1);
    assert_eq!(complaints(&file("/etc/switchtower /var/lib/switchtower /usr /tmp /proc HOME=/root".to_owned())), Vec::<String>::new());
}
