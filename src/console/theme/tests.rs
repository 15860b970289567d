use super::downgrade::{ANSI, Rgb, contrast, rgb};
use super::*;
use crate::console::ui::glyph::{Glyphs, Sign};
use std::collections::HashSet;

mod eyes;
mod files;

/// What is drawn for a slot: letters and ground, in colours; `None` where they are the terminal's own.
fn pair(theme: &Theme, slot: Slot) -> Option<(Rgb, Rgb)> {
    let (style, text) = (theme.style(slot), theme.style(Slot::Text));
    let look = |colour: Option<Color>| colour.and_then(|colour| rgb(colour, &ANSI));
    look(style.fg.or(text.fg)).zip(look(style.bg.or(text.bg)))
}

fn themes() -> Vec<Theme> {
    Theme::names().map(|name| Theme::builtin(name).unwrap()).collect()
}

#[test]
fn every_built_in_theme_gives_every_slot_a_look_and_says_what_it_is_for() {
    assert_eq!(Theme::names().collect::<Vec<_>>(), ["default", "light", "mono", "high-contrast", "deuteranopia", "tritanopia"]);
    for (name, text) in BUILTIN {
        let theme = load(name, None).unwrap();
        assert_eq!(theme.name, name);
        let table: toml::Table = text.parse().unwrap();
        let missing: Vec<_> = Slot::ALL.iter().filter(|slot| !table.contains_key(slot.name())).collect();
        assert!(missing.is_empty(), "{name}: {missing:?}");
        assert!(text.starts_with("# "), "{name} does not begin with what it is for");
    }
    let names: HashSet<_> = Slot::ALL.iter().map(|slot| slot.name()).collect();
    assert_eq!(names.len(), SLOTS, "two slots of one name");
}

#[test]
fn the_usual_theme_takes_the_ground_as_it_is_and_no_colour_that_is_lost_on_it() {
    for name in ["default", "deuteranopia", "tritanopia"] {
        for slot in Slot::ALL {
            let style = Theme::builtin(name).unwrap().style(slot);
            assert_eq!(style.bg, None, "{name} {slot:?}");
            assert!(
                ![Some(Color::Blue), Some(Color::DarkGray), Some(Color::Black), Some(Color::White)].contains(&style.fg),
                "{name} {slot:?}"
            );
        }
    }
}

#[test]
fn the_theme_without_colour_has_only_bold_underline_and_reverse() {
    let mono = Theme::builtin("mono").unwrap();
    for slot in Slot::ALL {
        let style = mono.style(slot);
        assert_eq!((style.fg, style.bg), (None, None), "{slot:?}");
        let allowed = Modifier::BOLD | Modifier::UNDERLINED | Modifier::REVERSED;
        assert!(allowed.contains(style.add_modifier), "{slot:?}");
    }
    assert_eq!(mono.clone().with_accent(Some(Color::Red)), mono, "and no accent gives it one");
}

#[test]
fn letters_stand_out_from_their_ground() {
    for (name, least) in [("light", 4.5), ("high-contrast", 7.0)] {
        let theme = Theme::builtin(name).unwrap();
        for slot in Slot::ALL {
            let (letters, ground) = pair(&theme, slot).unwrap();
            let ratio = contrast(letters, ground);
            assert!(ratio >= least, "{name} {slot:?}: {ratio:.2}");
            assert!(!theme.style(slot).add_modifier.contains(Modifier::DIM), "{name} {slot:?} is dimmed");
        }
    }
}

#[test]
fn states_differ_without_colour() {
    let states = [
        (Slot::Good, Sign::Good),
        (Slot::Warn, Sign::Warn),
        (Slot::Bad, Sign::Bad),
        (Slot::Unknown, Sign::Unknown),
        (Slot::Moving, Sign::Moving),
    ];
    for theme in themes() {
        for (at, (slot, sign)) in states.iter().enumerate() {
            for (other, other_sign) in &states[at + 1..] {
                let letters = |slot: &Slot| theme.style(*slot).add_modifier;
                assert_ne!(letters(slot), letters(other), "{}: {slot:?} {other:?}", theme.name);
                for ascii in [false, true] {
                    let glyphs = Glyphs { ascii, borders: true };
                    assert_ne!(glyphs.sign(*sign), glyphs.sign(*other_sign));
                }
            }
        }
    }
}

#[test]
fn fewer_colours_are_no_more_than_were_asked_for() {
    for theme in themes() {
        for slot in Slot::ALL {
            let at = |level| theme.at_level(level).style(slot);
            assert_eq!(at(Colours::True), theme.style(slot));
            for colour in [at(Colours::Ansi256).fg, at(Colours::Ansi256).bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..)), "{} {slot:?}", theme.name);
            }
            for colour in [at(Colours::Ansi16).fg, at(Colours::Ansi16).bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{} {slot:?}", theme.name);
            }
            assert_eq!((at(Colours::None).fg, at(Colours::None).bg), (None, None), "{} {slot:?}", theme.name);
            assert!(at(Colours::None).add_modifier.contains(theme.style(slot).add_modifier), "{} {slot:?}", theme.name);
        }
    }
}

#[test]
fn with_sixteen_colours_everything_can_still_be_read() {
    for level in [Colours::Ansi16, Colours::Ansi256] {
        for name in ["light", "high-contrast"] {
            let theme = Theme::builtin(name).unwrap().at_level(level);
            for slot in Slot::ALL {
                let (letters, ground) = pair(&theme, slot).unwrap();
                assert!(contrast(letters, ground) >= 3.0, "{name} {slot:?} at {level:?}");
            }
        }
    }
}

#[test]
fn what_must_stand_out_does_so_without_colours_too() {
    let must =
        [Slot::Selected, Slot::ReadOnly, Slot::Frozen, Slot::Bad, Slot::Warn, Slot::Unknown, Slot::BorderFocus, Slot::Input, Slot::Match];
    for theme in themes() {
        let mono = theme.at_level(Colours::None);
        for slot in must {
            assert_ne!(mono.style(slot), mono.style(Slot::Text), "{} {slot:?}", theme.name);
        }
    }
    let light = Theme::builtin("light").unwrap().at_level(Colours::None);
    assert_eq!(light.style(Slot::Selected), Style::new().reversed());
}

#[test]
fn an_accent_is_stepped_down_like_the_theme_it_comes_to() {
    let orange = Some(Color::Rgb(255, 0, 0));
    let accent = |level| Theme::builtin("default").unwrap().at_level(level).with_accent(orange).style(Slot::Accent);
    assert_eq!(accent(Colours::True).fg, orange);
    assert_eq!(accent(Colours::Ansi256).fg, Some(Color::Indexed(196)));
    assert_eq!(accent(Colours::Ansi16).fg, Some(Color::LightRed));
    assert_eq!(accent(Colours::None).fg, None);
    let theme = Theme::builtin("default").unwrap();
    assert_eq!(theme.clone().with_accent(None), theme);
    assert_eq!(theme.with_accent(orange).style(Slot::Good), Theme::builtin("default").unwrap().style(Slot::Good));
}

#[test]
fn the_number_of_colours_is_read_as_it_is_written() {
    for (text, wanted) in [("none", Colours::None), ("16", Colours::Ansi16), ("256", Colours::Ansi256), ("true", Colours::True)] {
        assert_eq!(text.parse(), Ok(wanted));
    }
    for bad in ["", "None", "8", "truecolor\u{1b}[31m"] {
        let said = bad.parse::<Colours>().unwrap_err();
        assert!(said.contains("none, 16, 256, true") && !said.contains('\u{1b}'), "{said}");
    }
}
