//! A column of repeated names, stored as codes.

use std::collections::HashMap;

/// One name, or none, for each row.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Categories {
    names: Vec<String>,
    codes: Vec<Option<u32>>,
}

impl Categories {
    pub fn get(&self, row: usize) -> Option<&str> {
        self.codes[row].map(|code| self.names[code as usize].as_str())
    }

    /// The names that occur, sorted.
    pub fn distinct(&self) -> Vec<&str> {
        let mut used = vec![false; self.names.len()];
        self.codes.iter().flatten().for_each(|code| used[*code as usize] = true);
        let mut names: Vec<&str> = self.names.iter().zip(used).filter(|(_, u)| *u).map(|(n, _)| n.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The same column for a choice of rows.
    pub fn select(&self, rows: &[usize]) -> Self {
        Self { names: self.names.clone(), codes: rows.iter().map(|row| self.codes[*row]).collect() }
    }
}

impl<S: AsRef<str>> FromIterator<Option<S>> for Categories {
    fn from_iter<I: IntoIterator<Item = Option<S>>>(rows: I) -> Self {
        let mut index: HashMap<String, u32> = HashMap::new();
        let mut names = Vec::new();
        let mut code = |name: &str| match index.get(name) {
            Some(code) => *code,
            None => {
                let code = names.len() as u32;
                names.push(name.to_owned());
                index.insert(name.to_owned(), code);
                code
            }
        };
        let codes = rows.into_iter().map(|name| name.map(|name| code(name.as_ref()))).collect();
        Self { names, codes }
    }
}
