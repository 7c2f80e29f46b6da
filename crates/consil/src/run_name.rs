//! Which names a run may have.

use consil_diagnostic::terminal;

/// How long a name may be, in bytes: file systems take 255 for a name with its number.
const LONGEST: usize = 200;

/// Why a name cannot be that of a run, if it cannot: a run is a folder of its name in the folder of runs, and nowhere else.
pub fn bad_name(name: &str) -> Option<&'static str> {
    match name {
        "" => Some("it is empty"),
        _ if name.len() > LONGEST => Some("it is longer than 200 bytes"),
        _ if name.contains(['/', '\\']) => Some("it has a slash, as paths have"),
        _ if name.starts_with('.') => Some("it begins with a dot"),
        _ if name.contains(terminal::is_obeyed) => Some("it has a control character"),
        _ => None,
    }
}
