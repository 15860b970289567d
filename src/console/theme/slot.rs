//! The meanings that a theme gives a look to.
//!
//! Panes ask for a slot and never for a colour; the names are the keys of a theme file. A slot also says what it may never
//! lose: where its colour is dropped and it would then look like plain text, one of these modifiers is put in its place.

use ratatui::style::Modifier;

macro_rules! slots {
    ($($slot:ident $name:literal $else:expr, $doc:literal;)+) => {
        /// What a piece of the screen means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Slot { $(#[doc = $doc] $slot,)+ }

        impl Slot {
            /// Every slot, in the order of the enum and of the theme files.
            pub const ALL: [Slot; [$($name),+].len()] = [$(Slot::$slot),+];

            /// The key in a theme file: lower case, words joined by dashes.
            pub const fn name(self) -> &'static str {
                match self { $(Slot::$slot => $name,)+ }
            }

            /// What takes the place of the colour where there is none and the slot must not look like [`Slot::Text`].
            pub(super) const fn without_colour(self) -> Modifier {
                match self { $(Slot::$slot => $else,)+ }
            }
        }
    };
}

slots! {
    Text "text" Modifier::empty(), "Plain words and numbers, and the ground that everything stands on.";
    Strong "strong" Modifier::BOLD, "What the eye should find first in a line.";
    Faint "faint" Modifier::empty(), "Units, labels and what matters least.";
    Title "title" Modifier::BOLD, "The title of a pane or dialog.";
    Border "border" Modifier::empty(), "The lines around a pane.";
    BorderFocus "border-focus" Modifier::BOLD, "The lines around the pane that has the keys.";
    Selected "selected" Modifier::REVERSED, "The row under the cursor.";
    Good "good" Modifier::empty(), "As it should be.";
    Warn "warn" Modifier::BOLD, "Somebody should look at this.";
    Bad "bad" Modifier::REVERSED, "Wrong: a service or its protection is missing.";
    Unknown "unknown" Modifier::UNDERLINED, "Not known, which is never drawn as good.";
    Moving "moving" Modifier::BOLD, "On its way from one state to another.";
    Late "late" Modifier::BOLD, "A value whose source did not speak for a while.";
    Lost "lost" Modifier::UNDERLINED, "A value kept from before its source went silent.";
    Header "header" Modifier::BOLD, "The line at the top with cluster, verdict and roles.";
    ReadOnly "read-only" Modifier::REVERSED, "The word that says that nothing can be changed from here.";
    Frozen "frozen" Modifier::REVERSED, "The mark of a display that stands still.";
    Key "key" Modifier::BOLD, "A key in the footer or in the help.";
    Input "input" Modifier::UNDERLINED, "Where the operator types.";
    Match "match" Modifier::REVERSED, "What a filter or search found.";
    Accent "accent" Modifier::BOLD, "The cluster's own label, so that two clusters are not mistaken for one another.";
}
