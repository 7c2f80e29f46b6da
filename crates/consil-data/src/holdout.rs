//! Holding out validation and test rows.

use std::collections::BTreeMap;

use consil_random::Key;

use crate::Split;

/// The rows of the training, validation and test parts, each in order. Whole groups are held out where there is a group
/// column; otherwise each label is held out in proportion.
pub(crate) fn parts(split: &Split, valid: f64, test: f64, key: Key) -> [Vec<usize>; 3] {
    let mut units: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    let by_group = split.group.is_some();
    for row in 0..split.len() {
        let unit = if by_group { split.group(row) } else { split.target(row) };
        units.entry(unit).or_default().push(row);
    }
    let [mut train, mut held_valid, mut held_test] = if by_group {
        whole_groups(units.into_iter().collect(), split.len(), valid, test, key)
    } else {
        in_proportion(units.into_values(), valid, test, key)
    };
    for rows in [&mut train, &mut held_valid, &mut held_test] {
        rows.sort_unstable();
    }
    [train, held_valid, held_test]
}

/// Groups in random order go to the test part until it has its share of the rows, then to the validation part, then to
/// training. Rows without a group are each a group of their own; at least one group stays in training.
fn whole_groups(
    groups: Vec<(Option<&str>, Vec<usize>)>,
    n_rows: usize,
    valid: f64,
    test: f64,
    key: Key,
) -> [Vec<usize>; 3] {
    let mut units: Vec<Vec<usize>> = Vec::new();
    for (group, rows) in groups {
        match group {
            Some(_) => units.push(rows),
            None => units.extend(rows.into_iter().map(|row| vec![row])),
        }
    }
    key.stream().shuffle(&mut units);
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    let mut left = units.len();
    for unit in units {
        // Half a unit's rows may exceed the share: that is as near to it as whole groups come.
        let fits = |held: usize, share: f64| held as f64 + unit.len() as f64 / 2.0 <= share * n_rows as f64;
        let wanted = |held: &Vec<usize>, share: f64| share > 0.0 && (held.is_empty() || fits(held.len(), share));
        let part = match left {
            1 => 0,
            _ if wanted(&parts[2], test) => 2,
            _ if wanted(&parts[1], valid) => 1,
            _ => 0,
        };
        parts[part].extend(unit);
        left -= 1;
    }
    parts
}

fn in_proportion(labels: impl Iterator<Item = Vec<usize>>, valid: f64, test: f64, key: Key) -> [Vec<usize>; 3] {
    let mut stream = key.stream();
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    // Fractions of a row carry over from label to label, so that many rare labels still give the right total.
    let (mut owed_valid, mut owed_test) = (0.0, 0.0);
    for mut rows in labels {
        stream.shuffle(&mut rows);
        let take = |owed: &mut f64, share: f64, available: usize| {
            *owed += share * rows.len() as f64;
            let n = ((*owed + 0.5).floor().max(0.0) as usize).min(available);
            *owed -= n as f64;
            n
        };
        let n_test = take(&mut owed_test, test, rows.len());
        let n_valid = take(&mut owed_valid, valid, rows.len() - n_test);
        let kept = rows.split_off(n_test + n_valid);
        let held_valid = rows.split_off(n_test);
        parts[0].extend(kept);
        parts[1].extend(held_valid);
        parts[2].extend(rows);
    }
    parts
}
