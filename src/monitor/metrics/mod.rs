//! The monitor's figures, for Prometheus. Started by `service` where the configuration says an address, and asked by nobody else.
//!
//! It looks as any client does: it asks the state task for a status when it is scraped, at most once a second, and follows the
//! journal for what is counted. It never holds up the monitor, and its end is a trouble in the status, never the monitor's.

mod recorder;
mod serve;

use super::event::{Event, Show, Shown};
use crate::core::record::Record;
use crate::probe::Lateness;
use crate::wire::StatusView;
use axum::body::Bytes;
use recorder::Counted;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Mutex, broadcast, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

/// So long an address that is taken is not worth a word: a life before this one may still have it.
const PATIENCE: Duration = Duration::from_secs(3);
/// Between two tries to take it, before and after that.
const SOON: Duration = Duration::from_millis(100);
const LATER: Duration = Duration::from_secs(2);
/// How long the state task may take to answer.
const ANSWER: Duration = Duration::from_secs(2);
/// What was answered is answered again for so long.
const KEPT: Duration = Duration::from_secs(1);

/// Where they are served, and where they come from.
pub(super) struct Sources {
    /// Where.
    pub(super) at: SocketAddr,
    /// The way to the state task.
    pub(super) events: mpsc::Sender<Event>,
    /// New entries of the journal, from the first one of this life on.
    pub(super) entries: broadcast::Receiver<Arc<Record>>,
    /// How late looks begin.
    pub(super) lateness: Arc<Lateness>,
}

/// Serves them for as long as it is polled. It never ends by itself.
pub(super) async fn run(sources: Sources) {
    let (at, events) = (sources.at, sources.events.clone());
    // A set of its own, so that a defect in here is not the monitor's end, and nothing goes on without it.
    let mut tasks = JoinSet::new();
    let figures = Arc::new(Figures { events: sources.events, counted: Counted::new(), lateness: sources.lateness, last: Mutex::default() });
    tasks.spawn(count(sources.entries, figures.clone()));
    tasks.spawn(listen(at, figures));
    while let Some(ended) = tasks.join_next().await {
        let why = ended.err().map_or_else(|| "it ended".to_owned(), |error| error.to_string());
        tracing::error!(%why, "what serves the figures for Prometheus is gone; the monitor goes on without it");
        let _ = events.send(Event::Metrics(Err(format!("what serves the figures at {at} is gone: {why}")))).await;
    }
    std::future::pending::<()>().await;
}

/// Takes the address, as often as it takes, and serves there.
async fn listen(at: SocketAddr, figures: Arc<Figures>) {
    let began = Instant::now();
    let mut told = false;
    let listener = loop {
        match TcpListener::bind(at).await {
            Ok(listener) => break listener,
            Err(_) if began.elapsed() < PATIENCE => sleep(SOON).await,
            Err(error) => {
                if !told {
                    tracing::error!(%at, %error, "the figures for Prometheus cannot be served; the monitor goes on without them and tries again");
                    let why = format!("the figures cannot be served at {at}: {error}");
                    told = figures.events.send(Event::Metrics(Err(why))).await.is_ok();
                }
                sleep(LATER).await;
            }
        }
    };
    tracing::info!("figures for Prometheus at http://{at}/metrics");
    if told {
        let _ = figures.events.send(Event::Metrics(Ok(()))).await;
    }
    serve::serve(listener, figures).await;
}

