//! `ssehub log export`: events as lines of JSON.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use ssehub::{Interest, Start};

use super::pages::Pages;
use super::{Stop, envelope, open_existing};

/// Writes the events that are asked for to standard output.
pub(super) async fn export(path: &Path, interest: Interest, start: &Start) -> Result<(), Stop> {
    let log = open_existing(path)?;
    let mut pages = Pages::new(&log, interest, start).await?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    while let Some(events) = pages.next().await? {
        for event in events {
            envelope::write(&event, &mut out)?;
        }
    }
    Ok(out.flush()?)
}
