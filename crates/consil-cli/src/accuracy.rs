//! Accuracies as a table, each with how far it can be trusted.

use consil::number::{count, number, percent, percent_range, thousands};
use consil::{Accuracies, Score, SiteScore, SiteScores};

use crate::style::TextStyle;
use crate::table::Table;
use crate::target_scores;

/// The loss over test rows; a model whose parts stayed at the sites of its federation has been tested on none.
pub fn test_loss(test: &Score) -> String {
    if test.n_samples == 0 { "–".to_owned() } else { number(test.loss) }
}

/// Up to this many classes, all recalls are shown; of more, as many of the lowest.
const MOST_CLASSES: usize = 10;

/// The accuracies of the result and of each concept, and below them what puts the first into proportion.
pub fn table(accuracies: &Accuracies, style: TextStyle) -> String {
    let shows_distinct = accuracies.by_name().any(|(_, accuracy)| accuracy.distinct.is_some());
    let mut header = vec!["accuracy of", "accuracy", "95 % interval", "samples"];
    header.extend(shows_distinct.then_some("distinct"));
    let mut table = Table::new(header);
    // Numbers have no accuracy, nor has what several targets say together.
    let known: Vec<_> = accuracies.by_name().filter(|(_, accuracy)| !accuracy.accuracy.is_nan()).collect();
    if known.is_empty() && accuracies.recalls.is_empty() {
        return target_scores::lines(&accuracies.targets);
    }
    for (name, accuracy) in known {
        let interval = percent_range(accuracy.interval);
        let mut cells = vec![name.to_owned(), percent(accuracy.accuracy), interval, thousands(accuracy.n)];
        cells.extend(shows_distinct.then(|| accuracy.distinct.map_or_else(String::new, thousands)));
        table.row(cells);
    }
    if !accuracies.recalls.is_empty() {
        table.row(["most frequent class", &percent(accuracies.most_frequent)]);
        table.row(["balanced accuracy", &percent(accuracies.balanced)]);
    }
    table.render(style) + &target_scores::lines(&accuracies.targets)
}

/// The recall of each class, or the lowest of many, as a table after an empty line; nothing where all were found.
pub fn recalls(accuracies: &Accuracies, style: TextStyle) -> String {
    let mut classes: Vec<_> = accuracies.recalls.iter().collect();
    if classes.iter().all(|class| class.recall == 1.0) {
        return String::new();
    }
    let heading = if classes.len() > MOST_CLASSES { "lowest recalls" } else { "recall of" };
    if classes.len() > MOST_CLASSES {
        classes.sort_by(|a, b| a.recall.total_cmp(&b.recall));
        classes.truncate(MOST_CLASSES);
    }
    let mut table = Table::new([heading, "recall", "samples"]);
    for class in classes {
        table.row([class.class.clone(), percent(class.recall), thousands(class.n)]);
    }
    format!("\n{}", table.render(style))
}

/// What the sites say of the model on their own training rows, as a paragraph after an empty line.
pub fn at_sites(scores: &SiteScores) -> String {
    let SiteScores { all, by_site, unanswered } = scores;
    let mut text = String::new();
    if let Some(worst) = by_site.iter().max_by(|a, b| a.loss.total_cmp(&b.loss)) {
        let told = |accuracy: f64, loss: f64| match accuracy.is_nan() {
            true => format!("loss {}", number(loss)),
            false => percent(accuracy),
        };
        let rows = count(all.n_samples, "training row");
        let SiteScore { site, loss, result_accuracy, .. } = worst;
        text += &format!(
            "\nat {}, each on its own: {} of {rows}; the highest loss is that of site {site}: {}\n",
            count(by_site.len(), "site"),
            told(all.result_accuracy, all.loss),
            told(*result_accuracy, *loss),
        );
    }
    for (site, reason) in unanswered {
        text += &format!("site {site} could not evaluate the model: {reason}\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use consil::{Matrix, SiteScore};

    use super::*;

    /// 1 of 100 rows is of the rare class, and is not found.
    fn imbalanced() -> Accuracies {
        let matrix = Matrix { labels: vec!["rare".into(), "usual".into()], counts: vec![vec![0, 1], vec![0, 99]] };
        let score = Score { n_samples: 100, loss: 0.1, result_accuracy: 0.99, ..Score::default() };
        Accuracies::new(&score, &matrix, &BTreeMap::new(), None)
    }

    #[test]
    fn an_accuracy_stands_beside_what_the_most_frequent_class_reaches() {
        let text = table(&imbalanced(), TextStyle::PLAIN);
        let lines: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines[0][..3], ["result", "99.0", "%"]);
        assert_eq!(lines[1], ["most", "frequent", "class", "99.0", "%"]);
        assert_eq!(lines[2], ["balanced", "accuracy", "50.0", "%"]);
    }

    #[test]
    fn the_sites_are_told_together_and_the_worst_of_them_alone() {
        let site =
            |site: &str, loss, result_accuracy| SiteScore { site: site.into(), n_samples: 50, loss, result_accuracy };
        let by_site = vec![site("north", 0.2, 0.98), site("south", 0.7, 0.8)];
        let all = Score { n_samples: 100, loss: 0.45, result_accuracy: 0.89, ..Score::default() };
        let unanswered = BTreeMap::from([("east".to_owned(), "no power".to_owned())]);
        assert_eq!(
            at_sites(&SiteScores { all, by_site, unanswered }),
            "\nat 2 sites, each on its own: 89.0 % of 100 training rows; the highest loss is that of site south: 80.0 %\n\
             site east could not evaluate the model: no power\n"
        );
    }

    #[test]
    fn without_any_accuracy_there_is_no_table_of_accuracies() {
        let score = Score { n_samples: 100, loss: 0.1, result_accuracy: f64::NAN, ..Score::default() };
        let found = Accuracies::new(&score, &Matrix::default(), &BTreeMap::new(), None);
        assert_eq!(table(&found, TextStyle::PLAIN), "");
    }

    #[test]
    fn each_class_has_its_recall() {
        let text = recalls(&imbalanced(), TextStyle::PLAIN);
        let lines: Vec<Vec<&str>> = text.lines().skip(2).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(lines, [vec!["rare", "0.0", "%", "1"], vec!["usual", "100.0", "%", "99"]]);
    }
}
