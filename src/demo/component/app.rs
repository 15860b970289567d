//! The application of the demo: it asks the database for a number, for whoever asks it.

use super::{ComponentError, Kind, Options, lines, listen, ready};
use std::time::Duration;

/// How long the database may take.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn run(options: Options) -> Result<(), ComponentError> {
    let db = options.from.ok_or(ComponentError::Nobody { kind: "app" })?;
    let listener = listen(Kind::App, options.at).await?;
    ready::ready()?;
    match lines::each(listener, move |stream| {
        lines::answer(stream, move |_| async move {
            match lines::ask(db, "next", PATIENCE).await {
                Ok(answer) => answer,
                Err(error) => format!("error: the database does not answer: {error}"),
            }
        })
    })
    .await {}
}