/// Counts what is journaled.
async fn count(mut entries: broadcast::Receiver<Arc<Record>>, figures: Arc<Figures>) {
    // Runs that an earlier life left open are closed by this one.
    if let Ok(status) = figures.status().await {
        status.open_runs.iter().for_each(|run| figures.counted.resumed(run));
    }
    loop {
        match entries.recv().await {
            Ok(record) => figures.counted.take(&record),
            Err(RecvError::Lagged(missed)) => figures.counted.missed(missed),
            // The monitor is ending.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}

/// What a scrape gets.
type Page = Result<Bytes, String>;

/// The figures of one life.
struct Figures {
    events: mpsc::Sender<Event>,
    counted: Counted,
    lateness: Arc<Lateness>,
    /// The last page, and when it was made.
    last: Mutex<Option<(Instant, Page)>>,
}

impl Figures {
    /// The page, made anew where it is older than a second. It is let go of after that: that of a large cluster is long.
    async fn page(self: &Arc<Self>) -> Page {
        let mut last = self.last.lock().await;
        if let Some((at, page)) = last.as_ref()
            && at.elapsed() < KEPT
        {
            return page.clone();
        }
        let waiting = self.events.max_capacity() - self.events.capacity();
        let page = match self.status().await {
            // A large cluster has a long page.
            Ok(status) => tokio::task::spawn_blocking(move || recorder::page(&status, waiting))
                .await
                .map(|page| Bytes::from(page + &self.counted.page() + &recorder::punctual(&self.lateness.read())))
                .map_err(|error| error.to_string()),
            Err(why) => Err(why),
        };
        *last = Some((Instant::now(), page.clone()));
        tokio::spawn(forget(Arc::downgrade(self)));
        page
    }

    async fn let_go(&self) {
        let mut last = self.last.lock().await;
        last.take_if(|(at, _)| at.elapsed() >= KEPT);
    }

    async fn status(&self) -> Result<Arc<StatusView>, String> {
        let (reply, answer) = oneshot::channel();
        let asked = Event::Show(Show::Status, reply);
        let ask = async {
            self.events.send(asked).await.map_err(|_| "the monitor is ending".to_owned())?;
            answer.await.map_err(|_| "the monitor is ending".to_owned())
        };
        match timeout(ANSWER, ask).await.map_err(|_| format!("the monitor did not answer within {} s", ANSWER.as_secs()))?? {
            Shown::Status(status) => Ok(status),
            Shown::Changes(_) => Err("the monitor answered something else".to_owned()),
        }
    }
}

/// Lets go of the page that was just made.
async fn forget(figures: Weak<Figures>) {
    sleep(KEPT).await;
    if let Some(figures) = figures.upgrade() {
        figures.let_go().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::testing::shop_status;

    fn figures(events: mpsc::Sender<Event>) -> Arc<Figures> {
        Arc::new(Figures { events, counted: Counted::new(), lateness: Arc::default(), last: Mutex::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_is_let_go_of_when_nobody_may_have_it_any_more() {
        let (events, mut inbox) = mpsc::channel(8);
        let figures = figures(events);
        tokio::spawn(async move {
            while let Some(Event::Show(Show::Status, reply)) = inbox.recv().await {
                reply.send(Shown::Status(Arc::new(shop_status()))).unwrap();
            }
        });
        assert!(!figures.page().await.unwrap().is_empty());
        assert!(figures.last.lock().await.is_some());
        sleep(KEPT * 2).await;
        assert!(figures.last.lock().await.is_none());
    }

    #[tokio::test]
    async fn the_state_task_is_asked_once_a_second_however_many_ask_for_the_page() {
        let (events, mut inbox) = mpsc::channel(8);
        let figures = figures(events);
        let asked = tokio::spawn(async move {
            let mut asked = 0;
            while let Some(Event::Show(Show::Status, reply)) = inbox.recv().await {
                asked += 1;
                reply.send(Shown::Status(Arc::new(shop_status()))).unwrap();
            }
            asked
        });
        let mut scrapes = JoinSet::new();
        for _ in 0..50 {
            let figures = figures.clone();
            scrapes.spawn(async move { String::from_utf8(figures.page().await.unwrap().to_vec()).unwrap() });
        }
        for page in scrapes.join_all().await {
            assert!(page.contains("switchtower_lease_term 14\n") && page.contains("switchtower_runs_total{"), "{page}");
        }
        drop(figures);
        let asked = asked.await.unwrap();
        assert!((1..=2).contains(&asked), "{asked} times");
    }

    #[tokio::test(start_paused = true)]
    async fn a_state_task_that_does_not_answer_has_no_figures_and_keeps_nobody() {
        let (events, inbox) = mpsc::channel(1);
        let silent = figures(events);
        let began = Instant::now();
        for _ in 0..2 {
            assert_eq!(silent.page().await, Err("the monitor did not answer within 2 s".to_owned()));
        }
        assert!(began.elapsed() <= ANSWER + Duration::from_millis(100), "the second one does not wait again");
        drop(inbox);
        tokio::time::sleep(KEPT).await;
        assert_eq!(silent.page().await, Err("the monitor is ending".to_owned()));
    }
}
