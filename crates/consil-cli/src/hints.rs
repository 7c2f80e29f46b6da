//! The errors of the command line that have hints: a command gives its errors up without their types, and here they are known again.

use std::error::Error;

use consil_diagnostic::hint::{Row, find, row};

use crate::commands;
use crate::failure::{InputError, Panicked};
use crate::fetch::FetchError;

const OURS: &[Row] = &[row::<FetchError>, row::<InputError>, row::<Panicked>];

/// What would help, where an error or one of its causes knows it.
pub fn help_of(error: &(dyn Error + 'static)) -> Option<String> {
    let lists: Vec<&[Row]> = [OURS].iter().chain(commands::HINTS).chain(consil::HINTS).copied().collect();
    find(error, &lists)
}

#[cfg(test)]
mod tests {
    use std::io;

    use consil::{RunError, train::TrainError};
    use consil_diagnostic::FileError;
    use consil_diagnostic::file::Action;

    use super::*;

    #[test]
    fn what_helps_is_known_however_deep_the_error_lies() {
        let cause = || io::Error::from(io::ErrorKind::PermissionDenied);
        let file = || FileError::new(Action::Create, "runs".as_ref(), cause());
        let expected = Some("give another folder with --runs, or make this one writable");
        assert_eq!(help_of(&RunError::NotMade(file())).as_deref(), expected);
        assert_eq!(help_of(&TrainError::Run(RunError::NotMade(file()))).as_deref(), expected);
        let lost = FetchError::Server { url: "u".to_owned(), problem: "p".to_owned(), path: "x".into() };
        assert!(help_of(&lost).is_some_and(|help| help.contains("place the file by hand at x")));
        assert_eq!(help_of(&cause()), None);
    }
}
