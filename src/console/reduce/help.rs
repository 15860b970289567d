//! Keys of the help: it scrolls, it is searched, and it closes. Nothing else.

use super::nav;
use crate::console::action::Action;
use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::{HelpState, Layer, State};
use crate::console::ui;
use crossterm::event::KeyCode;

pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    let action = state.settings.keys.action(key);
    let Some(Layer::Help(help)) = state.layers.last_mut() else { return Vec::new() };
    if help.typing {
        typed(help, key);
        return Vec::new();
    }
    match action {
        Some(Action::Close) if !help.query.value().is_empty() => *help = HelpState::default(),
        Some(Action::Close | Action::Quit | Action::Help) => drop(state.layers.pop()),
        Some(Action::Filter) => help.typing = true,
        Some(action) => scroll(state, action),
        None => {}
    }
    Vec::new()
}

fn typed(help: &mut HelpState, key: Key) {
    match (key.code, key.ctrl) {
        (KeyCode::Enter, false) => help.typing = false,
        (KeyCode::Esc, false) => *help = HelpState::default(),
        _ => {
            super::edit(&mut help.query, key);
            help.scroll = 0;
        }
    }
}

/// Scrolls by what a list is moved by.
pub(super) fn scroll(state: &mut State, action: Action) {
    let Some(Layer::Help(help)) = state.layers.last() else { return };
    let (rest, page) = ui::help_rest(state, help);
    let to = nav::moved(Some(help.scroll.min(rest)), rest + 1, page.max(1), action).unwrap_or(0);
    if let Some(Layer::Help(help)) = state.layers.last_mut() {
        help.scroll = to;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::settings::Settings;
    use crate::console::state::Size;

    fn press(state: &mut State, keys: &[&str]) {
        for name in keys {
            super::key(state, Key::parse(name).unwrap());
        }
    }

    fn help(state: &State) -> Option<(&str, usize)> {
        match state.layers.last() {
            Some(Layer::Help(help)) => Some((help.query.value(), help.scroll)),
            _ => None,
        }
    }

    #[test]
    fn the_help_scrolls_is_searched_and_closes() {
        let mut state = State::new(Settings::default(), Size { cols: 80, rows: 24 }, jiff::Timestamp::UNIX_EPOCH);
        state.layers.push(Layer::Help(HelpState::default()));
        press(&mut state, &["k", "j", "j"]);
        assert_eq!(help(&state), Some(("", 2)));
        press(&mut state, &["G", "ctrl-d"]);
        let last = help(&state).unwrap().1;
        assert!(last > 10, "{last}");
        press(&mut state, &["/", "q", "u", "i", "t", "enter"]);
        assert_eq!(help(&state), Some(("quit", 0)), "q is typed and closes nothing");
        press(&mut state, &["esc"]);
        assert_eq!(help(&state), Some(("", 0)));
        press(&mut state, &["q"]);
        assert_eq!(help(&state), None);
    }
}
