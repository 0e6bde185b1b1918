//! What is no log, no longer free, or of another version: refused in a sentence.

use std::path::Path;

use redb::{Database, TableDefinition};
use ssehub::store::OpenError;

use super::super::{Folder, draft};
use super::{Sample, check, check_refused, open, said};

/// Opens what must not open, which stays as it is.
#[track_caller]
fn refused(path: &Path) -> OpenError {
    let before = std::fs::read(path).ok();
    let error = open(path).expect_err("is refused");
    assert!(
        std::fs::read(path).ok() == before,
        "{error}: was written to"
    );
    let text = error.to_string();
    assert!(text.contains(&path.display().to_string()), "{text}");
    assert!(!text.contains('\n') && !text.contains("Error"), "{text}");
    error
}

#[test]
fn what_is_no_log_is_refused() {
    let texts: [&[u8]; 4] = [b"x", b"redb", b"Dear diary,\n", &[0; 100_000]];
    for bytes in texts {
        assert_eq!(check(&format!("{} bytes", bytes.len()), bytes, &[]), None);
    }
}

#[test]
fn an_empty_file_becomes_a_log() {
    assert_eq!(check("empty", b"", &[]), Some(0));
}

#[test]
fn a_file_of_a_later_version_is_refused() {
    let folder = Folder::new();
    std::fs::write(folder.file(), Sample::closed().bytes).unwrap();
    let later = Database::create(folder.file()).unwrap();
    let write = later.begin_write().unwrap();
    const META: TableDefinition<'_, &str, (u64, u64)> = TableDefinition::new("meta");
    let mut meta = write.open_table(META).unwrap();
    meta.insert("format", (4, 0)).unwrap();
    drop(meta);
    write.commit().unwrap();
    drop(later);
    let error = refused(&folder.file());
    assert!(matches!(error, OpenError::Version(_)), "{error:?}");
    let text = error.to_string();
    assert!(
        text.contains("format 4") && text.contains("format 3"),
        "{text}"
    );
}

#[test]
fn another_programs_database_is_refused() {
    const OTHER: TableDefinition<'_, u64, u64> = TableDefinition::new("other");
    const META: TableDefinition<'_, u64, u64> = TableDefinition::new("meta");
    for table in [OTHER, META] {
        let folder = Folder::new();
        let other = Database::create(folder.file()).unwrap();
        let write = other.begin_write().unwrap();
        write.open_table(table).unwrap().insert(1, 1).unwrap();
        write.commit().unwrap();
        drop(other);
        let error = refused(&folder.file());
        let bytes = std::fs::read(folder.file()).unwrap();
        check_refused(&format!("{table}"), &folder.file(), &bytes, &error);
    }
}

#[test]
fn a_place_where_no_file_can_be_is_refused() {
    let folder = Folder::new();
    std::fs::write(folder.file(), b"").unwrap();
    let places = [
        folder.0.clone(),
        folder.0.join("none").join("log"),
        folder.file().join("log"),
        // Not even root makes files there.
        "/proc/ssehub.log".into(),
    ];
    for place in places {
        let error = refused(&place);
        assert!(matches!(error, OpenError::Io(_)), "{error:?}");
        assert!(error.to_string().starts_with("cannot open "), "{error}");
    }
}

#[test]
fn a_log_that_is_open_is_refused_and_goes_on() {
    let folder = Folder::new();
    let first = open(&folder.file()).unwrap();
    let store = |data: &str| futures_lite::future::block_on(first.append(draft("a", data)));
    store("one").unwrap();
    for _ in 0..3 {
        let error = open(&folder.file()).expect_err("is refused");
        assert!(matches!(error, OpenError::InUse(_)), "{error:?}");
        assert!(error.to_string().contains("is in use"), "{error}");
    }
    store("two").unwrap();
    assert_eq!(said(&first).len(), 2);
}

#[cfg(feature = "server")]
#[test]
fn a_log_that_another_process_has_open_is_refused() {
    let folder = Folder::new();
    let first = open(&folder.file()).unwrap();
    futures_lite::future::block_on(first.append(draft("a", "one"))).unwrap();
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_ssehub"))
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(folder.file())
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(1), "{second:?}");
    let sentence = format!(
        "ssehub: {} is in use by another process\n",
        folder.file().display()
    );
    assert_eq!(String::from_utf8_lossy(&second.stderr), sentence);
    futures_lite::future::block_on(first.append(draft("a", "two"))).unwrap();
    assert_eq!(said(&first).len(), 2);
}
