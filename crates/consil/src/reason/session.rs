//! A conversation: clauses that come one by one, files, evidence and interventions, and what is asked in between.

use std::path::{Path, PathBuf};

use consil_logic::{DiagnosticKind, Diagnostics, Program, Term, parse_term, read_clauses};

use super::{Questions, ReasonFileError, Reasoner, beside, read};

/// What messages call the text that was typed.
const TYPED: &str = "typed";

/// A conversation with the rules. Every change is whole or not at all: what is refused leaves everything as it was.
pub struct Session {
    files: Vec<PathBuf>,
    /// Clauses and directives, each with its full stop.
    typed: Vec<String>,
    evidence: Vec<Term>,
    interventions: Vec<Term>,
    reasoner: Reasoner,
    unknown: Vec<String>,
}

/// A piece of what was typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// `?- goal.`, or `query(goal).`
    Query(Term),
    /// `evidence(atom).`, with `\+` where it was seen not to hold.
    Evidence(Term),
    /// A clause or a directive to add, without its full stop, and as a term.
    Clause(String, Term),
}

impl Session {
    /// A conversation about the rules of some files.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn new(files: &[PathBuf]) -> Result<Self, ReasonFileError> {
        let empty = Reasoner::read(TYPED, String::new(), &Questions::default())?;
        let mut session = Self {
            files: Vec::new(),
            typed: Vec::new(),
            evidence: Vec::new(),
            interventions: Vec::new(),
            reasoner: empty,
            unknown: Vec::new(),
        };
        files.iter().try_for_each(|file| session.load(file))?;
        Ok(session)
    }

    /// Takes a text apart into queries, evidence and clauses.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn parse(text: &str) -> Result<Vec<Typed>, Diagnostics> {
        let clauses = read_clauses(TYPED, text)?.into_iter();
        Ok(clauses
            .map(|(term, span)| {
                if let Some([goal]) = term.args_of::<1>("?-").or_else(|| term.args_of::<1>("query")) {
                    return Typed::Query(goal.clone());
                }
                if let Some([atom]) = term.args_of::<1>("evidence") {
                    return Typed::Evidence(atom.clone());
                }
                if let Some([atom, Term::Atom(truth)]) = term.args_of::<2>("evidence") {
                    let seen =
                        if &**truth == "true" { atom.clone() } else { Term::compound("\\+", vec![atom.clone()]) };
                    return Typed::Evidence(seen);
                }
                Typed::Clause(text.get(span.start..span.end).unwrap_or_default().to_owned(), term)
            })
            .collect())
    }

    /// What is asked now, with the answers to come from this reasoner.
    pub fn ask(&mut self, query: Term) -> &Reasoner {
        self.reasoner.ask(query);
        &self.reasoner
    }

    /// Asks what the files ask.
    pub fn ask_own(&mut self) {
        self.reasoner.queries = None;
    }

    /// The reasoner, asked what it was asked last.
    pub fn reasoner(&self) -> &Reasoner {
        &self.reasoner
    }

    /// The program as it stands.
    pub fn program(&self) -> &Program {
        self.reasoner.engine.program()
    }

    /// Predicates that some clause calls and none defines yet, such as `edge/2`.
    pub fn unknown(&self) -> &[String] {
        &self.unknown
    }

    /// What was observed, as it was given.
    pub fn evidence(&self) -> &[Term] {
        &self.evidence
    }

    /// What is made to hold or not.
    pub fn interventions(&self) -> &[Term] {
        &self.interventions
    }

    /// The clauses and directives that were typed, as a program.
    pub fn typed(&self) -> String {
        self.typed.iter().map(|clause| format!("{clause}\n")).collect()
    }

    /// Reads a file in addition; one that was read before is read anew.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn load(&mut self, file: &Path) -> Result<(), ReasonFileError> {
        // A file that cannot be read is an error of its own, not of a directive that nobody wrote.
        read(file)?;
        self.change(|session| {
            if !session.files.iter().any(|known| known == file) {
                session.files.push(file.to_owned());
            }
        })
    }

    /// Adds a clause or a directive.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn add(&mut self, clause: &str) -> Result<(), ReasonFileError> {
        self.change(|session| session.typed.push(format!("{clause}.")))
    }

    /// Takes away the first clause whose head is an instance of the pattern, and says whether there was one.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn retract(&mut self, pattern: &Term) -> Result<bool, ReasonFileError> {
        let before = self.program().listing(None).count();
        self.add(&format!(":- retract(({pattern}))"))?;
        let is_gone = self.program().listing(None).count() < before;
        if !is_gone {
            self.change(|session| {
                session.typed.pop();
            })?;
        }
        Ok(is_gone)
    }

    /// Observes an atom, or `\+ atom`.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn observe(&mut self, atom: Term) -> Result<(), ReasonFileError> {
        self.change(|session| {
            session.evidence.retain(|known| positive(known) != positive(&atom));
            session.evidence.push(atom);
        })
    }

    /// Makes an atom hold, or `\+ atom` not hold.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn intervene(&mut self, atom: Term) -> Result<(), ReasonFileError> {
        self.change(|session| {
            session.interventions.retain(|known| positive(known) != positive(&atom));
            session.interventions.push(atom);
        })
    }

    /// Forgets all evidence and interventions.
    ///
    /// # Errors
    /// [`ReasonFileError`].
    pub fn forget(&mut self) -> Result<(), ReasonFileError> {
        self.change(|session| {
            session.evidence.clear();
            session.interventions.clear();
        })
    }

    /// Makes a change and reads everything again; what cannot be read takes the change back.
    fn change(&mut self, change: impl FnOnce(&mut Self)) -> Result<(), ReasonFileError> {
        let before = (self.files.clone(), self.typed.clone(), self.evidence.clone(), self.interventions.clone());
        change(self);
        match self.build() {
            Ok((reasoner, unknown)) => {
                (self.reasoner, self.unknown) = (reasoner, unknown);
                Ok(())
            }
            Err(error) => {
                (self.files, self.typed, self.evidence, self.interventions) = before;
                Err(error)
            }
        }
    }

    /// The reasoner, and the predicates that are called before they are defined.
    fn build(&self) -> Result<(Reasoner, Vec<String>), ReasonFileError> {
        let quoted = |path: &PathBuf| Term::atom(&path.display().to_string());
        let files: String = self.files.iter().map(|file| format!(":- consult({}).\n", quoted(file))).collect();
        // Files come first: what is typed may take their clauses away.
        let text = files + &self.typed();
        let as_text = |terms: &[Term]| terms.iter().map(Term::to_string).collect();
        let questions = Questions {
            queries: Vec::new(),
            evidence: as_text(&self.evidence),
            interventions: as_text(&self.interventions),
        };
        let unknown = match Program::parse_with(TYPED, &text, &mut beside) {
            Ok(_) => Vec::new(),
            Err(findings) => called_too_early(&findings),
        };
        let declared: String = unknown.iter().map(|name| format!(":- dynamic {name}.\n")).collect();
        Ok((Reasoner::read(TYPED, text + &declared, &questions)?, unknown))
    }
}

