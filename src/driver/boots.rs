//! Does what a host says of its boot make sense? A boot that was left never comes back: whoever says so is not one host.

use std::collections::VecDeque;
use std::time::Duration;
use tokio::time::Instant;

/// Boots that are remembered.
const KEPT: usize = 8;
/// After an answer that cannot be true, so long none is believed; two hosts behind one address answer in turns.
const DOUBT: Duration = Duration::from_secs(5);

/// The boots that a host has told, the present one last.
#[derive(Debug, Default)]
pub(super) struct Boots {
    told: VecDeque<String>,
    doubt: Option<Instant>,
}

impl Boots {
    /// Takes in what an answer says; why it is not believed.
    pub(super) fn take(&mut self, boot: &str) -> Result<(), String> {
        let now = Instant::now();
        let present = self.told.back().is_some_and(|last| last == boot);
        if !present {
            if let Some(at) = self.told.iter().position(|told| told == boot) {
                self.told.remove(at);
                self.doubt = Some(now + DOUBT);
            }
            self.told.push_back(boot.to_owned());
            let surplus = self.told.len().saturating_sub(KEPT);
            self.told.drain(..surplus);
        }
        match self.doubt {
            Some(until) if now < until => Err(format!(
                "it was in another boot meanwhile and says that it is back in {boot}; look whether two hosts, or a copy of one, have this address"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_may_boot_as_often_as_it_likes_but_never_back_into_an_older_boot() {
        let mut boots = Boots::default();
        for boot in ["a", "a", "b", "c", "c"] {
            boots.take(boot).unwrap();
        }
        assert!(boots.take("b").unwrap_err().contains("two hosts"));
        boots.take("b").expect_err("not even when it says so again");
        tokio::time::advance(DOUBT - Duration::from_secs(1)).await;
        boots.take("c").expect_err("another turn");
        tokio::time::advance(DOUBT - Duration::from_secs(1)).await;
        boots.take("c").expect_err("doubt lasts from the last turn");
        tokio::time::advance(DOUBT).await;
        boots.take("c").unwrap();
        for boot in 0..100 {
            boots.take(&boot.to_string()).unwrap();
        }
        assert_eq!(boots.told.len(), KEPT);
    }
}
