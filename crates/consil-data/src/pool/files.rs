//! Pools of files whose names carry the label.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::pattern::{Pattern, Words};
use super::{Part, Pool, PoolConfig, PoolPart, Store, fault, index};
use crate::ModalityKind;
use crate::categories::Categories;
use crate::error::{BadRow, DataError, Fault, PoolFault};
use crate::paths::{Root, matching, resolve};

pub(super) fn open(
    name: &str,
    config: &PoolConfig,
    (wildcard, pattern): (&str, &str),
    kind: ModalityKind,
    (base, root): (&Path, &Root),
    bad: &mut Vec<BadRow>,
) -> Result<Pool, DataError> {
    let parsed =
        Pattern::parse(pattern).ok_or_else(|| fault(name, PoolFault::Pattern { pattern: pattern.to_owned() }))?;
    let mut files: Vec<Arc<Path>> = Vec::new();
    let mut rows: Vec<Vec<String>> = Vec::new();
    for path in matching(&resolve(base, Path::new(wildcard))?)? {
        if let Err(fault) = root.check(&path) {
            let fault = Fault::of_file(&path, fault);
            bad.push(BadRow { file: path, row: None, column: None, fault });
            continue;
        }
        let file_name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        match parsed.captures(&file_name) {
            Some(fields) => {
                rows.push(fields.into_iter().map(str::to_owned).collect());
                files.push(path.into());
            }
            None => bad.push(mismatch(path, pattern)),
        }
    }
    if files.is_empty() && bad.is_empty() {
        return Err(fault(name, PoolFault::NoFiles { files: wildcard.to_owned() }));
    }
    let column = |at: usize| rows.iter().map(|row| Some(row[at].as_str())).collect::<Categories>();
    let mut attributes: BTreeMap<String, Categories> =
        parsed.fields().enumerate().map(|(at, field)| (field.to_owned(), column(at))).collect();
    let rules = rules(name, config, &attributes)?;
    let parts: Vec<Part> = (0..files.len()).map(|item| part(item, &rules, &attributes)).collect();
    let labels = attributes.remove("label").unwrap_or_default();
    Ok(Pool { name: name.to_owned(), kind, store: Store::Files(files), labels, attributes, parts: index(&parts) })
}

type Rule<'a> = (Part, &'a BTreeMap<String, Words>);

/// The parts that the configuration describes, test first, each with the attributes that it asks for.
fn rules<'a>(
    pool: &str,
    config: &'a PoolConfig,
    attributes: &BTreeMap<String, Categories>,
) -> Result<Vec<Rule<'a>>, DataError> {
    let mut rules = Vec::new();
    for (part, source) in [(Part::Test, &config.test), (Part::Valid, &config.valid), (Part::Train, &config.train)] {
        match source {
            None => {}
            Some(PoolPart::Arrays(_)) => return Err(fault(pool, PoolFault::NoSource)),
            Some(PoolPart::Attributes(wanted)) => {
                if let Some(unknown) = wanted.keys().find(|key| !attributes.contains_key(*key)) {
                    let found = attributes.keys().cloned().collect();
                    return Err(fault(pool, PoolFault::UnknownAttribute { attribute: unknown.clone(), found }));
                }
                rules.push((part, wanted));
            }
        }
    }
    Ok(rules)
}

/// The first part whose attributes an item has; training otherwise.
fn part(item: usize, rules: &[Rule<'_>], attributes: &BTreeMap<String, Categories>) -> Part {
    let has = |(key, words): (&String, &Words)| {
        attributes.get(key).and_then(|column| column.get(item)).is_some_and(|value| words.contains(value))
    };
    rules.iter().find(|(_, wanted)| wanted.iter().all(has)).map_or(Part::Train, |(part, _)| *part)
}

fn mismatch(file: PathBuf, pattern: &str) -> BadRow {
    BadRow { file, row: None, column: None, fault: Fault::NameMismatch { pattern: pattern.to_owned() } }
}
