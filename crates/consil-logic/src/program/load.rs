//! What a program loads: other programs and tables, through a callback, since this crate reads no files.

use csv::{ReaderBuilder, Trim};

use super::clause::{Body, Clause, ClauseKind, Head};
use super::read::{Read, Reader, form};
use crate::diagnostic::Diagnostic;
use crate::span::{Source, Span};
use crate::syntax::expr::{Expr, ExprKind};
use crate::term::Term;

/// What a program asks its loader for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The name as the program writes it, such as `family.pl`.
    pub name: &'a str,
    /// The name of the source that asks, so that relative names have a place to start from.
    pub from: &'a str,
    /// What the text will be read as.
    pub kind: RequestKind,
}

/// What a requested text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestKind {
    /// A program: `consult`, `include`, `use_module`.
    Program,
    /// A table of comma-separated values with a line of column names: `load`, `csv_load`.
    Table,
}

/// A text that a loader found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// What messages call it. `consult` reads a text of the same name only once.
    pub name: String,
    /// The text.
    pub text: String,
    /// For a table whose format knows them, the types of its columns from the left. The program's own declaration is stronger; without either, a column has the
    /// narrowest type that all of its cells have.
    pub types: Option<Vec<ColumnType>>,
}

impl Loaded {
    /// A program, or a table whose cells say what they are.
    pub fn text(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into(), types: None }
    }
}

/// Finds the text of a request, or says why there is none.
pub type Loader<'a> = dyn FnMut(&Request<'_>) -> Result<Loaded, String> + 'a;

/// The type of a table's column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// Integers of 64 bits with a sign.
    Integer,
    /// Finite floating-point numbers.
    Float,
    /// Atoms: any text.
    Atom,
    /// Strings: any text.
    String,
}

impl ColumnType {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "integer" | "int" => ColumnType::Integer,
            "float" => ColumnType::Float,
            "atom" => ColumnType::Atom,
            "string" => ColumnType::String,
            _ => return None,
        })
    }

    /// The narrowest type that every cell has. A column with identifiers holds atoms: as numbers they would be rounded, or
    /// lose their zeros, and different rows would become the same.
    fn of<'c>(cells: impl Iterator<Item = &'c str> + Clone) -> Self {
        let all = |column: ColumnType| cells.clone().all(|cell| column.value(cell).is_some());
        match cells.clone().any(is_identifier) {
            true => ColumnType::Atom,
            false => [ColumnType::Integer, ColumnType::Float]
                .into_iter()
                .find(|&column| all(column))
                .unwrap_or(ColumnType::Atom),
        }
    }

    fn value(self, cell: &str) -> Option<Term> {
        match self {
            ColumnType::Integer => cell.parse().ok().map(Term::Int),
            ColumnType::Float => cell.parse().ok().filter(|value: &f64| value.is_finite()).map(Term::Float),
            ColumnType::Atom => Some(Term::atom(cell)),
            ColumnType::String => Some(Term::Str(cell.into())),
        }
    }

    fn name(self) -> &'static str {
        match self {
            ColumnType::Integer => "an integer of 64 bits",
            ColumnType::Float => "a number",
            ColumnType::Atom => "an atom",
            ColumnType::String => "a string",
        }
    }
}

/// Whether a cell of digits is no number of this language but a name that happens to have digits only: `00501`, `+4930123`, or
/// one that does not fit 64 bits.
fn is_identifier(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (cell.starts_with('+') || (digits.len() > 1 && digits.starts_with('0')) || cell.parse::<i64>().is_err())
}

/// What a table becomes.
struct Relation {
    name: String,
    /// The columns' types, if the program gives them; their number otherwise, if it gives that.
    columns: Result<Vec<ColumnType>, Option<usize>>,
    /// The first column holds probabilities.
    is_probabilistic: bool,
}

impl Reader<'_, '_> {
    fn request(&mut self, span: Span, name: &str, kind: RequestKind) -> Read<(Source, Option<Vec<ColumnType>>)> {
        let from = self.program.sources[self.source() as usize].name().to_owned();
        match (self.loader)(&Request { name, from: &from, kind }) {
            Ok(Loaded { name, text, types }) => Ok((Source::new(&name, &text), types)),
            Err(reason) => Err(form(span, &format!("`{name}` cannot be loaded: {reason}"), None)),
        }
    }

    /// Reads another program; a second time only if it is included rather than consulted.
    pub(super) fn consult(&mut self, file: &Expr, again: bool) -> Read<()> {
        let name = text_of(file).ok_or_else(|| form(file.span, "this names no file", Some("write `'family.pl'`")))?;
        if name.ends_with(".py") {
            return Err(form(file.span, "a program cannot load Python", Some("nothing is run that is not a rule")));
        }
        let (source, _) = self.request(file.span, &name, RequestKind::Program)?;
        let same = |number: &u32| self.program.sources[*number as usize].name() == source.name();
        if self.open.iter().any(same) {
            return if again { Err(form(file.span, &format!("`{name}` includes itself"), None)) } else { Ok(()) };
        }
        if again || !(0..self.program.sources.len() as u32).any(|number| same(&number)) {
            self.text(source);
        }
        Ok(())
    }

