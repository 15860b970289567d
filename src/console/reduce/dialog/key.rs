//! Keys of a dialog. `esc` closes it and never acts; letters are typed where something is typed, and are keys where not.

use super::{close, closed, confirm, of, of_mut, open};
use crate::console::act;
use crate::console::effect::Effect;
use crate::console::keymap::Key;
use crate::console::state::{Dialog, Field, Order, Stage, State};
use crate::core::command::Reason;
use crate::words::Tone;
use crossterm::event::KeyCode as Code;

/// Lines of half a page; what is not there is not scrolled to.
const PAGE: usize = 8;

/// So long after a dialog became another one by itself a letter is taken as meant for what stood there before.
const SETTLES_MS: u64 = 1_000;

/// How letters are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Letters {
    /// They are typed.
    Typed,
    /// They answer yes or no.
    YesNo,
    /// They are keys.
    Keys,
    /// Something is typed here, and not now.
    Shut,
}

fn letters(state: &State, dialog: &Dialog) -> Letters {
    let asks = matches!(dialog.stage, Stage::Asking(_) | Stage::Turning(_));
    match () {
        () if !asks || state.read_only().is_some() => Letters::Keys,
        () if closed(state).is_some() || confirm::too_small(state).is_some() => Letters::Shut,
        () if dialog.plan().is_none() && dialog.field == Field::Word => Letters::YesNo,
        () => Letters::Typed,
    }
}

/// A key.
pub(in crate::console::reduce) fn key(state: &mut State, key: Key) -> Vec<Effect> {
    super::live::link(state);
    let Some(how) = of(state).map(|dialog| letters(state, dialog)) else { return Vec::new() };
    match (key.code, key.ctrl) {
        (Code::Esc, false) => close(state),
        (Code::Enter, false) => return enter(state, how),
        (Code::Tab | Code::BackTab, false) if how != Letters::Keys => other_field(state),
        (Code::Up, false) => up_down(state, false),
        (Code::Down, false) => up_down(state, true),
        (Code::PageUp, false) => scroll(state, false, 2 * PAGE),
        (Code::PageDown, false) => scroll(state, true, 2 * PAGE),
        (Code::Char('u'), true) => scroll(state, false, PAGE),
        (Code::Char('d'), true) => scroll(state, true, PAGE),
        _ => return letter(state, key, how),
    }
    Vec::new()
}

fn letter(state: &mut State, key: Key, how: Letters) -> Vec<Effect> {
    let acts = matches!((how, key.code), (Letters::YesNo, Code::Char('y')) | (Letters::Keys, Code::Char('o')));
    if acts && !key.ctrl && unsettled(state) {
        return Vec::new();
    }
    match (how, key.code, key.ctrl) {
        (Letters::Typed, ..) => typed(state, key),
        (Letters::YesNo, Code::Char('y'), false) => return confirm::yes(state),
        (Letters::YesNo, Code::Char('n' | 'q'), false) | (Letters::Keys, Code::Char('q'), false) => close(state),
        (Letters::Keys | Letters::YesNo, Code::Char('j'), false) => up_down(state, true),
        (Letters::Keys | Letters::YesNo, Code::Char('k'), false) => up_down(state, false),
        (Letters::Keys, Code::Char('y'), false) => return copy(state),
        (Letters::Keys, Code::Char('o'), false) => return override_chosen(state),
        _ => {}
    }
    Vec::new()
}

/// It has just become another dialog: whoever answers it has not read it yet.
fn unsettled(state: &mut State) -> bool {
    let now = state.now;
    let Some(dialog) = of_mut(state).filter(|dialog| dialog.shaken.is_some_and(|at| now.since(at) < SETTLES_MS)) else { return false };
    dialog.said = Some("this has just changed: read it again first".to_owned());
    true
}

