//! The user's settings file: TOML, read once at the start. Every mistake is told, with what to write instead.

use super::{ForCluster, Notify, Settings};
use crate::console::keymap::KeyMap;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The largest file that is read, in bytes.
const LARGEST: u64 = 256 * 1024;

/// The keys at the top of the file.
const KEYS: &[&str] = &[
    "ascii",
    "borders",
    "clusters",
    "colours",
    "keys",
    "mouse",
    "notify",
    "read_only",
    "reduced_motion",
    "synchronized",
    "theme",
    "title",
    "utc",
];

/// What is wrong with a settings file, all of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}:\n  {}", .path.display(), .list.join("\n  "))]
pub struct Mistakes {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, a line each.
    pub list: Vec<String>,
}

/// Reads the settings at `path` over the defaults; where there is no file and it was not `named`, the defaults hold.
///
/// # Errors
/// Everything that is wrong with it.
pub fn load(path: &Path, named: bool) -> Result<Settings, Mistakes> {
    let wrong = |list| Mistakes { path: path.to_owned(), list };
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(Settings::default()),
        Err(error) => return Err(wrong(vec![format!("it cannot be read: {error}")])),
    };
    let mut text = String::new();
    let read = std::io::Read::read_to_string(&mut std::io::Read::take(file, LARGEST + 1), &mut text);
    match read {
        Err(error) => return Err(wrong(vec![format!("it cannot be read: {error}")])),
        Ok(length) if length as u64 > LARGEST => return Err(wrong(vec![format!("it is larger than {LARGEST} bytes")])),
        Ok(_) => {}
    }
    parse(&text).map_err(wrong)
}

/// The settings that a text means.
fn parse(text: &str) -> Result<Settings, Vec<String>> {
    let table: Table = text.parse().map_err(|error: toml::de::Error| vec![error.to_string().trim().to_owned()])?;
    let mut settings = Settings::default();
    let mut read = Reader { table: &table, prefix: String::new(), mistakes: Vec::new() };
    read.unknown(KEYS);
    read.flag("ascii", &mut settings.ascii);
    read.flag("borders", &mut settings.borders);
    read.flag("mouse", &mut settings.mouse);
    read.flag("read_only", &mut settings.read_only);
    read.flag("reduced_motion", &mut settings.reduced_motion);
    read.flag("synchronized", &mut settings.synchronized);
    read.flag("title", &mut settings.title);
    read.flag("utc", &mut settings.utc);
    if let Some(theme) = read.text("theme") {
        settings.theme = theme;
    }
    if let Some(colours) = read.text("colours") {
        match colours.parse() {
            Ok(colours) => settings.colours = Some(colours),
            Err(_) => read.wrong("colours", &colours, "none, 16, 256 or true"),
        }
    }
    match read.text("notify").as_deref() {
        None => {}
        Some("off") => settings.notify = Notify::Off,
        Some("bell") => settings.notify = Notify::Bell,
        Some("osc") => settings.notify = Notify::Osc,
        Some(other) => read.wrong("notify", other, "off, bell or osc"),
    }
    let mut mistakes = read.mistakes;
    match KeyMap::with(&keys(&table, &mut mistakes)) {
        Ok(keys) => settings.keys = keys,
        Err(problems) => mistakes.extend(problems),
    }
    settings.clusters = clusters(&table, &mut mistakes);
    if mistakes.is_empty() { Ok(settings) } else { Err(mistakes) }
}

struct Reader<'a> {
    table: &'a Table,
    prefix: String,
    mistakes: Vec<String>,
}

impl Reader<'_> {
    fn unknown(&mut self, known: &[&str]) {
        for key in self.table.keys().filter(|key| !known.contains(&key.as_str())) {
            self.mistakes.push(format!("{}{key}: there is no such key; there are {}", self.prefix, known.join(", ")));
        }
    }

    fn wrong(&mut self, key: &str, found: &str, instead: &str) {
        self.mistakes.push(format!("{}{key}: {found:?} is not understood; write {instead}", self.prefix));
    }

    fn flag(&mut self, key: &str, into: &mut bool) {
        match self.table.get(key) {
            None => {}
            Some(Value::Boolean(value)) => *into = *value,
            Some(other) => self.wrong(key, &other.to_string(), "true or false"),
        }
    }

    fn text(&mut self, key: &str) -> Option<String> {
        match self.table.get(key) {
            None => None,
            Some(Value::String(value)) => Some(value.clone()),
            Some(other) => {
                self.wrong(key, &other.to_string(), "a text between quotes");
                None
            }
        }
    }
}

