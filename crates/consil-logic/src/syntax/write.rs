//! Writing terms so that they parse back to themselves.

use std::fmt::{self, Write};

use super::operator::{ARGUMENT, Fixity, LOOSEST, infix, prefix};
use crate::term::{CONS, NIL, Term};

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_term(f, self, LOOSEST)
    }
}

/// What is still to be written.
enum Task<'t> {
    /// A term with room for operators up to a priority.
    Term(&'t Term, u16),
    /// An operand: a bare operator among operands is always in parentheses.
    Operand(&'t Term, u16),
    /// The rest of a list behind its first element.
    Tail(&'t Term),
    Text(&'static str),
    Infix(&'t str),
}

/// Writes a term as an operand with room for operators up to priority `room`. What is to come is on the heap: terms may be
/// of any depth.
pub(crate) fn write_term(f: &mut dyn Write, term: &Term, room: u16) -> fmt::Result {
    let mut tasks = vec![Task::Term(term, room)];
    while let Some(task) = tasks.pop() {
        match task {
            Task::Text(text) => f.write_str(text)?,
            Task::Infix(name) => write!(f, " {name} ")?,
            Task::Operand(Term::Atom(name), _) if is_operator(name) => write_bracketed(f, name)?,
            Task::Operand(term, room) => tasks.push(Task::Term(term, room)),
            Task::Tail(rest) => match (rest.args_of(CONS), rest) {
                (Some([head, tail]), _) => {
                    f.write_str(", ")?;
                    tasks.extend([Task::Tail(tail), Task::Term(head, ARGUMENT)]);
                }
                (None, Term::Atom(name)) if &**name == NIL => f.write_char(']')?,
                _ => {
                    f.write_str(" | ")?;
                    tasks.extend([Task::Text("]"), Task::Term(rest, ARGUMENT)]);
                }
            },
            Task::Term(term, room) => match term {
                Term::Var(name) => f.write_str(name)?,
                Term::Int(value) => write!(f, "{value}")?,
                // As SWI-Prolog writes it: `inf` would read as an atom.
                Term::Float(value) if value.is_infinite() => {
                    f.write_str(if *value > 0.0 { "1.0Inf" } else { "-1.0Inf" })?;
                }
                Term::Float(value) => write!(f, "{value:?}")?,
                Term::Atom(name) if room < ARGUMENT && is_operator(name) => write_bracketed(f, name)?,
                Term::Atom(name) => write_atom(f, name)?,
                Term::Str(text) => write_quoted(f, text, '"')?,
                Term::Compound(compound) => write_compound(f, compound.functor(), compound.args(), room, &mut tasks)?,
            },
        }
    }
    Ok(())
}

fn write_compound<'t>(
    f: &mut dyn Write,
    name: &'t str,
    args: &'t [Term],
    room: u16,
    tasks: &mut Vec<Task<'t>>,
) -> fmt::Result {
    match (name, args) {
        (CONS, [head, tail]) => {
            f.write_char('[')?;
            tasks.extend([Task::Tail(tail), Task::Term(head, ARGUMENT)]);
        }
        ("\\+", [goal]) => {
            open(f, 900 > room, tasks)?;
            f.write_str("\\+ ")?;
            tasks.push(Task::Term(goal, 900));
        }
        (name, [left, right]) if let Some(operator) = infix(name) => {
            let tighter = operator.priority - 1;
            let left_room = if operator.fixity == Fixity::Left { operator.priority } else { tighter };
            let right_room = if operator.fixity == Fixity::Right { operator.priority } else { tighter };
            open(f, operator.priority > room, tasks)?;
            let between = match name {
                "," => Task::Text(", "),
                "::" if ends_plainly(left) && begins_plainly(right) => Task::Text("::"),
                _ => Task::Infix(name),
            };
            tasks.extend([Task::Operand(right, right_room), between, Task::Operand(left, left_room)]);
        }
        (name, args) => {
            // `[]` is a token of its own and opens no argument list; `\+` is an operator even before a parenthesis.
            if name == NIL || name == "\\+" {
                write_quoted(f, name, '\'')?;
            } else {
                write_atom(f, name)?;
            }
            f.write_char('(')?;
            tasks.push(Task::Text(")"));
            for (index, arg) in args.iter().enumerate().rev() {
                tasks.push(Task::Term(arg, ARGUMENT));
                if index > 0 {
                    tasks.push(Task::Text(", "));
                }
            }
        }
    }
    Ok(())
}

fn open(f: &mut dyn Write, needed: bool, tasks: &mut Vec<Task<'_>>) -> fmt::Result {
    if needed {
        tasks.push(Task::Text(")"));
        f.write_char('(')?;
    }
    Ok(())
}

fn write_bracketed(f: &mut dyn Write, name: &str) -> fmt::Result {
    f.write_char('(')?;
    write_atom(f, name)?;
    f.write_char(')')
}

/// Whether a symbol may stand right behind the term's text without changing how it reads.
fn ends_plainly(term: &Term) -> bool {
    match term {
        Term::Int(_) | Term::Float(_) | Term::Var(_) => true,
        Term::Compound(compound) => is_word(compound.functor()),
        _ => false,
    }
}

fn begins_plainly(term: &Term) -> bool {
    term.functor().is_some_and(|(name, _)| is_word(name))
}

/// Whether a name is letters and digits, and no operator.
fn is_word(name: &str) -> bool {
    is_plain(name) && name.starts_with(|c: char| c.is_ascii_lowercase()) && !is_operator(name)
}

fn is_operator(name: &str) -> bool {
    infix(name).is_some() || prefix(name).is_some()
}

fn write_atom(f: &mut dyn Write, name: &str) -> fmt::Result {
    if is_plain(name) { f.write_str(name) } else { write_quoted(f, name, '\'') }
}

fn is_plain(name: &str) -> bool {
    let alphanumeric = || {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    // `.` alone would end the clause, and `/*` would open a comment.
    let symbolic = || {
        !name.is_empty()
            && name.chars().all(|c| "+-*/\\^<>=~:.?@#&$".contains(c))
            && !name.ends_with('.')
            && !name.starts_with("/*")
    };
    matches!(name, NIL | ";" | "!") || alphanumeric() || symbolic()
}

fn write_quoted(f: &mut dyn Write, text: &str, quote: char) -> fmt::Result {
    f.write_char(quote)?;
    for c in text.chars() {
        match c {
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            '\r' => f.write_str("\\r")?,
            c if c == quote => write!(f, "\\{c}")?,
            c if c.is_control() => write!(f, "\\x{:x}\\", u32::from(c))?,
            c => f.write_char(c)?,
        }
    }
    f.write_char(quote)
}