/// `enter`: in the line of a nudge's reason it goes on to the question; where letters are keys it does nothing.
fn enter(state: &mut State, how: Letters) -> Vec<Effect> {
    let Some(dialog) = of_mut(state) else { return Vec::new() };
    let nudge = matches!(dialog.stage, Stage::Asking(None) | Stage::Turning(_));
    if how == Letters::Typed && nudge && confirm::missing(dialog).is_none() {
        dialog.field = Field::Word;
        dialog.said = None;
        return Vec::new();
    }
    // A second look takes no letters, and one key.
    if how == Letters::Keys && !matches!(dialog.stage, Stage::SecondLook { .. }) {
        return Vec::new();
    }
    confirm::enter(state)
}

fn typed(state: &mut State, key: Key) {
    let Some(dialog) = of_mut(state) else { return };
    let input = if dialog.field == Field::Word { &mut dialog.word } else { &mut dialog.reason };
    if crate::console::reduce::edit(input, key) {
        dialog.said = None;
    }
}

/// Text that was pasted goes into the line that is typed into. It never confirms anything.
pub(in crate::console::reduce) fn paste(state: &mut State, text: &str) {
    super::live::link(state);
    if of(state).is_none_or(|dialog| letters(state, dialog) != Letters::Typed) {
        return;
    }
    let Some(dialog) = of_mut(state) else { return };
    let input = if dialog.field == Field::Word { &mut dialog.word } else { &mut dialog.reason };
    crate::console::reduce::type_into(input, text);
}

fn other_field(state: &mut State) {
    let Some(dialog) = of_mut(state) else { return };
    dialog.field = if dialog.field == Field::Word { Field::Reason } else { Field::Word };
    dialog.said = None;
}

/// Chooses among the reasons that stand in the way, else scrolls.
fn up_down(state: &mut State, down: bool) {
    let Some(dialog) = of_mut(state) else { return };
    if let Stage::Blocked(reasons) = &dialog.stage {
        let last = reasons.len().saturating_sub(1);
        dialog.chosen = if down { dialog.chosen.saturating_add(1).min(last) } else { dialog.chosen.saturating_sub(1) };
        return;
    }
    scroll(state, down, 1);
}

fn scroll(state: &mut State, down: bool, by: usize) {
    let rest = crate::console::ui::act_rest(state);
    let Some(dialog) = of_mut(state) else { return };
    let at = dialog.scroll.min(rest);
    dialog.scroll = if down { at.saturating_add(by).min(rest) } else { at.saturating_sub(by) };
}

/// Copies the line that does the same elsewhere.
fn copy(state: &mut State) -> Vec<Effect> {
    match line(state) {
        Some(line) => {
            state.notices.say(state.clock, Tone::Plain, "the command was sent to the terminal's clipboard");
            vec![Effect::Copy(line)]
        }
        None => Vec::new(),
    }
}

/// The line of the program that does the same elsewhere; for a run the one that tells how it ended.
pub(in crate::console) fn line(state: &State) -> Option<String> {
    let dialog = of(state)?;
    match &dialog.stage {
        Stage::Sent(ticket) => Some(act::report(&state.settings.again, state.tasks.of(*ticket)?.run?)),
        _ => act::twin(state, &dialog.order, dialog.plan().map(|view| &view.plan), dialog.reason()),
    }
}

/// The name of the soft veto behind a reason, as its remedy has it.
pub(in crate::console) fn soft(reason: &Reason) -> Option<&str> {
    let (_, name) = reason.remedy.rsplit_once("`--override ")?;
    name.strip_suffix('`').filter(|name| !name.is_empty() && !name.chars().any(char::is_control))
}

/// Asks for the plan again, without the soft veto that is chosen. A hard one stays.
fn override_chosen(state: &mut State) -> Vec<Effect> {
    let Some(dialog) = of_mut(state) else { return Vec::new() };
    let Stage::Blocked(reasons) = &dialog.stage else { return Vec::new() };
    let Some(name) = reasons.get(dialog.chosen).and_then(soft).map(str::to_owned) else {
        dialog.said = Some("this one cannot be overridden: do what stands below it".to_owned());
        return Vec::new();
    };
    if let Order::Command { overrides, .. } = &mut dialog.order
        && !overrides.contains(&name)
    {
        overrides.push(name);
    }
    dialog.changed.clear();
    open::again(state)
}
