//! Keys by name, and what each of them does: the table of actions, with what the user's settings change.

use super::action::{Action, TABLE};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::BTreeMap;

/// A key as it is written: `q`, `G`, `ctrl-d`, `shift-tab`, `enter`, `f1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub struct Key {
    /// Which; a letter with shift is the capital letter.
    pub code: KeyCode,
    /// With the control key.
    pub ctrl: bool,
}

/// Names of keys that have no letter.
const NAMED: &[(&str, KeyCode)] = &[
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
];

impl Key {
    /// What was pressed; `None` where a modifier is held that many terminals do not send.
    #[must_use]
    pub fn of(event: &KeyEvent) -> Option<Self> {
        let ctrl = event.modifiers.contains(KeyModifiers::CONTROL);
        if event.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::META | KeyModifiers::SUPER | KeyModifiers::HYPER) {
            return None;
        }
        match event.code {
            KeyCode::Char(c) if ctrl && event.modifiers.contains(KeyModifiers::SHIFT) => {
                let _ = c;
                None
            }
            KeyCode::Char(c) if ctrl => Some(Self { code: KeyCode::Char(c.to_ascii_lowercase()), ctrl }),
            code => Some(Self { code, ctrl }),
        }
    }

    /// The key that is written so.
    ///
    /// # Errors
    /// Why it is none, and how keys are written.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no key; keys are written as q, G, ctrl-d, shift-tab, enter, esc, space, up, pagedown or f1");
        let (ctrl, rest) = text.strip_prefix("ctrl-").map_or((false, text), |rest| (true, rest));
        let code = if let Some((_, code)) = NAMED.iter().find(|(name, _)| *name == rest) {
            *code
        } else if let Some(n) = rest.strip_prefix('f').and_then(|n| n.parse::<u8>().ok()).filter(|n| (1..=12).contains(n)) {
            KeyCode::F(n)
        } else {
            let mut chars = rest.chars();
            match (chars.next(), chars.next()) {
                (Some(c), None) if !c.is_control() => KeyCode::Char(c),
                _ => return Err(wrong()),
            }
        };
        match code {
            // Terminals send a letter with control the same with and without shift.
            KeyCode::Char(c) if ctrl && !c.is_ascii_lowercase() => Err(wrong()),
            // These two are enter and tab to every terminal.
            KeyCode::Char('m' | 'i') if ctrl => Err(wrong()),
            code => Ok(Self { code, ctrl }),
        }
    }
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match (NAMED.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(c)) => write!(f, "{c}"),
            (None, KeyCode::F(n)) => write!(f, "f{n}"),
            (None, _) => f.write_str("another key"),
        }
    }
}

/// What each key does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyMap {
    keys: Vec<(Key, Action)>,
}

impl Default for KeyMap {
    fn default() -> Self {
        let keys = TABLE.iter().flat_map(|entry| entry.keys.iter().filter_map(|key| Some((Key::parse(key).ok()?, entry.action))));
        Self { keys: keys.collect() }
    }
}

impl KeyMap {
    /// The table with the keys of some actions replaced, by their names.
    ///
    /// # Errors
    /// Every problem: an action that is none, a key that is none, a key that would do two things.
    pub fn with(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, Vec<String>> {
        let (mut map, mut problems) = (Self::default(), Vec::new());
        for (name, keys) in changes {
            let Some(entry) = TABLE.iter().find(|entry| entry.name == name) else {
                let known = TABLE.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ");
                problems.push(format!("keys.{name}: there is no such action; there are {known}"));
                continue;
            };
            map.keys.retain(|(_, action)| *action != entry.action);
            for key in keys {
                match Key::parse(key) {
                    Ok(key) => map.keys.push((key, entry.action)),
                    Err(why) => problems.push(format!("keys.{name}: {why}")),
                }
            }
        }
        for (at, (key, action)) in map.keys.iter().enumerate() {
            // Those of a replay go before all others there, and are nothing elsewhere.
            let alike = |other: &Action| other.is_of_replay() == action.is_of_replay();
            if let Some((_, other)) = map.keys.iter().skip(at + 1).find(|(k, other)| k == key && alike(other)) {
                problems.push(format!("keys: {key} would do two things, {} and {}", name(*action), name(*other)));
            }
        }
        for (key, action) in &map.keys {
            let everywhere = matches!(action, Action::Suspend | Action::Redraw | Action::Save | Action::Interrupt);
            if everywhere && !key.ctrl && !matches!(key.code, KeyCode::F(_)) {
                problems.push(format!(
                    "keys.{}: {key} is typed or has its meaning in dialogs; take one with ctrl- or f1 to f12",
                    name(*action)
                ));
            }
        }
        for action in [Action::Quit, Action::Close, Action::Help] {
            if map.key(action).is_none() {
                problems.push(format!("keys.{}: it needs a key, or nobody finds the way out", name(action)));
            }
        }
        if problems.is_empty() { Ok(map) } else { Err(problems) }
    }

    /// What `key` does while no record is played.
    #[must_use]
    pub fn action(&self, key: Key) -> Option<Action> {
        self.keys.iter().find(|(k, action)| *k == key && !action.is_of_replay()).map(|(_, action)| *action)
    }

    /// What `key` does while a record is played.
    #[must_use]
    pub fn action_in_replay(&self, key: Key) -> Option<Action> {
        let own = self.keys.iter().find(|(k, action)| *k == key && action.is_of_replay()).map(|(_, action)| *action);
        own.or_else(|| self.action(key))
    }

    /// The key that is shown for `action`.
    #[must_use]
    pub fn key(&self, action: Action) -> Option<Key> {
        self.keys.iter().find(|(_, a)| *a == action).map(|(key, _)| *key)
    }

    /// All keys of `action`.
    pub fn keys(&self, action: Action) -> impl Iterator<Item = Key> + '_ {
        self.keys.iter().filter(move |(_, a)| *a == action).map(|(key, _)| *key)
    }
}

fn name(action: Action) -> &'static str {
    super::action::entry_of(action).map_or("?", |entry| entry.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_can_be_written_and_read() {
        for key in TABLE.iter().flat_map(|entry| entry.keys) {
            assert_eq!(Key::parse(key).unwrap().to_string(), *key);
        }
    }

    #[test]
    fn keys_that_terminals_do_not_send_are_refused() {
        for text in ["", "alt-x", "ctrl-D", "ctrl-m", "ctrl-shift-x", "f13", "xy", "ctrl-"] {
            assert!(Key::parse(text).is_err(), "{text}");
        }
        let alt = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::ALT);
        assert_eq!(Key::of(&alt), None);
    }

    #[test]
    fn keys_are_changed_by_name_and_every_mistake_is_told() {
        let change = |list: &[(&str, &[&str])]| {
            let list = list.iter().map(|(name, keys)| ((*name).to_owned(), keys.iter().map(|k| (*k).to_owned()).collect()));
            KeyMap::with(&list.collect())
        };
        let map = change(&[("zoom", &["Z"])]).unwrap();
        assert_eq!(map.action(Key::parse("Z").unwrap()), Some(Action::Zoom));
        assert_eq!(map.action(Key::parse("z").unwrap()), None);
        let problems = change(&[("zoom", &["q"]), ("fly", &["b"]), ("help", &[])]).unwrap_err();
        assert_eq!(problems.len(), 3, "{problems:?}");
        let problems = change(&[("save", &["s"]), ("sort", &["b"])]).unwrap_err();
        assert!(problems.len() == 1 && problems[0].contains("keys.save"), "a letter of a word that is typed must not do it: {problems:?}");
        assert!(change(&[("save", &["f2"])]).is_ok());
    }
}
