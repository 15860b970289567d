//! A page of figures for Prometheus, read as strictly as a checker does.

use std::collections::{BTreeMap, BTreeSet};

/// The values of a page, by series as they are written.
#[derive(Debug)]
pub struct Page(BTreeMap<String, f64>);

impl Page {
    /// Reads a page; panics at the first thing that is not as the format wants it.
    #[track_caller]
    pub fn read(text: &str) -> Self {
        let (mut types, mut described, mut values) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
        let mut done: BTreeSet<String> = BTreeSet::new();
        let mut family = String::new();
        assert!(text.ends_with('\n'), "the last line has no end");
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(rest) = line.strip_prefix("# HELP ") {
                let (name, words) = rest.split_once(' ').unwrap_or_else(|| panic!("no words: {line}"));
                assert!(is_name(name) && !words.is_empty() && described.insert(name.to_owned()), "{line}");
            } else if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').unwrap();
                assert!(matches!(kind, "counter" | "gauge" | "histogram"), "{line}");
                assert!(types.insert(name.to_owned(), kind.to_owned()).is_none() && described.contains(name), "{line}");
                assert!(kind != "counter" || name.ends_with("_total"), "{line}");
            } else {
                let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
                let name = series.split('{').next().unwrap();
                let of = family_of(name, &types).unwrap_or_else(|| panic!("no type stands before {line}"));
                if of != family {
                    assert!(done.insert(of.clone()), "{of} stands in two places");
                    family = of;
                }
                assert!(is_name(name) && labels_fit(&series[name.len()..]), "{line}");
                let value: f64 = value.parse().unwrap_or_else(|_| panic!("no number: {line}"));
                assert!(value.is_finite() && values.insert(series.to_owned(), value).is_none(), "{line}");
            }
        }
        Self(values)
    }

    /// A value.
    #[track_caller]
    pub fn is(&self, series: &str) -> f64 {
        *self.0.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.0))
    }

    /// Whether it is there at all.
    pub fn has(&self, series: &str) -> bool {
        self.0.contains_key(series)
    }

    /// The names of all series.
    pub fn series(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with("switchtower_") && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn family_of(name: &str, types: &BTreeMap<String, String>) -> Option<String> {
    if types.get(name).is_some_and(|kind| kind != "histogram") {
        return Some(name.to_owned());
    }
    let of = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end))?;
    types.get(of).filter(|kind| *kind == "histogram").map(|_| of.to_owned())
}

/// `{name="value",...}`, or nothing.
fn labels_fit(labels: &str) -> bool {
    let Some(inside) = labels.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else { return labels.is_empty() };
    inside.split(',').all(|label| {
        label.split_once('=').is_some_and(|(name, value)| {
            let quoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
            let plain = quoted.is_some_and(|value| value.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\'));
            plain && name.bytes().all(|b| b.is_ascii_lowercase())
        })
    })
}