/// The predicates without clauses, if that is all that is wrong.
fn called_too_early(findings: &Diagnostics) -> Vec<String> {
    let items = findings.items();
    if items.iter().any(|item| item.kind != DiagnosticKind::UnknownPredicate) {
        return Vec::new();
    }
    let indicator = |text: &str| {
        let term = parse_term(text).ok()?;
        let (name, args) = term.functor()?;
        Some(format!("{}/{}", Term::atom(name), args.len()))
    };
    let mut all: Vec<String> = items.iter().filter_map(|item| indicator(findings.excerpt(item))).collect();
    all.sort();
    all.dedup();
    all
}

/// The atom of `\+ atom`, or the atom.
fn positive(literal: &Term) -> &Term {
    literal.args_of::<1>("\\+").map_or(literal, |[atom]| atom)
}

#[cfg(test)]
mod tests {
    use consil_logic::Budget;

    use super::*;

    fn probabilities(session: &mut Session, query: &str) -> Vec<(String, f64)> {
        let solutions = session.ask(query.parse().unwrap()).solve(&Budget::default()).unwrap();
        solutions.into_iter().map(|one| (one.answer.to_string(), one.probability)).collect()
    }

    #[test]
    fn clauses_evidence_and_interventions_come_and_go() {
        let mut session = Session::new(&[]).unwrap();
        session.add("path(X, Y) :- edge(X, Y)").unwrap();
        assert_eq!(session.unknown(), ["edge/2"]);
        session.add("0.5::edge(1, 2)").unwrap();
        session.add("path(X, Y) :- edge(X, Z), path(Z, Y)").unwrap();
        session.add("0.4::edge(2, 3)").unwrap();
        assert!(session.unknown().is_empty());
        let expected = [("path(1, 2)".to_owned(), 0.5), ("path(1, 3)".to_owned(), 0.2)];
        assert_eq!(probabilities(&mut session, "path(1, X)"), expected);

        session.observe("path(1, 3)".parse().unwrap()).unwrap();
        assert_eq!(probabilities(&mut session, "edge(1, 2)")[0].1, 1.0);
        session.forget().unwrap();
        session.intervene("\\+ edge(2, 3)".parse().unwrap()).unwrap();
        assert_eq!(probabilities(&mut session, "path(1, 3)")[0].1, 0.0);
        session.intervene("edge(2, 3)".parse().unwrap()).unwrap();
        assert_eq!(probabilities(&mut session, "path(1, 3)")[0].1, 0.5);
        session.forget().unwrap();
        assert!(session.retract(&"edge(2, _)".parse().unwrap()).unwrap());
        assert!(!session.retract(&"edge(2, _)".parse().unwrap()).unwrap());
        assert_eq!(probabilities(&mut session, "path(1, X)"), [("path(1, 2)".to_owned(), 0.5)]);
    }

