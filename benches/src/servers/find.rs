//! Where the programs are: given by hand, fetched into the cache, built here, or on the path.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The benchmark's own folder, from which everything else is found.
pub fn home() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The program called `name`, or a sentence that says where it was looked for.
pub fn program(name: &str) -> Result<PathBuf, String> {
    let variable = format!("HUBBENCH_{}", name.to_uppercase().replace('-', "_"));
    if let Some(given) = env::var_os(&variable).map(PathBuf::from) {
        let problem = || format!("{variable} names {}, which is not a file", given.display());
        return given.is_file().then(|| given.clone()).ok_or_else(problem);
    }
    let cached = home().join("target/peers/bin");
    let built = env::current_exe()
        .ok()
        .and_then(|me| Some(me.parent()?.to_path_buf()));
    let main_crate = home().join("../target/release");
    let path = env::var_os("PATH").unwrap_or_default();
    [Some(cached), built, Some(main_crate)]
        .into_iter()
        .flatten()
        .chain(env::split_paths(&path))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| format!("`{name}` is not in the cache, not built and not on the path"))
}

/// A command that the kernel ends when this process is killed, where there is `setpriv`. That
/// execs the program, so the process ID stays the same.
pub fn bound_to_us(file: &Path) -> Command {
    let Ok(setpriv) = program("setpriv") else {
        return Command::new(file);
    };
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "TERM", "--"]).arg(file);
    command
}

/// The folder of nginx's modules: fetched, or the distribution's.
pub fn nginx_modules() -> PathBuf {
    let fetched = home().join("target/peers/nginx/usr/lib/nginx/modules");
    if fetched.is_dir() {
        fetched
    } else {
        PathBuf::from("/usr/lib/nginx/modules")
    }
}