    /// `load(edge/2, "edges.csv")`, `load(edge(atom, integer), …)`, `load(_::edge/2, …)`.
    pub(super) fn load(&mut self, relation: &Expr, file: &Expr) -> Read<()> {
        let (is_probabilistic, relation) = match relation.args_of::<2>("::") {
            Some([_, relation]) => (true, relation),
            None => (false, relation),
        };
        let wrong = || form(relation.span, "this is no relation", Some("write `edge/2` or `edge(atom, integer)`"));
        let (name, columns) = match (relation.args_of::<2>("/"), &relation.kind) {
            (Some([name, arity]), _) => match (&name.kind, &arity.kind) {
                (ExprKind::Atom(name), ExprKind::Int(arity @ 1..=1024)) => (name, Err(Some(*arity as usize))),
                _ => return Err(wrong()),
            },
            (None, ExprKind::Compound(name, types)) => {
                let named = |expr: &Expr| {
                    let help = Some("a column is `integer`, `float`, `atom` or `string`");
                    text_of(expr)
                        .and_then(|name| ColumnType::named(&name))
                        .ok_or_else(|| form(expr.span, "no type", help))
                };
                (name, Ok(types.iter().map(named).collect::<Read<Vec<_>>>()?))
            }
            _ => return Err(wrong()),
        };
        let relation = Relation { name: name.to_string(), columns, is_probabilistic };
        self.table(relation, file)
    }

    /// `csv_load('edges.csv', 'edge')`, as in ProbLog's library `db`.
    pub(super) fn load_csv(&mut self, file: &Expr, name: &Expr) -> Read<()> {
        let name = text_of(name).ok_or_else(|| form(name.span, "this names no predicate", None))?;
        self.table(Relation { name, columns: Err(None), is_probabilistic: false }, file)
    }

    fn table(&mut self, relation: Relation, file: &Expr) -> Read<()> {
        let name = text_of(file).ok_or_else(|| form(file.span, "this names no file", Some("write `\"edges.csv\"`")))?;
        let (source, types) = self.request(file.span, &name, RequestKind::Table)?;
        let number = self.add_source(source.clone());
        // Where the types are known, spaces belong to the text.
        let trim = if types.is_some() { Trim::None } else { Trim::All };
        let mut reader = ReaderBuilder::new().trim(trim).flexible(true).from_reader(source.text().as_bytes());
        let mut rows: Vec<(Span, Vec<String>)> = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|error| form(file.span, &format!("`{name}`: {error}"), None))?;
            let start = record.position().map_or(0, |position| position.byte() as usize);
            let line = source.text().get(start..).unwrap_or("");
            let start = start + line.len() - line.trim_start().len();
            let end = start + line.trim_start().find('\n').unwrap_or(line.trim_start().len());
            rows.push((Span { start, end }, record.iter().map(str::to_owned).collect()));
        }
        match self.facts(&relation, types.as_deref(), &rows, number) {
            Ok(()) => Ok(()),
            Err(finding) => {
                self.report(number, finding);
                Ok(())
            }
        }
    }

    fn facts(
        &mut self,
        relation: &Relation,
        types: Option<&[ColumnType]>,
        rows: &[(Span, Vec<String>)],
        source: u32,
    ) -> Read<()> {
        let first = usize::from(relation.is_probabilistic);
        let width = match &relation.columns {
            Ok(columns) => first + columns.len(),
            Err(Some(arity)) => first + arity,
            Err(None) => rows.first().map_or(0, |(_, cells)| cells.len()),
        };
        if let Some((span, cells)) = rows.iter().find(|(_, cells)| cells.len() != width) {
            return Err(form(*span, &format!("a row of {} cells where {width} are expected", cells.len()), None));
        }
        let columns: Vec<ColumnType> = match &relation.columns {
            Ok(columns) => columns.clone(),
            Err(_) if types.is_some_and(|types| types.len() == width) => types.unwrap_or_default()[first..].to_vec(),
            Err(_) => (first..width).map(|at| ColumnType::of(rows.iter().map(move |(_, cells)| &*cells[at]))).collect(),
        };
        for (span, cells) in rows {
            let value = |column: ColumnType, cell: &String| {
                let message = || format!("`{cell}` is not {}", column.name());
                column.value(cell).ok_or_else(|| form(*span, &message(), None))
            };
            let args = columns.iter().zip(&cells[first..]).map(|(&column, cell)| value(column, cell));
            let atom = Term::compound(&relation.name, args.collect::<Read<_>>()?);
            let weight = cells[..first].first().map(|cell| value(ColumnType::Float, cell)).transpose()?;
            let (kind, term) = match &weight {
                Some(weight) => (ClauseKind::Choice, Term::compound("::", vec![weight.clone(), atom.clone()])),
                None => (ClauseKind::Certain, atom.clone()),
            };
            let heads = vec![Head { weight, weight_span: Span::default(), atom, span: *span, is_tunable: false }];
            self.program.clauses.push(Clause { term, span: *span, kind, heads, body: Body::True, source });
        }
        if rows.is_empty() && width > first {
            self.program.dynamic.push((relation.name.as_str().into(), width - first));
        }
        Ok(())
    }
}

/// The text of an atom or a string.
pub(super) fn text_of(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Atom(text) | ExprKind::Str(text) => Some(text.to_string()),
        _ => None,
    }
}

/// The loader of a program that stands alone.
pub(super) fn nothing(_: &Request<'_>) -> Result<Loaded, String> {
    Err("this program stands alone; whoever reads it gives no access to files".to_owned())
}

impl Reader<'_, '_> {
    pub(super) fn report(&mut self, source: u32, finding: Diagnostic) {
        self.findings.push((source, finding));
    }
}

#[cfg(test)]
mod tests;
