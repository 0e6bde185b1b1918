//! A bell that tokens ring whose keys are not known.

use async_channel::{Receiver, Sender};

/// Says that keys are wanted. Nothing here answers it: who fetches keys waits for it, elsewhere. Clones
/// are the same bell.
///
/// ```
/// use ssehub::auth::Bell;
/// let bell = Bell::default();
/// bell.clone().ring();
/// futures_lite::future::block_on(bell.rung());
/// assert!(!bell.hush());
/// ```
#[derive(Clone, Debug)]
pub struct Bell(Sender<()>, Receiver<()>);

impl Default for Bell {
    fn default() -> Bell {
        let (sender, receiver) = async_channel::bounded(1);
        Bell(sender, receiver)
    }
}

impl Bell {
    /// Rings. One that rings already does not ring twice.
    pub fn ring(&self) {
        _ = self.0.try_send(());
    }

    /// Makes it quiet, and says whether it has rung.
    pub fn hush(&self) -> bool {
        self.1.try_recv().is_ok()
    }

    /// Completes when it rings, or has rung, and makes it quiet.
    pub async fn rung(&self) {
        _ = self.1.recv().await;
    }
}