    #[test]
    fn what_is_refused_changes_nothing() {
        let mut session = Session::new(&[]).unwrap();
        session.add("0.5::a").unwrap();
        for wrong in ["0.7::b; 0.7::c", "b :- X > 1", "is(1, 2) :- a", ":- consult('nowhere.pl')"] {
            assert!(session.add(wrong).is_err(), "{wrong}");
        }
        assert!(session.load(Path::new("nowhere.pl")).is_err());
        assert!(session.intervene("zebra".parse().unwrap()).is_err());
        assert_eq!(session.typed(), "0.5::a.\n");
        assert!(session.interventions().is_empty());
        assert_eq!(probabilities(&mut session, "a"), [("a".to_owned(), 0.5)]);
    }

    #[test]
    fn clauses_of_files_can_be_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it's.pl");
        std::fs::write(&file, "0.5::a(1).\n0.6::a(2).\n").unwrap();
        let mut session = Session::new(std::slice::from_ref(&file)).unwrap();
        assert!(session.retract(&"a(1)".parse().unwrap()).unwrap());
        assert_eq!(probabilities(&mut session, "a(X)"), [("a(2)".to_owned(), 0.6)]);
        std::fs::write(&file, "0.5::a(1).\n0.7::a(2).\n").unwrap();
        session.load(&file).unwrap();
        assert_eq!(probabilities(&mut session, "a(X)"), [("a(2)".to_owned(), 0.7)]);
    }

    #[test]
    fn a_text_is_taken_apart() {
        let typed =
            Session::parse("0.3::rain. % often\n?- rain.\nevidence(\\+ wet). evidence(dry, false).\nquery(p(X)).")
                .unwrap();
        let term = |text: &str| text.parse::<Term>().unwrap();
        assert_eq!(
            typed,
            [
                Typed::Clause("0.3::rain".into(), term("0.3::rain")),
                Typed::Query(term("rain")),
                Typed::Evidence(term("\\+ wet")),
                Typed::Evidence(term("\\+ dry")),
                Typed::Query(term("p(X)")),
            ]
        );
        assert!(Session::parse("a :- .").is_err());
    }
}
