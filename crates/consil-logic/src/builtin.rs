//! The names of the built-in predicates, and which arguments they need to have a value.

/// Which arguments must be ground before the goal can run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// It can bind its variables.
    Nothing,
    /// The right one: `X is Y`.
    Right,
    /// All of them: comparisons.
    All,
}

/// Built-in predicates that are evaluated directly, and the numbers of arguments that they take.
const BUILTINS: &[(&str, std::ops::RangeInclusive<usize>)] = &[
    ("=", 2..=2),
    ("\\=", 2..=2),
    ("==", 2..=2),
    ("\\==", 2..=2),
    ("=@=", 2..=2),
    ("\\=@=", 2..=2),
    ("is", 2..=2),
    ("=:=", 2..=2),
    ("=\\=", 2..=2),
    ("<", 2..=2),
    (">", 2..=2),
    ("=<", 2..=2),
    (">=", 2..=2),
    ("@<", 2..=2),
    ("@>", 2..=2),
    ("@=<", 2..=2),
    ("@>=", 2..=2),
    ("compare", 3..=3),
    ("=..", 2..=2),
    ("functor", 3..=3),
    ("arg", 3..=3),
    ("copy_term", 2..=2),
    ("subsumes_term", 2..=2),
    ("subsumes_chk", 2..=2),
    ("numbervars", 2..=3),
    ("varnumbers", 2..=2),
    ("var", 1..=1),
    ("nonvar", 1..=1),
    ("atom", 1..=1),
    ("string", 1..=1),
    ("number", 1..=1),
    ("integer", 1..=1),
    ("float", 1..=1),
    ("rational", 1..=1),
    ("atomic", 1..=1),
    ("simple", 1..=1),
    ("primitive", 1..=1),
    ("callable", 1..=1),
    ("compound", 1..=1),
    ("is_list", 1..=1),
    ("ground", 1..=1),
    ("dbreference", 1..=1),
    ("between", 3..=3),
    ("succ", 2..=2),
    ("plus", 3..=3),
    ("length", 2..=2),
    ("sum_list", 2..=2),
    ("sumlist", 2..=2),
    ("max_list", 2..=2),
    ("min_list", 2..=2),
    ("max_member", 2..=2),
    ("min_member", 2..=2),
    ("msort", 2..=2),
    ("sort", 2..=2),
    ("list_to_set", 2..=2),
    ("flatten", 2..=2),
    ("numlist", 3..=3),
    ("enum_groups", 3..=4),
    ("atom_number", 2..=2),
    ("atom_length", 2..=2),
    ("concat", 2..=2),
    ("join", 3..=3),
    ("sub_string", 5..=5),
    ("sub_atom", 5..=5),
    ("str2lst", 2..=2),
    ("lst2str", 2..=2),
    ("str2int", 2..=2),
    ("cmd_args", 1..=1),
    // What a program writes is not the engine's to print: these hold and do nothing.
    ("nl", 0..=0),
    ("write", 1..=9),
    ("writeln", 1..=9),
    ("writenl", 1..=9),
    ("debugprint", 1..=9),
    ("error", 1..=9),
];

/// Predicates that the machine itself evaluates, because they call goals.
const CALLERS: &[(&str, std::ops::RangeInclusive<usize>)] = &[
    ("call", 1..=9),
    ("once", 1..=1),
    ("findall", 3..=3),
    ("all", 3..=3),
    ("all_or_none", 3..=3),
    ("aggregate", 5..=5),
    ("subquery", 2..=3),
    ("possible", 1..=1),
    ("forall", 2..=2),
    ("not", 1..=1),
    ("clause", 2..=3),
    ("$first_arguments", 2..=2),
];

/// Control constructs and reserved names, which are neither defined nor called like predicates.
const RESERVED: &[(&str, usize)] = &[
    (",", 2),
    (";", 2),
    ("->", 2),
    ("\\+", 1),
    ("::", 2),
    (":-", 1),
    (":-", 2),
    ("!", 0),
    ("true", 0),
    ("fail", 0),
    ("false", 0),
];

/// Built-in predicates that a program may define anew: programs often bring their own, and old names are common words.
const REPLACEABLE: &[&str] = &[
    "length",
    "sum_list",
    "sumlist",
    "max_list",
    "min_list",
    "max_member",
    "min_member",
    "between",
    "numlist",
    "flatten",
    "list_to_set",
    "msort",
    "enum_groups",
    "aggregate",
    "atom_length",
    "concat",
    "join",
    "sub_string",
    "sub_atom",
    "str2lst",
    "lst2str",
    "str2int",
    "possible",
    "clause",
    "plus",
    "succ",
    "string",
    "simple",
    "primitive",
    "error",
    "write",
];

fn lists(list: &[(&str, std::ops::RangeInclusive<usize>)], name: &str, arity: usize) -> bool {
    list.iter().any(|(other, arities)| *other == name && arities.contains(&arity))
}

/// Whether the predicate is evaluated directly or by the machine itself.
pub(crate) fn is_builtin(name: &str, arity: usize) -> bool {
    lists(BUILTINS, name, arity) || is_caller(name, arity)
}

/// Whether the usual modes of a predicate of the library are evaluated directly.
pub(crate) fn has_shortcut(name: &str, arity: usize) -> bool {
    matches!(
        (name, arity),
        ("member" | "memberchk" | "reverse" | "last", 2)
            | ("append", 2 | 3)
            | ("nth0" | "nth1" | "select" | "delete", 3)
    )
}

fn is_caller(name: &str, arity: usize) -> bool {
    lists(CALLERS, name, arity)
}

/// Whether it puts atoms together or takes them apart.
pub(crate) fn makes_names(name: &str) -> bool {
    matches!(name, "concat" | "join" | "lst2str" | "str2lst" | "sub_atom" | "sub_string")
}

/// Whether a program may not define it.
pub(crate) fn is_reserved(name: &str, arity: usize) -> bool {
    RESERVED.contains(&(name, arity)) || (is_builtin(name, arity) && !REPLACEABLE.contains(&name))
}

pub(crate) fn needs((name, arity): (&str, usize)) -> Needs {
    match (name, arity) {
        ("is", 2) => Needs::Right,
        ("=:=" | "=\\=" | "<" | ">" | "=<" | ">=", 2) => Needs::All,
        _ => Needs::Nothing,
    }
}

/// The names of all built-in predicates and of those of the library, in alphabetical order, each once: what an editor may
/// complete.
pub fn builtin_names() -> Vec<&'static str> {
    let mut all: Vec<&str> = names().chain(crate::library::names()).collect();
    all.retain(|name| name.starts_with(|c: char| c.is_alphabetic()));
    all.sort_unstable();
    all.dedup();
    all
}

pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    BUILTINS.iter().chain(CALLERS).map(|(name, _)| *name).filter(|name| !name.starts_with('$'))
}
