//! Partitions of rows over the sites of a federation: each row at one site, no site without a row.

use std::collections::BTreeMap;

use consil_random::Key;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Split;

/// How rows are partitioned: `"iid"`, `{ dirichlet = 0.5 }`, `{ column = "hospital" }` or `"groups"`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PartitionConfig {
    /// At random, in equal shares.
    #[default]
    Iid,
    /// Each label's rows in shares drawn from a symmetric Dirichlet distribution with this concentration: the smaller,
    /// the more the sites differ (Hsu, Qi and Brown, 2019, arXiv:1909.06335).
    Dirichlet(f64),
    /// Rows with one value of this column stay together, as a hospital's do.
    Column(String),
    /// Rows of one group (`data.group`) stay together.
    Groups,
}

/// Rows that cannot be partitioned as asked.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PartitionError {
    /// More sites than rows, or none.
    #[error(
        "{rows} rows cannot be partitioned over {sites} sites with at least one each; set federate.sites within 1…{rows}"
    )]
    Sites {
        /// The rows.
        rows: usize,
        /// The sites.
        sites: usize,
    },
    /// More sites than values of the column.
    #[error(
        "{column:?} has {values} different values, too few for {sites} sites that each hold whole ones; set federate.sites to at most {values}"
    )]
    Values {
        /// The column.
        column: String,
        /// Its different values.
        values: usize,
        /// The sites.
        sites: usize,
    },
    /// The column does not exist.
    #[error("there is no column {column:?} to partition by; there are: {}", found.join(", "))]
    UnknownColumn {
        /// The column.
        column: String,
        /// Those that exist.
        found: Vec<String>,
    },
    /// The column is read as an input, and its text is not kept.
    #[error("the text of column {column:?}, an input, is not kept; name it when the data is opened")]
    InputColumn {
        /// The column.
        column: String,
    },
    /// Groups were asked for and the data names no group column.
    #[error("partition = \"groups\" needs a group column; set data.group")]
    NoGroup,
    /// A concentration that is not positive.
    #[error(
        "the Dirichlet concentration {alpha} must be a positive number; 0.1 makes sites very different, 100 nearly alike"
    )]
    Alpha {
        /// The concentration.
        alpha: f64,
    },
}

impl PartitionConfig {
    /// The rows of each site, in order.
    ///
    /// # Errors
    /// See [`PartitionError`].
    pub fn apply(&self, split: &Split, sites: usize, key: Key) -> Result<Vec<Vec<usize>>, PartitionError> {
        let rows = 0..split.len();
        match self {
            Self::Iid => iid(split.len(), sites, key),
            Self::Dirichlet(alpha) => {
                let labels: Vec<Option<&str>> = rows.map(|row| split.target(row)).collect();
                dirichlet(&labels, *alpha, sites, key)
            }
            Self::Column(column) => {
                let found = split.attribute_names();
                if split.is_input_alone(column) {
                    return Err(PartitionError::InputColumn { column: column.clone() });
                }
                if !found.contains(column) {
                    let found = found.into_iter().chain(split.input_columns.iter().cloned()).collect();
                    return Err(PartitionError::UnknownColumn { column: column.clone(), found });
                }
                let values: Vec<Option<&str>> = rows.map(|row| split.attribute(row, column)).collect();
                whole_groups(column, &values, sites, key)
            }
            Self::Groups => {
                let column = split.group.as_deref().ok_or(PartitionError::NoGroup)?;
                let values: Vec<Option<&str>> = rows.map(|row| split.group(row)).collect();
                whole_groups(column, &values, sites, key)
            }
        }
    }
}

/// Deals `n` rows at random; the sites' counts differ by at most one.
///
/// # Errors
/// Fewer rows than sites.
pub fn iid(n: usize, sites: usize, key: Key) -> Result<Vec<Vec<usize>>, PartitionError> {
    check_sites(n, sites)?;
    let order = key.child("partition").stream().permutation(n);
    let mut parts: Vec<Vec<usize>> =
        (0..sites).map(|s| order.iter().skip(s).step_by(sites).copied().collect()).collect();
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(parts)
}

/// Deals each label's rows in shares `p ~ Dirichlet(α, …, α)` over the sites. A site left without a row takes one from
/// the largest.
///
/// # Errors
/// Fewer rows than sites, or a concentration that is not positive.
pub fn dirichlet<L: Ord + Copy>(
    labels: &[L],
    alpha: f64,
    sites: usize,
    key: Key,
) -> Result<Vec<Vec<usize>>, PartitionError> {
    check_sites(labels.len(), sites)?;
    if !(alpha > 0.0 && alpha.is_finite()) {
        return Err(PartitionError::Alpha { alpha });
    }
    let mut stream = key.child("partition").stream();
    let mut parts = vec![Vec::new(); sites];
    for mut rows in by_value(labels).into_values() {
        stream.shuffle(&mut rows);
        let shares = stream.dirichlet(alpha, sites);
        let (mut begin, mut cumulative) = (0, 0.0);
        for (site, share) in shares.iter().enumerate() {
            cumulative += share;
            let last = site + 1 == sites;
            let end =
                if last { rows.len() } else { ((cumulative * rows.len() as f64).round() as usize).min(rows.len()) };
            parts[site].extend(&rows[begin..end.max(begin)]);
            begin = end.max(begin);
        }
    }
    while let Some(empty) = parts.iter().position(Vec::is_empty) {
        let largest = (0..sites).max_by_key(|site| parts[*site].len()).expect("there is at least one site");
        let row = parts[largest].pop().expect("with as many rows as sites, the largest has two while another has none");
        parts[empty].push(row);
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(parts)
}

/// Deals whole groups, the largest first, each to the site with the fewest rows so far. Rows without a value form one
/// group.
///
/// # Errors
/// Fewer different values than sites.
pub fn whole_groups<L: Ord + Copy>(
    column: &str,
    values: &[L],
    sites: usize,
    key: Key,
) -> Result<Vec<Vec<usize>>, PartitionError> {
    check_sites(values.len(), sites)?;
    let mut groups: Vec<Vec<usize>> = by_value(values).into_values().collect();
    if groups.len() < sites {
        return Err(PartitionError::Values { column: column.to_owned(), values: groups.len(), sites });
    }
    // Shuffled before a stable sort: groups of one size go to random sites.
    key.child("partition").stream().shuffle(&mut groups);
    groups.sort_by_key(|rows| std::cmp::Reverse(rows.len()));
    let mut parts: Vec<Vec<usize>> = vec![Vec::new(); sites];
    for rows in groups {
        let smallest = parts.iter_mut().min_by_key(|part| part.len()).expect("there is at least one site");
        smallest.extend(rows);
    }
    parts.iter_mut().for_each(|part| part.sort_unstable());
    Ok(parts)
}

fn by_value<L: Ord + Copy>(values: &[L]) -> BTreeMap<L, Vec<usize>> {
    let mut rows: BTreeMap<L, Vec<usize>> = BTreeMap::new();
    values.iter().enumerate().for_each(|(row, value)| rows.entry(*value).or_default().push(row));
    rows
}

fn check_sites(rows: usize, sites: usize) -> Result<(), PartitionError> {
    if sites == 0 || sites > rows { Err(PartitionError::Sites { rows, sites }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
