//! What the loop writes into files when somebody asks for it: the screen, and the last minutes of the session.

use super::Console;
use crate::console::event::Event;
use crate::console::hands::{Saved, save};
use crate::console::state::Size;
use crate::console::{record, screen, ui};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::PathBuf;

impl Console {
    /// Writes the last minutes to a file: the one that was named, or one in the folder of records.
    pub(super) fn dump(&mut self, file: Option<String>) {
        let Some(recorder) = &self.recorder else { return };
        let (ring, now, out) = (recorder.ring(), self.state.clock, self.out.clone());
        let cluster = self.state.welcome.as_ref().map(|welcome| welcome.cluster.as_str());
        let own = file.is_none().then(|| self.around.records.clone());
        let path = file.map_or_else(|| self.around.records.join(record::name(cluster, self.state.wall)), PathBuf::from);
        self.aside.spawn(async move {
            let shown = crate::words::quoted(&path.to_string_lossy());
            let said = match tokio::task::spawn_blocking(move || record::dump(&ring, now, &path, own.as_deref())).await {
                Ok(Ok(())) => format!("written: switchtower console --replay {shown}"),
                Ok(Err(why)) => why,
                Err(error) => format!("the last minutes were not written: {error}"),
            };
            let _ = out.send(Event::Said(said)).await;
        });
    }

    /// Draws the screen once more, into files.
    pub(super) fn save(&mut self) {
        let Size { cols, rows } = self.state.size;
        let Ok(mut terminal) = Terminal::new(TestBackend::new(cols, rows));
        let (state, theme) = (&self.state, &self.theme);
        let Ok(_) = terminal.draw(|frame| ui::draw(state, theme, frame));
        let buffer = terminal.backend().buffer();
        let cluster = state.welcome.as_ref().map_or("cluster", |welcome| welcome.cluster.as_str());
        // Somebody will show the file on a terminal.
        let text = |text: &str| crate::words::clean(text, state.settings.ascii);
        let journal = state.journal.lines().map(|line| format!("{} {} {}\n", line.index, line.at, text(&line.text))).collect();
        let saved = Saved {
            cluster: cluster.to_owned(),
            at: state.wall,
            text: screen::text(buffer),
            svg: screen::svg(buffer, &screen::Palette::default(), cluster),
            journal,
        };
        let (folder, out) = (self.around.screens.clone(), self.out.clone());
        self.aside.spawn(async move {
            let said = match save(folder, saved).await {
                Ok(stem) => format!("saved as {}.txt, .svg and .journal.txt", stem.display()),
                Err(why) => why,
            };
            let _ = out.send(Event::Said(said)).await;
        });
    }
}