fn keys(table: &Table, mistakes: &mut Vec<String>) -> BTreeMap<String, Vec<String>> {
    let Some(value) = table.get("keys") else { return BTreeMap::new() };
    let Some(keys) = value.as_table() else {
        mistakes.push("keys: write a table, such as [keys] with zoom = [\"z\"] below it".to_owned());
        return BTreeMap::new();
    };
    let mut read = BTreeMap::new();
    for (name, value) in keys {
        let list = match value {
            Value::String(key) => Some(vec![key.clone()]),
            Value::Array(list) => list.iter().map(|key| key.as_str().map(str::to_owned)).collect(),
            _ => None,
        };
        match list {
            Some(list) => drop(read.insert(name.clone(), list)),
            None => mistakes.push(format!("keys.{name}: write a list of keys, such as [\"z\", \"ctrl-d\"]")),
        }
    }
    read
}

fn clusters(table: &Table, mistakes: &mut Vec<String>) -> BTreeMap<String, ForCluster> {
    let Some(value) = table.get("clusters") else { return BTreeMap::new() };
    let Some(clusters) = value.as_table() else {
        mistakes.push("clusters: write a table a cluster, such as [clusters.shop] with label = \"production\" below it".to_owned());
        return BTreeMap::new();
    };
    let mut read_all = BTreeMap::new();
    for (name, value) in clusters {
        let Some(table) = value.as_table() else {
            mistakes.push(format!("clusters.{name}: write it as a table, [clusters.{name}]"));
            continue;
        };
        let mut read = Reader { table, prefix: format!("clusters.{name}."), mistakes: Vec::new() };
        read.unknown(&["accent", "label", "read_only", "theme"]);
        let mut of = ForCluster { label: read.text("label"), accent: read.text("accent"), theme: read.text("theme"), read_only: false };
        read.flag("read_only", &mut of.read_only);
        mistakes.append(&mut read.mistakes);
        read_all.insert(name.clone(), of);
    }
    read_all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::theme::Colours;

    #[test]
    fn everything_that_is_written_holds() {
        let text = r##"
            theme = "light"
            colours = "256"
            ascii = true
            notify = "osc"
            [keys]
            zoom = ["Z"]
            [clusters.shop]
            label = "PRODUCTION"
            accent = "#ff8800"
            read_only = true
        "##;
        let settings = parse(text).unwrap();
        assert!(settings.ascii && settings.borders && settings.theme == "light" && settings.notify == Notify::Osc);
        assert_eq!(settings.colours, Some(Colours::Ansi256));
        assert_eq!(settings.clusters["shop"].label.as_deref(), Some("PRODUCTION"));
        assert!(settings.clusters["shop"].read_only);
    }

    #[test]
    fn the_example_of_the_readme_holds() {
        let readme = include_str!("../../../README.md");
        let example = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
        let settings = parse(example).unwrap();
        assert_eq!((settings.theme.as_str(), settings.clusters["shop"].label.as_deref()), ("light", Some("PRODUCTION")));
    }

    #[test]
    fn every_mistake_is_told_with_what_to_write() {
        let text = "theem = 1\nascii = \"yes\"\nnotify = \"loud\"\ncolours = \"many\"\n[keys]\nzoom = 3\nfly = [\"b\"]\n[clusters.shop]\nlabl = \"x\"\n";
        let mistakes = parse(text).unwrap_err();
        for said in ["theem", "ascii", "notify", "colours", "keys.zoom", "keys.fly", "clusters.shop.labl"] {
            assert!(mistakes.iter().any(|mistake| mistake.contains(said)), "{said}: {mistakes:?}");
        }
    }

    #[test]
    fn a_file_that_was_named_must_be_there() {
        let path = Path::new("/nonexistent/console.toml");
        assert_eq!(load(path, false).unwrap(), Settings::default());
        assert!(load(path, true).is_err());
    }
}
