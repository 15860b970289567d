//! Keys of the menu of what can be broken. It touches the demo's own machinery, never the cluster's command layer.

use super::menu::walk;
use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::{Layer, MenuState, State};
use crate::console::workbench::Breakage;
use crossterm::event::KeyCode as Code;

pub(super) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    match (key.code, key.ctrl) {
        (Code::Esc | Code::Char('q' | '!'), false) => {
            state.layers.pop();
        }
        // It is done at once: what is not seen is not meant.
        (Code::Enter, false) if crate::console::ui::break_seen(state) => return choose(state),
        _ => {
            if let Some(to) = walk(key) {
                step(state, to);
            }
        }
    }
    Vec::new()
}

/// Which of `rows` is chosen, by its id: rows come and go. `None` where it is gone.
pub(in crate::console) fn chosen(menu: &MenuState, rows: &[Breakage]) -> Option<usize> {
    match &menu.chosen {
        None => (!rows.is_empty()).then_some(0),
        Some(id) => rows.iter().position(|row| row.id == *id),
    }
}

fn step(state: &mut State, to: impl FnOnce(usize, usize) -> usize) {
    let rows = state.breakages.as_deref().unwrap_or_default();
    let Some(Layer::Break(menu)) = state.layers.last_mut() else { return };
    let Some(last) = rows.len().checked_sub(1) else { return };
    let at = chosen(menu, rows).unwrap_or(0);
    menu.chosen = rows.get(to(at, last)).map(|row| row.id.clone());
    menu.wrong = None;
}

fn choose(state: &mut State) -> Vec<Effect> {
    let rows = state.breakages.as_deref().unwrap_or_default();
    let Some(Layer::Break(menu)) = state.layers.last_mut() else { return Vec::new() };
    let Some(row) = chosen(menu, rows).and_then(|at| rows.get(at)) else {
        menu.wrong = Some("what was chosen is no longer there".to_owned());
        return Vec::new();
    };
    let id = row.id.clone();
    state.layers.pop();
    vec![Effect::Break(id)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::event::Event;
    use crate::console::ui::testing::{Stage, well};

    fn offer(id: &str) -> Breakage {
        Breakage { id: id.into(), title: format!("kill {id}"), about: format!("{id} is killed with SIGKILL") }
    }

    #[test]
    fn nothing_can_be_broken_where_there_is_no_workbench() {
        let mut stage = Stage::new(80, 24).up(well());
        assert!(stage.press(&["!"]).is_empty());
        assert!(stage.state.layers.is_empty());
        assert!(!stage.text().lines().last().unwrap().contains("break"));
        stage.press(&["?"]);
        assert!(!stage.text().contains("break something"));
    }

    #[test]
    fn nothing_is_broken_from_a_console_that_may_only_look() {
        let settings = crate::console::settings::Settings { read_only: true, ..Default::default() };
        let mut stage = Stage::with(settings, 80, 24).up(well());
        stage.event(Event::Offers(vec![offer("app")]));
        assert!(stage.press(&["!"]).is_empty() && stage.state.layers.is_empty());
        assert!(stage.text().contains("read-only: nothing is broken from here"), "{}", stage.text());
    }

    #[test]
    fn what_is_chosen_is_broken_and_nothing_else_even_when_rows_come_and_go() {
        let mut stage = Stage::new(80, 24).up(well());
        stage.event(Event::Offers(vec![offer("app"), offer("db")]));
        assert!(stage.text().lines().last().unwrap().contains("! break"), "{}", stage.text());
        stage.press(&["!", "j"]);
        assert!(stage.text().contains("> kill db"), "{}", stage.text());
        stage.event(Event::Offers(vec![offer("new"), offer("app"), offer("db")]));
        assert_eq!(stage.press(&["enter"]), [Effect::Break("db".into())]);
        stage.press(&["!", "G"]);
        stage.event(Event::Offers(vec![offer("new"), offer("app")]));
        assert!(stage.press(&["enter"]).is_empty(), "it is gone");
        assert!(stage.text().contains("no longer there"), "{}", stage.text());
        assert!(stage.press(&["esc"]).is_empty() && stage.state.layers.is_empty());
    }
}
