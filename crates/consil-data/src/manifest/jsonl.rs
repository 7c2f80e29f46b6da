//! Manifests with one JSON object in a line.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value as Json;

use super::{Cell, Manifest, Row};
use crate::error::{BadRow, Fault};

/// The most different keys that the objects of a manifest may have. A file in which each line has keys of its own is no
/// table, and its cells would be as many as lines times keys.
pub(super) const MAX_KEYS: usize = 4_096;

/// Reads the objects; lines that cannot be read are left out and reported in `bad`.
pub(super) fn read(path: &Path, text: &str, absent: &[String], bad: &mut Vec<BadRow>) -> Manifest {
    let mut columns: Vec<String> = Vec::new();
    let mut positions: HashMap<String, usize> = HashMap::new();
    let mut rows: Vec<Row> = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let mut fail = |fault| bad.push(BadRow { file: path.to_owned(), row: Some(index + 1), column: None, fault });
        let entries = match serde_json::from_str::<Entries>(line) {
            Ok(Entries { repeated: Some(key), .. }) => {
                fail(Fault::RepeatedKey { key });
                continue;
            }
            Ok(Entries { entries, .. }) => entries,
            Err(error) => {
                fail(not_an_object(line).unwrap_or(Fault::Json { message: error.to_string() }));
                continue;
            }
        };
        let mut cells = vec![Cell::Absent; columns.len()];
        for (name, value) in entries {
            let cell = Cell::of_json(value, absent);
            match positions.get(&name) {
                Some(at) => cells[*at] = cell,
                None if columns.len() == MAX_KEYS => {
                    fail(Fault::TooManyKeys { limit: MAX_KEYS, key: name });
                    return Manifest { path: path.to_owned(), columns, rows: Vec::new(), has_keys: true };
                }
                None => {
                    positions.insert(name.clone(), columns.len());
                    columns.push(name);
                    cells.push(cell);
                }
            }
        }
        rows.push(Row { line: index + 1, cells });
    }
    // A key that first occurs in a later line is absent from the earlier ones.
    rows.iter_mut().for_each(|row| row.cells.resize(columns.len(), Cell::Absent));
    Manifest { path: path.to_owned(), columns, rows, has_keys: true }
}

/// What a line is that holds JSON of another kind.
fn not_an_object(line: &str) -> Option<Fault> {
    let found = match serde_json::from_str::<Json>(line).ok()? {
        Json::Null => "null",
        Json::Bool(_) => "a truth value",
        Json::Number(_) => "a number",
        Json::String(_) => "a text",
        Json::Array(_) => "an array",
        Json::Object(_) => return None,
    };
    Some(Fault::NotAnObject { found })
}

/// The entries of an object in order. A map would keep the last of two entries with one key, and say nothing.
struct Entries {
    entries: Vec<(String, Json)>,
    /// The first key that occurs a second time.
    repeated: Option<String>,
}

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Entries, M::Error> {
                let mut entries: Vec<(String, Json)> = Vec::new();
                let mut seen = std::collections::HashSet::new();
                let mut repeated = None;
                while let Some((key, value)) = map.next_entry::<String, Json>()? {
                    if !seen.insert(key.clone()) {
                        repeated.get_or_insert_with(|| key.clone());
                    }
                    entries.push((key, value));
                }
                Ok(Entries { entries, repeated })
            }
        }
        deserializer.deserialize_map(Object)
    }
}
