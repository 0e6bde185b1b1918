//! Who speaks, or listens: a checked name.

/// Longest user name, in characters.
const USER_CHARS: usize = 64;

/// Checks a user's name, and takes the spaces around it away; an error says what is wrong with it.
pub(super) fn check(name: &str) -> Result<&str, &'static str> {
    let name = name.trim();
    if name.is_empty() {
        return Err("a user name must not be empty");
    }
    if name.chars().count() > USER_CHARS {
        return Err("a user name has at most 64 characters");
    }
    if name.chars().any(char::is_control) {
        return Err("a user name must not hold control characters");
    }
    Ok(name)
}
