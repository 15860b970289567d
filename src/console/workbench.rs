//! What can be broken on purpose: a demo's cluster gives the console a [`Workbench`], every other cluster has none.

use async_trait::async_trait;

/// Something that can be broken, or mended again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakage {
    /// Names it for [`Workbench::apply`].
    pub id: String,
    /// A few words for the list.
    pub title: String,
    /// What will be seen, in a sentence.
    pub about: String,
}

/// Where things are broken.
#[async_trait]
pub trait Workbench: Send + Sync {
    /// What can be done now. Asked for often: it answers from memory.
    fn offers(&self) -> Vec<Breakage>;

    /// Does it; what was done, in a sentence.
    ///
    /// # Errors
    /// In words, why it was not.
    async fn apply(&self, id: &str) -> Result<String, String>;
}
