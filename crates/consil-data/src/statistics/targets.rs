//! Statistics of targets: the classes and labels that occur, and the scale of numbers.
//!
//! As preparations, they are fitted from each site's own rows in two passes. A [`TargetSurvey`] lists the names of a target and adds up its
//! numbers; a [`TargetSpread`] then adds up how far each number is from the merged mean. All sums are exact, so that any division of the rows,
//! merged in any order, gives the same scale.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::moments::ExactSum;
use crate::target::{TargetColumn, TargetRef};

/// What the values of a target are like over some rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetSurvey {
    names: BTreeSet<String>,
    numbers: Vec<Total>,
}

/// How many numbers there are, and their sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Total {
    n: u64,
    sum: ExactSum,
}

impl Total {
    fn mean(&self) -> f64 {
        self.sum.value() / self.n.max(1) as f64
    }
}

/// For each number of a target `Σ (x − mean)²` over some rows, the mean being that of all rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TargetSpread {
    squares: Vec<ExactSum>,
}

impl TargetSurvey {
    /// Surveys a choice of a target's rows.
    ///
    /// # Panics
    /// If the target does not have a row.
    pub fn of(column: &TargetColumn, rows: &[usize]) -> Self {
        let mut survey = Self::default();
        for target in rows.iter().filter_map(|row| column.get(*row)) {
            match target {
                TargetRef::Class(class) => survey.name(class),
                TargetRef::Labels(labels) => labels.iter().for_each(|label| survey.name(label)),
                TargetRef::Sequence(symbols) => symbols.iter().for_each(|symbol| survey.name(symbol)),
                TargetRef::Number(_) | TargetRef::Numbers(_) => survey.add(numbers(&target)),
                TargetRef::Facts(_) => {}
            }
        }
        survey
    }

    /// Adds the survey of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
        self.widen(other.numbers.len());
        for (mine, theirs) in self.numbers.iter_mut().zip(&other.numbers) {
            mine.n += theirs.n;
            mine.sum.merge(&theirs.sum);
        }
    }

    /// The classes, labels or symbols that occur, sorted as text; none of numbers and facts.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }

    /// Adds up how far the numbers of a choice of rows are from the mean that this survey, of all rows, has.
    ///
    /// # Panics
    /// If the target does not have a row.
    pub fn measure(&self, column: &TargetColumn, rows: &[usize]) -> TargetSpread {
        let means: Vec<f64> = self.numbers.iter().map(Total::mean).collect();
        let mut squares = vec![ExactSum::default(); means.len()];
        for target in rows.iter().filter_map(|row| column.get(*row)) {
            for ((sum, mean), number) in squares.iter_mut().zip(&means).zip(numbers(&target)) {
                sum.add((number - mean) * (number - mean), 1);
            }
        }
        TargetSpread { squares }
    }

    fn name(&mut self, name: &str) {
        // Most names have been seen.
        if !self.names.contains(name) {
            self.names.insert(name.to_owned());
        }
    }

    fn add(&mut self, numbers: &[f64]) {
        self.widen(numbers.len());
        for (total, number) in self.numbers.iter_mut().zip(numbers) {
            total.n += 1;
            total.sum.add(*number, 1);
        }
    }

    fn widen(&mut self, n_numbers: usize) {
        self.numbers.resize(self.numbers.len().max(n_numbers), Total::default());
    }
}

impl TargetSpread {
    /// Adds the sums of other rows.
    pub fn merge(&mut self, other: &Self) {
        self.squares.resize(self.squares.len().max(other.squares.len()), ExactSum::default());
        self.squares.iter_mut().zip(&other.squares).for_each(|(mine, theirs)| mine.merge(theirs));
    }

    /// The mean and the standard deviation (of the population) of each number that the survey, of the same rows, has seen; a constant has the
    /// deviation 1, so that it becomes zero.
    pub fn scales(&self, survey: &TargetSurvey) -> Vec<(f64, f64)> {
        let scale = |(total, squares): (&Total, &ExactSum)| {
            let variance = squares.value() / total.n.max(1) as f64;
            (total.mean(), if variance > 0.0 { variance.sqrt() } else { 1.0 })
        };
        survey.numbers.iter().zip(&self.squares).map(scale).collect()
    }
}

