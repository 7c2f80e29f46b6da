//! Writing terms so that they parse back to themselves.

use std::fmt::{self, Write};

use super::{CONS, NIL, Term};
use crate::syntax::operator::{ARGUMENT, Fixity, LOOSEST, infix, prefix};

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_term(f, self, LOOSEST)
    }
}

/// Writes a term as an operand with room for operators up to priority `room`.
pub(crate) fn write_term(f: &mut dyn Write, term: &Term, room: u16) -> fmt::Result {
    match term {
        Term::Var(name) => f.write_str(name),
        Term::Int(value) => write!(f, "{value}"),
        Term::Float(value) => write!(f, "{value:?}"),
        Term::Atom(name) if room < ARGUMENT && is_operator(name) => {
            f.write_char('(')?;
            write_atom(f, name)?;
            f.write_char(')')
        }
        Term::Atom(name) => write_atom(f, name),
        Term::Str(text) => write_quoted(f, text, '"'),
        Term::Compound(compound) => match (compound.functor(), compound.args()) {
            (CONS, [_, _]) => write_list(f, term),
            ("\\+", [goal]) => {
                let (priority, inner) = (900, 900);
                parenthesised(f, priority > room, |f| {
                    f.write_str("\\+ ")?;
                    write_term(f, goal, inner.min(ARGUMENT - 1))
                })
            }
            (name, [_, _]) if infix(name).is_some() => write_infix(f, term, room),
            (name, args) => {
                // `[]` is a token of its own and opens no argument list; `\+` is an operator even before a parenthesis.
                if name == NIL || name == "\\+" {
                    write_quoted(f, name, '\'')?
                } else {
                    write_atom(f, name)?
                }
                f.write_char('(')?;
                for (index, arg) in args.iter().enumerate() {
                    if index > 0 {
                        f.write_str(", ")?;
                    }
                    write_term(f, arg, ARGUMENT)?;
                }
                f.write_char(')')
            }
        },
    }
}

/// A right-grouping chain is written in a loop, so that conjunctions may be of any length.
fn write_infix(f: &mut dyn Write, term: &Term, room: u16) -> fmt::Result {
    let Some((name, [_, _])) = term.functor() else { return Ok(()) };
    let Some(operator) = infix(name) else { return Ok(()) };
    let tighter = operator.priority - 1;
    let left_room = if operator.fixity == Fixity::Left { operator.priority } else { tighter };
    parenthesised(f, operator.priority > room, |f| {
        let mut rest = term;
        loop {
            let Some([left, right]) = rest.args_of(name) else { return Ok(()) };
            write_operand(f, left, left_room)?;
            match name {
                "," => f.write_str(", ")?,
                "::" if ends_plainly(left) && begins_plainly(right) => f.write_str("::")?,
                _ => write!(f, " {name} ")?,
            }
            if operator.fixity == Fixity::Right && right.args_of::<2>(name).is_some() {
                rest = right;
            } else {
                let right_room = if operator.fixity == Fixity::Right { operator.priority } else { tighter };
                return write_operand(f, right, right_room);
            }
        }
    })
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

/// An operand is never at argument room, so that a bare operator among operands is always in parentheses.
fn write_operand(f: &mut dyn Write, term: &Term, room: u16) -> fmt::Result {
    match term {
        Term::Atom(name) if is_operator(name) => {
            f.write_char('(')?;
            write_atom(f, name)?;
            f.write_char(')')
        }
        _ => write_term(f, term, room),
    }
}

fn write_list(f: &mut dyn Write, term: &Term) -> fmt::Result {
    f.write_char('[')?;
    let mut rest = term;
    let mut first = true;
    while let Some([head, tail]) = rest.args_of(CONS) {
        if !first {
            f.write_str(", ")?;
        }
        first = false;
        write_term(f, head, ARGUMENT)?;
        rest = tail;
    }
    if !matches!(rest, Term::Atom(name) if &**name == NIL) {
        f.write_str(" | ")?;
        write_term(f, rest, ARGUMENT)?;
    }
    f.write_char(']')
}

fn parenthesised(f: &mut dyn Write, needed: bool, body: impl FnOnce(&mut dyn Write) -> fmt::Result) -> fmt::Result {
    if needed {
        f.write_char('(')?;
    }
    body(f)?;
    if needed {
        f.write_char(')')?;
    }
    Ok(())
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
