use super::*;
use crate::core::model::ExecAgent;

fn spec() -> AgentSpec {
    let call = AgentCall::Exec(ExecAgent { start: vec![], stop: vec![], monitor: vec![] });
    AgentSpec { call, both_modes: true }
}

fn agent() -> Agent {
    Agent::active("app").unwrap()
}

fn keys() -> BTreeSet<Key> {
    [key(&agent(), &spec()), key(&super::super::request::other_mode(&agent()), &spec())].into()
}

fn claims(board: &Arc<Board>, number: u64) -> Claims {
    Claims { board: board.clone(), number, keys: board.claim(&keys(), number), answers: Answers::default() }
}

fn says(claims: &Claims, code: u8) {
    for key in &claims.keys {
        let ended = Ended { how: How::Code(code), busy: None, last: None, ran: false, said: Vec::new() };
        claims.hear(key, Heard { ended, boot_id: "b".into(), at: Instant::now() });
    }
}

fn seen_by(board: &Board, answers: &Answers, boot_id: &str) -> (State, String) {
    let gathered = Gathered { board, answers: answers.clone(), began: Instant::now(), boot_id: boot_id.to_owned() };
    let fact = gathered.fact(&agent(), &spec());
    (fact.state, fact.detail)
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_is_still_being_asked_is_not_asked_again_and_its_word_of_before_holds_for_a_while() {
    let board = Arc::new(Board::default());
    let none = Answers::default();
    assert_eq!(seen_by(&board, &none, "b").0, State::Unknown);
    says(&claims(&board, 1), 7);
    let slow = claims(&board, 2);
    assert_eq!(slow.keys.len(), 2);
    assert_eq!(claims(&board, 3).keys, [], "it is under way");
    tokio::time::advance(Duration::from_secs(5)).await;
    let (state, detail) = seen_by(&board, &none, "b");
    assert!(state == State::Inactive && detail.contains("5 s ago, and is being asked again"), "{detail}");
    assert_eq!(seen_by(&board, &none, "c").0, State::Unknown, "it was said in another boot");
    tokio::time::advance(HOLDS).await;
    assert_eq!(seen_by(&board, &none, "b").0, State::Unknown);
    drop(slow);
    assert_eq!(claims(&board, 4).keys.len(), 2, "whoever asked has given up");
}

#[tokio::test(start_paused = true)]
async fn what_was_said_before_something_was_done_holds_only_for_the_look_that_asked() {
    let board = Arc::new(Board::default());
    let asked = claims(&board, 1);
    board.forget(&agent().name);
    says(&asked, 7);
    assert_eq!(seen_by(&board, &asked.answers, "b").0, State::Inactive);
    assert_eq!(seen_by(&board, &Answers::default(), "b").0, State::Unknown, "the next look asks itself");
    assert_eq!(claims(&board, 2).keys.len(), 2);
}

#[test]
fn what_was_seen_to_run_is_not_missing_until_it_was_stopped_or_the_host_has_booted() {
    let board = Arc::new(Board::default());
    let vip = crate::core::model::OcfAgent { provider: "h".into(), kind: "D".into(), options: [].into(), secrets: None };
    let spec = AgentSpec { call: AgentCall::Ocf(vip), both_modes: false };
    let key = key(&agent(), &spec);
    let state = |code, boot: &str| {
        let claims = Claims { board: board.clone(), number: 1, keys: board.claim(&[key.clone()].into(), 1), answers: Answers::default() };
        let ended = Ended { how: How::Code(code), busy: None, last: None, ran: false, said: Vec::new() };
        claims.hear(&key, Heard { ended, boot_id: boot.to_owned(), at: Instant::now() });
        let heard = board.last(&key).unwrap();
        fact(&agent(), &spec, &heard.ended, boot).state
    };
    assert_eq!(state(5, "a"), State::Missing);
    let all = [state(0, "a"), state(5, "a"), state(1, "a"), state(5, "a")];
    assert_eq!(all, [State::Active, State::Faulty, State::Faulty, State::Faulty]);
    assert_eq!((state(7, "a"), state(5, "a")), (State::Inactive, State::Missing), "it was seen stopped");
    assert_eq!((state(0, "a"), state(5, "b")), (State::Active, State::Missing), "another boot");
}

#[tokio::test(start_paused = true)]
async fn commands_that_say_yes_to_both_modes_are_believed_in_neither() {
    let board = Arc::new(Board::default());
    says(&claims(&board, 1), 0);
    let (state, detail) = seen_by(&board, &Answers::default(), "b");
    assert!(state == State::Faulty && detail.contains("of both modes"), "{detail}");
}
