//! Instruction counts by valgrind's callgrind.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Keeps glibc to the string functions that every x86-64 processor can run, so that counts do not
/// depend on the machine: `rep stosb` alone counts as one instruction for each byte. Elsewhere, and
/// with another C library, it says nothing.
const PLAIN_STRING_FUNCTIONS: &str =
    "glibc.cpu.hwcaps=-ERMS,-FSRM,-AVX2,-AVX512F,-AVX512VL,-AVX_Fast_Unaligned_Load";

/// The command that runs `program` and counts what is executed in
/// [`counted_stretch`](super::work::counted_stretch).
pub fn over(scenario: &str, program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command
        .env("GLIBC_TUNABLES", PLAIN_STRING_FUNCTIONS)
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .arg("--toggle-collect=*counted_stretch*")
        .arg(format!("--callgrind-out-file={}", file(scenario).display()))
        .arg(program);
    command
}

/// What the last run of the scenario has counted.
pub fn instructions(scenario: &str) -> Result<u64, String> {
    let file = file(scenario);
    let profile = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let counts = profile
        .lines()
        .filter_map(|line| line.strip_prefix("summary: ")?.trim().parse::<u64>().ok());
    match counts.sum() {
        0 => Err("callgrind has counted nothing".to_owned()),
        counted => Ok(counted),
    }
}

/// Valgrind's name and version.
pub fn version() -> Option<String> {
    let output = Command::new("valgrind").arg("--version").output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The profile, beside the program, for a look at it with `callgrind_annotate`.
fn file(scenario: &str) -> PathBuf {
    let program = env::current_exe().unwrap_or_default();
    program.with_file_name(format!("callgrind.{scenario}.out"))
}
