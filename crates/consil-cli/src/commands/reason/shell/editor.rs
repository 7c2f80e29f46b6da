//! The line that is typed: its history, and what Tab completes.

use std::path::PathBuf;

use consil::logic::{Program, builtin_names, is_complete};
use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::command::{COMMANDS, Command};
use crate::failure::Failure;

const PROMPT: &str = "consil> ";

/// What came of waiting for a line.
pub enum Input {
    Text(String),
    /// Ctrl-C: what was typed is dropped.
    Cancelled,
    /// Ctrl-D.
    End,
}

/// Reads inputs from a terminal.
pub struct LineEditor {
    editor: Editor<Completions, DefaultHistory>,
    history: Option<PathBuf>,
}

impl LineEditor {
    /// An editor with the history of earlier conversations.
    ///
    /// # Errors
    /// When the terminal cannot be used.
    pub fn new() -> Result<Self, Failure> {
        let config = Config::builder().completion_type(CompletionType::List).max_history_size(1000);
        let config = config.map_err(Failure::internal)?.build();
        let mut editor = Editor::with_config(config).map_err(Failure::internal)?;
        editor.set_helper(Some(Completions { names: Vec::new(), files: FilenameCompleter::new() }));
        let history = history_file();
        if let Some(path) = &history {
            // There is none the first time.
            let _ = editor.load_history(path);
        }
        Ok(Self { editor, history })
    }

    /// Completes the names of a program from now on, beside those that are built in.
    pub fn complete_names(&mut self, program: &Program) {
        let own = program.predicates().into_iter().map(|(name, _)| name.to_owned());
        let mut names: Vec<String> = own.chain(builtin_names().into_iter().map(str::to_owned)).collect();
        names.sort();
        names.dedup();
        if let Some(helper) = self.editor.helper_mut() {
            helper.names = names;
        }
    }

    /// Waits for an input: a command, or clauses up to a full stop.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub fn read(&mut self) -> Result<Input, Failure> {
        match self.editor.readline(PROMPT) {
            Ok(text) => {
                if !text.trim().is_empty() {
                    // A history that is full or switched off takes nothing, and nothing is lost by that.
                    let _ = self.editor.add_history_entry(text.trim());
                }
                Ok(Input::Text(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Input::Cancelled),
            Err(ReadlineError::Eof) => Ok(Input::End),
            Err(error) => Err(Failure::internal(error)),
        }
    }

    /// Keeps the history for the next conversation, where there is a place for it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save(&mut self) -> Result<(), Failure> {
        let Some(path) = &self.history else { return Ok(()) };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Failure::internal)?;
        }
        self.editor.save_history(path).map_err(Failure::internal)
    }
}

/// `consil/reason-history` in the user's folder for state: `$XDG_STATE_HOME`, `~/.local/state`, or `%LOCALAPPDATA%`.
fn history_file() -> Option<PathBuf> {
    let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state =
        state.or_else(|| folder("HOME").map(|home| home.join(".local/state"))).or_else(|| folder("LOCALAPPDATA"));
    state.map(|state| state.join("consil/reason-history"))
}

/// What Tab completes, and when an input is whole.
struct Completions {
    names: Vec<String>,
    files: FilenameCompleter,
}

impl Completer for Completions {
    type Candidate = Pair;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = &line[..at];
        let pair = |text: &str| Pair { display: text.to_owned(), replacement: text.to_owned() };
        if Command::begins(before) {
            let Some((word, _)) = before.split_once(char::is_whitespace) else {
                let names = COMMANDS.iter().map(|(name, ..)| *name).filter(|name| name.starts_with(before));
                return Ok((0, names.map(pair).collect()));
            };
            if word == ":load" || word == ":save" {
                return self.files.complete_path(line, at);
            }
        }
        let start = before
            .rfind(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(0, |border| border + before[border..].chars().next().map_or(1, char::len_utf8));
        let word = &before[start..];
        // A variable, or nothing, begins no name.
        if !word.starts_with(char::is_lowercase) {
            return Ok((start, Vec::new()));
        }
        Ok((start, self.names.iter().filter(|name| name.starts_with(word)).map(|name| pair(name)).collect()))
    }
}

impl Validator for Completions {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = context.input();
        let is_whole = Command::begins(text) || is_complete(text);
        Ok(if is_whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Hinter for Completions {
    type Hint = String;
}

impl Highlighter for Completions {}

impl Helper for Completions {}
