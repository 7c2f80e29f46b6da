//! Scores of typed targets in words: R² of a number, F1 of a set of labels, and the labels that could not be judged.

use consil::number::count;
use consil::{TargetScore, is_one_class};

/// A line for each target that the accuracies do not say all of, and one for each with unknown labels.
pub fn lines(targets: &[TargetScore]) -> String {
    let mut text = String::new();
    for target in targets {
        // The table above says all of a single class.
        let figures = if is_one_class(targets) { Vec::new() } else { target.figures() };
        let said: Vec<String> = figures.iter().map(|figure| format!("{} {}", figure.label, figure.text())).collect();
        if !said.is_empty() {
            text.push_str(&format!("{}: {}\n", target.name, said.join(", ")));
        }
        if !target.unknown.is_empty() {
            let n_rows = count(target.unknown.values().sum(), "row");
            let labels: Vec<String> =
                target.unknown.iter().take(8).map(|(label, n)| format!("`{label}` {n}")).collect();
            let more = if target.unknown.len() > labels.len() { ", …" } else { "" };
            let has = if n_rows.starts_with("1 ") { "has a label" } else { "have labels" };
            text.push_str(&format!(
                "{n_rows} {has} of {} that the model does not know, and {} not judged: {}{more}\n",
                target.name,
                if n_rows.starts_with("1 ") { "is" } else { "are" },
                labels.join(", ")
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use consil::ScoreKind;

    use super::*;

    fn score(name: &str, kind: ScoreKind, metrics: &[(&str, f64)], unknown: &[(&str, usize)]) -> TargetScore {
        TargetScore {
            name: name.into(),
            kind,
            n_judged: 10,
            unknown: unknown.iter().map(|(label, n)| ((*label).to_owned(), *n)).collect(),
            loss: 0.5,
            metrics: metrics.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect::<BTreeMap<_, _>>(),
        }
    }

    #[test]
    fn each_kind_says_what_it_is_judged_by() {
        let text = lines(&[
            score("price", ScoreKind::Numbers, &[("r2", 0.987), ("mae", 41.25)], &[]),
            score("tags", ScoreKind::Labels, &[("f1", 0.5), ("accuracy", 0.25)], &[("z", 1)]),
            score("label", ScoreKind::Class, &[("accuracy", 1.0)], &[("Y", 1), ("z", 2)]),
        ]);
        assert!(text.contains("price: R² 0.9870, mean absolute error 41.25"), "{text}");
        assert!(text.contains("tags: F1 50.0 %, whole sets right 25.0 %"), "{text}");
        assert!(
            text.contains("1 row has a label of tags that the model does not know, and is not judged: `z` 1"),
            "{text}"
        );
        assert!(
            text.contains("3 rows have labels of label that the model does not know, and are not judged: `Y` 1, `z` 2"),
            "{text}"
        );
    }
}
