//! Medians and ratios, and the table that shows them. Says what was measured and judges nothing by an exit code.

use std::time::Duration;

/// The figures of one case, in the unit of their table.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    values: Vec<f64>,
    loads: Vec<f64>,
}

impl Sample {
    /// One more figure; the machine's load is noted with it.
    pub fn add(&mut self, value: f64) {
        self.values.push(value);
        self.loads.push(load());
    }

    /// One more time, in milliseconds.
    pub fn add_time(&mut self, time: Duration) {
        self.add(time.as_secs_f64() * 1e3);
    }

    /// The middle one; none where there is no figure.
    pub fn median(&self) -> Option<f64> {
        median(&self.values)
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(f64::midpoint(sorted[middle - 1], sorted[middle])),
    }
}

/// The load average of the last minute.
fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(f64::NAN)
}

/// A table of cases that are compared with each other.
#[derive(Debug)]
pub struct Table {
    unit: &'static str,
    rows: Vec<(String, Sample)>,
    lines: Vec<String>,
}

impl Table {
    /// An empty one; says which benchmark begins, and how it was built.
    pub fn new(title: &str, unit: &'static str) -> Self {
        let build = if cfg!(debug_assertions) { "a debug build: our figures are too high" } else { "an optimised build" };
        println!("{title}\n({build}; {} CPUs)", std::thread::available_parallelism().map_or(0, usize::from));
        Self { unit, rows: Vec::new(), lines: Vec::new() }
    }

    /// A finished case; shown at once on standard error, since the whole takes minutes.
    pub fn row(&mut self, name: &str, sample: Sample) {
        match sample.median() {
            Some(median) => eprintln!("  {name}: {median:.3} {}", self.unit),
            None => eprintln!("  {name}: nothing was measured"),
        }
        self.rows.push((name.to_owned(), sample));
    }

    /// A line below the table.
    pub fn say(&mut self, line: String) {
        self.lines.push(line);
    }

    /// How the median of a row stands to its target.
    pub fn target(&mut self, row: &str, most: f64) {
        let Some(median) = self.median(row) else { return };
        let word = if median < most { "met" } else { "MISSED" };
        self.say(format!("target: {row}, median < {most} {}: {word}", self.unit));
    }

    /// How many times the first row's median the second one's is.
    pub fn ratio(&mut self, ours: &str, theirs: &str) {
        let (Some(a), Some(b)) = (self.median(ours), self.median(theirs)) else { return };
        self.say(format!("ratio: {theirs} takes {:.2} times as much as {ours}", b / a));
    }

    fn median(&self, row: &str) -> Option<f64> {
        self.rows.iter().find(|(name, _)| name == row)?.1.median()
    }

    /// Shows everything.
    pub fn show(&self) {
        let width = self.rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0).max(4);
        println!("{:<width$}  {:>3} {:>11} {:>11} {:>11}  {:>5}", "case", "n", "median", "min", "max", "load");
        for (name, sample) in &self.rows {
            let Some(median) = sample.median() else {
                println!("{name:<width$}  {:>3} {:>11}", 0, "-");
                continue;
            };
            let (least, most) = sample.values.iter().fold((f64::MAX, f64::MIN), |(a, b), v| (a.min(*v), b.max(*v)));
            let shown = [median, least, most].map(|value| self.figure(value));
            let busy = self::median(&sample.loads).unwrap_or(f64::NAN);
            println!("{name:<width$}  {:>3} {:>11} {:>11} {:>11}  {busy:>5.2}", sample.values.len(), shown[0], shown[1], shown[2]);
        }
        for line in &self.lines {
            println!("{line}");
        }
    }

    fn figure(&self, value: f64) -> String {
        let digits = if value.abs() < 10.0 { 3 } else { 1 };
        format!("{value:.digits$} {}", self.unit)
    }
}
