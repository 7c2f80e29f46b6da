//! `consil reason -i`: a conversation with the rules, on a terminal or from a script.

mod command;
mod editor;

use std::io::{self, BufRead, IsTerminal};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use consil::logic::{Budget, Term, is_complete};
use consil::reason::{ReasonFileError, Session, Typed};
use serde_json::Value;

use super::answer::Found;
use super::tasks;
use crate::console::Console;
use crate::failure::{Failure, InputError};
use crate::interrupt;
use command::Command;
pub use command::{CommandError, NoSuchClause};
use consil::number::count;
use editor::{Input, LineEditor};

/// How many proofs `:why` shows, and worlds `:sample` draws.
const PROOFS: usize = 3;
const SAMPLES: u64 = 10_000;

/// Whether to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    GoOn,
    Quit,
}

/// A conversation at a console.
struct Shell<'c> {
    session: Session,
    console: &'c Console,
    /// Seconds that a question may take before its answers are bounds.
    timeout: Option<f64>,
    n_samplings: u64,
}

/// Talks until the input ends or somebody leaves; a script in which something was wrong ends with a failure.
///
/// # Errors
/// [`Failure`].
pub fn run(files: &[PathBuf], timeout: Option<f64>, console: &Console) -> Result<(), Failure> {
    let session = Session::new(files)?;
    let mut shell = Shell { session, console, timeout, n_samplings: 0 };
    if io::stdin().is_terminal() { shell.converse() } else { shell.script() }
}