/// The numbers of a value; none of another kind.
fn numbers<'a>(target: &'a TargetRef<'_>) -> &'a [f64] {
    match target {
        TargetRef::Number(number) => std::slice::from_ref(number),
        TargetRef::Numbers(numbers) => numbers,
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{DataConfig, ModalityConfig, ModalityKind, Split, TargetConfig, TargetKind, TargetsConfig, open};

    /// A split with these rows of class, labels, number and numbers.
    fn split(rows: &str) -> Split {
        let folder = tempfile::tempdir().unwrap();
        let text = format!("x,class,labels,number,numbers\n{rows}");
        ["a.csv", "b.csv"].iter().for_each(|name| std::fs::write(folder.path().join(name), &text).unwrap());
        let kinds = [
            ("class", TargetKind::Class),
            ("labels", TargetKind::Labels),
            ("number", TargetKind::Number),
            ("numbers", TargetKind::Numbers),
        ];
        let targets = kinds.map(|(name, kind)| (name.to_owned(), TargetConfig::new(kind)));
        let config = DataConfig {
            train: Some("a.csv".into()),
            test: Some("b.csv".into()),
            target: Some(TargetsConfig::Named(targets.into())),
            ..DataConfig::default()
        };
        let table = ModalityConfig { columns: vec!["x".to_owned()], ..ModalityConfig::new(ModalityKind::Table) };
        open(&config, &BTreeMap::from([("x".to_owned(), table)]), folder.path(), 1).unwrap().train
    }

    /// Names and scales of a target, fitted by sites whose answers travel as bytes.
    fn fitted(split: &Split, target: &str, sites: &[Vec<usize>]) -> (Vec<String>, Vec<(f64, f64)>) {
        let column = split.target_column(target).unwrap();
        let mut survey = TargetSurvey::default();
        for rows in sites {
            let theirs = serde_json::to_string(&TargetSurvey::of(column, rows)).unwrap();
            survey.merge(&serde_json::from_str(&theirs).unwrap());
        }
        let mut spread = TargetSpread::default();
        sites.iter().for_each(|rows| spread.merge(&survey.measure(column, rows)));
        (survey.names().map(str::to_owned).collect(), spread.scales(&survey))
    }

    #[test]
    fn sites_know_together_what_each_of_them_has() {
        let split = split("0,b,red,1700000001,1;5\n0,a,,1700000003,1;7\n0,c,red;blue,1700000002,1;9\n");
        let sites = [vec![1], vec![0, 2], vec![]];
        assert_eq!(fitted(&split, "class", &sites).0, ["a", "b", "c"]);
        assert_eq!(fitted(&split, "labels", &sites).0, ["blue", "red"]);
        // Far from zero and near each other: a difference of mean squares would have nothing left.
        assert_eq!(fitted(&split, "number", &sites).1, [(1_700_000_002.0, (2f64 / 3.0).sqrt())]);
        assert_eq!(fitted(&split, "numbers", &sites).1, [(1.0, 1.0), (7.0, (8f64 / 3.0).sqrt())]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn any_division_of_the_rows_gives_the_same(
            rows in prop::collection::vec((0..5u8, -1e30f64..1e30, 0..4usize), 1..40),
            reversed in any::<bool>(),
        ) {
            let line = |(class, number, _): &(u8, f64, usize)| format!("0,c{class},c{class},{number:e},{number:e};1\n");
            let split = split(&rows.iter().map(line).collect::<String>());
            let all = [(0..rows.len()).collect()];
            let of_site = |site| (0..rows.len()).filter(|row| rows[*row].2 == site).collect();
            let mut sites: Vec<Vec<usize>> = (0..4).map(of_site).collect();
            if reversed {
                sites.reverse();
            }
            for target in ["class", "labels", "number", "numbers"] {
                prop_assert_eq!(fitted(&split, target, &sites), fitted(&split, target, &all));
            }
        }
    }
}
