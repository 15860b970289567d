use super::*;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A free port of loopback.
fn free() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn options(at: SocketAddr, from: Option<SocketAddr>, dir: &TempDir) -> Options {
    Options { at, from, host: "north1".into(), site: "north".into(), dir: dir.path().to_owned() }
}

async fn page(url: &str, good: impl Fn(&Result<String, String>) -> bool) -> Result<String, String> {
    let began = std::time::Instant::now();
    loop {
        let said = ask(url).await;
        if good(&said) {
            return said;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{said:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_page_comes_through_all_three_and_says_who_served_it_and_what_is_missing_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let (db, app, web) = (free(), free(), free());
    let url = format!("http://{web}/");
    let running = tokio::spawn(run(Kind::Web, options(web, Some(app), &dir)));
    let said = page(&url, |said| said.as_ref().is_err_and(|why| why.contains("503"))).await.unwrap_err();
    assert!(said.contains("the application does not answer") && said.contains("north1, site north"), "{said}");
    let app = tokio::spawn(run(Kind::App, options(app, Some(db), &dir)));
    let said = page(&url, |said| said.as_ref().is_err_and(|why| why.contains("database"))).await.unwrap_err();
    assert!(said.contains("the database does not answer"), "{said}");
    let first = tokio::spawn(run(Kind::Db, options(db, None, &dir)));
    let said = page(&url, Result::is_ok).await.unwrap();
    assert!(said.contains("served by  north1, site north") && said.contains("number     1,"), "{said}");
    assert!(page(&url, Result::is_ok).await.unwrap().contains("number     2,"));
    assert!(matches!(run(Kind::Db, options(free(), None, &dir)).await, Err(ComponentError::Held)));
    for task in [running, app] {
        task.abort();
    }
    first.abort();
}

#[tokio::test]
async fn the_web_server_understands_get_and_says_so_to_others() {
    let dir = tempfile::tempdir().unwrap();
    let web = free();
    let running = tokio::spawn(run(Kind::Web, options(web, Some(free()), &dir)));
    page(&format!("http://{web}/"), Result::is_err).await.unwrap_err();
    for (said, expected) in [
        ("POST / HTTP/1.1\r\n\r\n", "HTTP/1.1 405 "),
        ("hello\r\n\r\n", "HTTP/1.1 400 "),
        ("GET elsewhere HTTP/1.1\r\n\r\n", "HTTP/1.1 400 "),
        ("HEAD / HTTP/1.0\r\n\r\n", "HTTP/1.1 503 "),
    ] {
        let mut stream = TcpStream::connect(web).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(expected), "{said:?}: {answer}");
    }
    running.abort();
}

#[tokio::test]
async fn a_component_says_where_it_cannot_listen() {
    let dir = tempfile::tempdir().unwrap();
    let held = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let at = held.local_addr().unwrap();
    let error = run(Kind::App, options(at, Some(at), &dir)).await.unwrap_err().to_string();
    assert!(error.contains("app cannot listen at 127.0.0.1:") && error.contains("on another host?"), "{error}");
    let nobody = run(Kind::Web, options(at, None, &dir)).await.unwrap_err().to_string();
    assert!(nobody.contains("--from"), "{nobody}");
}