impl Shell<'_> {
    fn converse(&mut self) -> Result<(), Failure> {
        let mut editor = LineEditor::new()?;
        let program = self.session.program();
        self.console.say(&format!(
            "{}, {}. Type clauses, or ?- queries, each with its full stop; :help helps, :quit leaves.",
            count(program.listing(None).count(), "clause"),
            count(program.queries().len(), "question"),
        ));
        loop {
            editor.complete_names(self.session.program());
            match editor.read()? {
                Input::Text(text) => match self.take(&text) {
                    Ok(Flow::GoOn) => {}
                    Ok(Flow::Quit) => break,
                    Err(Failure::Unread) => return Err(Failure::Unread),
                    Err(failure) => {
                        self.console.report(&failure);
                    }
                },
                Input::Cancelled => {}
                Input::End => break,
            }
        }
        editor.save()
    }

    fn script(&mut self) -> Result<(), Failure> {
        let mut text = String::new();
        let (mut first, mut is_right) = (1, true);
        let lines = io::stdin().lock().split(b'\n').map(Some).chain([None]);
        for (number, line) in (1..).zip(lines) {
            let is_last = line.is_none();
            if let Some(line) = line {
                let line = String::from_utf8(line?)
                    .map_err(|error| InputError::InputNotText { line: number, at: error.utf8_error().valid_up_to() })?;
                text.push_str(line.strip_suffix('\r').unwrap_or(&line));
                text.push('\n');
            }
            if !is_last && !Command::begins(&text) && !is_complete(&text) {
                continue;
            }
            match self.take(&text) {
                Ok(Flow::GoOn) => {}
                Ok(Flow::Quit) => break,
                Err(Failure::Unread) => return Err(Failure::Unread),
                Err(failure) => {
                    self.console.complain(&format!("line {first} of the input:"));
                    self.console.report(&failure);
                    is_right = false;
                }
            }
            text.clear();
            first = number + 1;
        }
        if is_right { Ok(()) } else { Err(Failure::Reported) }
    }

    /// Does what one input says.
    fn take(&mut self, text: &str) -> Result<Flow, Failure> {
        if Command::begins(text) {
            return self.obey(Command::read(text)?);
        }
        for typed in Session::parse(text).map_err(ReasonFileError::Rules)? {
            match typed {
                Typed::Query(goal) => self.ask(goal)?,
                Typed::Evidence(atom) => self.session.observe(atom)?,
                Typed::Clause(clause, term) => {
                    self.session.add(&clause)?;
                    self.remark(&term);
                }
            }
        }
        Ok(Flow::GoOn)
    }

    /// Says what somebody who adds a clause may want to know.
    fn remark(&self, added: &Term) {
        let is_fact = added.args_of::<2>(":-").is_none() && added.args_of::<1>(":-").is_none();
        if is_fact && !added.is_ground() && added.args_of::<2>("::").is_none() {
            self.console.say(&format!("added for every value; to ask, type ?- {added}."));
        }
        let unknown = self.session.unknown();
        if !unknown.is_empty() {
            self.console.say(&format!("no clauses yet: {}", unknown.join(", ")));
        }
    }

    fn ask(&mut self, goal: Term) -> Result<(), Failure> {
        self.session.ask(goal);
        self.show(|shell, budget| {
            let found = tasks::marginal(shell.session.reasoner(), budget, shell.console.out_style())?;
            Ok(if found.is_empty() { Found::new(Vec::new(), "no answers\n".to_owned()) } else { found })
        })
    }

    fn obey(&mut self, command: Command) -> Result<Flow, Failure> {
        let style = self.console.out_style();
        match command {
            Command::Quit => return Ok(Flow::Quit),
            Command::Help => self.print(command::help(style))?,
            Command::Load(file) => self.session.load(&file)?,
            Command::Save(file) => command::save(&file, &self.session.typed())?,
            Command::Evidence(Some(atom)) => self.session.observe(atom)?,
            Command::Do(Some(atom)) => self.session.intervene(atom)?,
            Command::Evidence(None) => self.print(listed(self.session.evidence()))?,
            Command::Do(None) => self.print(listed(self.session.interventions()))?,
            Command::Forget => self.session.forget()?,
            Command::List(name) => {
                let clauses = self.session.program().listing(name.as_deref());
                let text: String = clauses.map(|clause| format!("{clause}.\n")).collect();
                self.print(text)?;
            }
            Command::Retract(pattern) => {
                if !self.session.retract(&pattern)? {
                    return Err(NoSuchClause { pattern }.into());
                }
            }
            Command::Run => {
                self.session.ask_own();
                self.show(|shell, budget| tasks::marginal(shell.session.reasoner(), budget, style))?;
            }
            Command::Why(goal) => {
                self.session.ask(goal.clone());
                self.show(|shell, budget| Ok(tasks::why(shell.session.reasoner(), &goal, PROOFS, budget, style)?.0))?;
            }
            Command::WhyNot(atom) => {
                self.show(|shell, budget| tasks::why_not(shell.session.reasoner(), &atom, budget))?
            }
            Command::Mpe(goal) => {
                self.session.ask(goal);
                self.show(|shell, budget| tasks::mpe(shell.session.reasoner(), budget, style))?;
            }
            Command::Sample(goal) => {
                self.session.ask(goal);
                let seed = self.n_samplings;
                self.n_samplings += 1;
                self.show(|shell, budget| tasks::sample(shell.session.reasoner(), SAMPLES, seed, budget, style))?;
            }
        }
        Ok(Flow::GoOn)
    }

    /// Works something out and prints it. Ctrl-C ends the work: what is certain by then is shown as bounds.
    fn show(&self, work: impl FnOnce(&Self, &Budget) -> Result<Found, Failure>) -> Result<(), Failure> {
        let begin = Instant::now();
        let stop = Arc::new(AtomicBool::new(false));
        let (pressed, watched) = (stop.clone(), stop.clone());
        let mut budget = consil::reason::budget(self.timeout);
        let deadline = budget.expired.take();
        budget.expired = Some(Arc::new(move || {
            watched.load(Ordering::SeqCst) || deadline.as_ref().is_some_and(|deadline| deadline())
        }));
        let watch = interrupt::watch(move || pressed.store(true, Ordering::SeqCst));
        let found = work(self, &budget);
        drop(watch);
        match found {
            Ok(found) => {
                if stop.load(Ordering::SeqCst) {
                    self.console.say("\ninterrupted; so far it is certain that:");
                }
                found.print(begin, 0.0, self.console)
            }
            Err(_) if stop.load(Ordering::SeqCst) => {
                self.console.complain("\ninterrupted");
                Ok(())
            }
            Err(failure) => Err(failure),
        }
    }

    fn print(&self, text: String) -> Result<(), Failure> {
        self.console.answer(&Value::from(text.clone()), |_| text)
    }
}

/// A line for each term.
fn listed(terms: &[Term]) -> String {
    match terms {
        [] => "none\n".to_owned(),
        _ => terms.iter().map(|term| format!("{term}\n")).collect(),
    }
}
