//! The operators and their priorities: ISO 13211-1, table 7, and ProbLog's own.

/// How an infix operator groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fixity {
    /// `xfx`: both arguments bind tighter.
    None,
    /// `yfx`: groups to the left.
    Left,
    /// `xfy`: groups to the right.
    Right,
}

/// An infix operator.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Infix {
    pub(crate) priority: u16,
    pub(crate) fixity: Fixity,
}

/// The priority of a functor's argument: anything above needs parentheses.
pub(crate) const ARGUMENT: u16 = 999;
/// The loosest priority.
pub(crate) const LOOSEST: u16 = 1200;

pub(crate) fn infix(name: &str) -> Option<Infix> {
    let (priority, fixity) = match name {
        ":-" | "<-" | "-->" => (1200, Fixity::None),
        ";" => (1100, Fixity::Right),
        "->" => (1050, Fixity::Right),
        "," => (1000, Fixity::Right),
        "::" => (950, Fixity::None),
        "=" | "\\=" | "==" | "\\==" | "=@=" | "\\=@=" | "is" | "as" | "=:=" | "=\\=" | "<" | ">" | "=<" | ">="
        | "=.." | "@<" | "@>" | "@=<" | "@>=" => (700, Fixity::None),
        "=>" => (700, Fixity::Left),
        ":" => (600, Fixity::Right),
        "+" | "-" | "/\\" | "\\/" | "xor" | "#" | "><" => (500, Fixity::Left),
        "*" | "/" | "//" | "mod" | "rem" | "div" | "rdiv" | "<<" | ">>" => (400, Fixity::Left),
        "**" => (200, Fixity::None),
        "^" => (200, Fixity::Right),
        _ => return None,
    };
    Some(Infix { priority, fixity })
}

/// The priority of a prefix operator and of its argument.
pub(crate) fn prefix(name: &str) -> Option<(u16, u16)> {
    match name {
        ":-" | "?-" => Some((1200, 1199)),
        "dynamic" | "discontiguous" | "table" => Some((1150, 1149)),
        "\\+" | "not" => Some((900, 900)),
        "-" | "+" | "\\" => Some((200, 200)),
        _ => None,
    }
}
