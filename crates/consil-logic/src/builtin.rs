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

/// Built-in predicates that are evaluated directly.
const BUILTINS: &[(&str, usize)] = &[
    ("=", 2),
    ("\\=", 2),
    ("==", 2),
    ("\\==", 2),
    ("is", 2),
    ("=:=", 2),
    ("=\\=", 2),
    ("<", 2),
    (">", 2),
    ("=<", 2),
    (">=", 2),
    ("@<", 2),
    ("@>", 2),
    ("@=<", 2),
    ("@>=", 2),
    ("=..", 2),
    ("between", 3),
    ("length", 2),
    ("sum_list", 2),
    ("sumlist", 2),
    ("max_list", 2),
    ("min_list", 2),
    ("msort", 2),
    ("sort", 2),
    ("functor", 3),
    ("arg", 3),
    ("var", 1),
    ("nonvar", 1),
    ("atom", 1),
    ("number", 1),
    ("integer", 1),
    ("float", 1),
    ("atomic", 1),
    ("compound", 1),
    ("is_list", 1),
    ("ground", 1),
];

/// Control constructs and reserved names, which are neither defined nor called like predicates.
const RESERVED: &[(&str, usize)] = &[
    (",", 2),
    (";", 2),
    ("->", 2),
    ("\\+", 1),
    ("::", 2),
    (":-", 2),
    ("!", 0),
    ("true", 0),
    ("fail", 0),
    ("false", 0),
];

pub(crate) fn is_builtin(name: &str, arity: usize) -> bool {
    BUILTINS.contains(&(name, arity))
}

/// Whether a program may not define it. Lists' built-ins may be redefined, as many programs bring their own.
pub(crate) fn is_reserved(name: &str, arity: usize) -> bool {
    let list = matches!(name, "length" | "sum_list" | "sumlist" | "max_list" | "min_list" | "between");
    RESERVED.contains(&(name, arity)) || (is_builtin(name, arity) && !list)
}

pub(crate) fn needs((name, arity): (&str, usize)) -> Needs {
    match (name, arity) {
        ("is", 2) => Needs::Right,
        ("=:=" | "=\\=" | "<" | ">" | "=<" | ">=" | "\\=", 2) => Needs::All,
        _ => Needs::Nothing,
    }
}

pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    BUILTINS.iter().map(|(name, _)| *name)
}
