//! A new file: made whole under another name first, so that a program that is killed meanwhile
//! leaves no half of one behind.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use redb::DatabaseError;

use super::careful::Careful;
use super::open::{OpenError, explain};
use super::{Disk, Opener};

impl Opener {
    /// Makes the file, if there is none or an empty one.
    pub(super) fn create_if_missing(&self) -> Result<(), OpenError> {
        match fs::metadata(&self.path) {
            Ok(found) if found.is_file() && found.len() == 0 => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            _ => return Ok(()),
        }
        let draft = self.draft_path();
        self.make(&draft)?;
        publish(&draft, &self.path).map_err(|error| explain(&self.path, error.into()))
    }

    /// Makes a log at `draft`. What an interrupted attempt has left there gives way; one that is
    /// under way holds the file's lock.
    fn make(&self, draft: &Path) -> Result<(), OpenError> {
        let made = self.make_anew(draft);
        let disk = match made {
            Err(OpenError::Damaged(_)) => {
                fs::remove_file(draft).map_err(|error| explain(draft, error.into()))?;
                self.make_anew(draft)?
            }
            made => made?,
        };
        Disk::found(&disk).map_err(|fault| OpenError::Io(fault.0))
    }

    fn make_anew(&self, draft: &Path) -> Result<Disk, OpenError> {
        let file = Careful::open(draft, true).map_err(|error| explain(&self.path, error))?;
        let accepted = file.accept().map_err(DatabaseError::from);
        accepted.map_err(|error| explain(draft, error))?;
        self.database(&file, false)
    }

    fn draft_path(&self) -> PathBuf {
        let mut draft = self.path.clone().into_os_string();
        draft.push(".new");
        draft.into()
    }
}

/// Gives the file its name, which a link never takes from another file.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    if fs::metadata(path).is_ok_and(|found| found.len() == 0) {
        fs::remove_file(path)?;
    }
    match fs::hard_link(draft, path) {
        // Another process was faster; its log is as good.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        linked => linked?,
    }
    fs::remove_file(draft)?;
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
