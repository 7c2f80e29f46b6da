//! Mutations of tables and of the directives that load them.

use consil_logic::Loaded;

use super::mutate::{Dice, Outcome, changed, try_program};

const TABLES: &[&str] = &[
    "from,to\nayr,bath\nbath,cork\n",
    "from,to,miles\n1,2,10.5\n2,3,7\n3,1,1e3\n",
    "p,a,b\n0.5,x,\"y, \"\"z\"\"\"\n0.25,\"line\nbreak\",w\n",
    "id,code\r\n12345678901234567890,00501\r\n12345678901234567891,10115\r\n",
    "a\n\n \n1\n",
    "only,names\n",
    "",
];

const DIRECTIVES: &[&str] = &[
    ":- load(r/2, \"t.csv\").",
    ":- load(r/3, \"t.csv\").",
    ":- load(r/1, \"t.csv\").",
    ":- load(_::r/2, \"t.csv\").",
    ":- load(r(integer, atom), \"t.csv\").",
    ":- load(r(atom, float, string), \"t.csv\").",
    ":- load(_::r(string, atom), \"t.csv\").",
    ":- csv_load('t.csv', 'r').",
    ":- load(r(), \"t.csv\").",
    ":- load(r/0, \"t.csv\").",
    ":- load(r/99999999999, \"t.csv\").",
    ":- load(R, \"t.csv\").",
    ":- csv_load(t, \"[]\").",
];

/// Pieces of tables.
const CELLS: &[&str] = &[
    "\"",
    "\"\"",
    "\"\"\"",
    ",",
    ",,",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "\n\n",
    " ",
    "\u{feff}",
    "\u{0}",
    "\u{7f}",
    "é",
    "日本",
    "'",
    "\\",
    "1",
    "-1",
    "-0",
    "007",
    "+5",
    "0.5",
    "1e400",
    "-1e400",
    "inf",
    "nan",
    "1.0Inf",
    "9223372036854775807",
    "9223372036854775808",
    "123456789012345678901234567890",
    "0x1f",
    "1_000",
    "1.",
    ".5",
    "[]",
    "f(X)",
    "X",
    "_",
    "%",
    "/*",
    "a b",
];

/// Pieces of directives.
const WORDS: &[&str] = &[
    "r", "/", "0", "1", "2", "3", "-1", "integer", "float", "atom", "string", "_", "::", "(", ")", ",", "\"", "'", ".",
    "\n", "X", "0.5",
];

/// A program with a table, both changed.
pub fn mutated(dice: &mut Dice) -> (String, Vec<u8>) {
    let tables: Vec<String> = TABLES.iter().map(|&text| text.to_owned()).collect();
    let directives: Vec<String> = DIRECTIVES.iter().map(|&text| text.to_owned()).collect();
    let mut table = tables[dice.below(tables.len())].clone();
    if dice.below(8) > 0 {
        table = changed(&table, &tables, CELLS, dice);
    }
    let mut bytes = table.into_bytes();
    match dice.below(40) {
        // A field, a row or a table of a size that nobody types.
        0 => bytes.extend(std::iter::repeat_n(b'7', 100_000)),
        1 => bytes.extend(std::iter::repeat_n(b',', 5_000)),
        2 => bytes.extend(b"x,y\n".repeat(5_000)),
        // No UTF-8.
        3..6 if !bytes.is_empty() => {
            let at = dice.below(bytes.len());
            bytes[at] = 0x80 + dice.below(0x80) as u8;
        }
        _ => {}
    }
    let mut directive = directives[dice.below(directives.len())].clone();
    if dice.below(3) == 0 {
        directive = changed(&directive, &directives, WORDS, dice);
    }
    let asks = [
        "query(r(_)).",
        "query(r(_, _)).",
        "query(r(_, _, _)).",
        "p(X) :- r(X, Y), Y > 1. query(p(_)).",
        "q(Z) :- r(X, Y, _), Z is X // Y. query(q(_)).",
        "P::s(X) :- r(P, X). query(s(_)).",
        "",
    ];
    (format!(":- dynamic r/1, r/2, r/3.\n{directive}\n{}\n", asks[dice.below(asks.len())]), bytes)
}

/// Loads a table into a program and runs it. Whoever reads a file either refuses what is no UTF-8 or replaces it.
pub fn try_table(text: &str, table: &[u8]) -> Outcome {
    let decoded = match (String::from_utf8(table.to_vec()), table.len() % 2) {
        (Ok(text), _) => Ok(text),
        (Err(_), 0) => Ok(String::from_utf8_lossy(table).into_owned()),
        (Err(error), _) => Err(error.to_string()),
    };
    try_program(text, &mut |_| decoded.clone().map(|text| Loaded::text("t.csv", text)))
}
