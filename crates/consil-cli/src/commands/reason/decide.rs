//! What to decide: `consil reason --task decide`.

use consil::logic::{Budget, Certificate, DecisionProblem};
use consil::reason::Reasoner;
use consil_diagnostic::Hint;
use serde_json::{Value, json};

use super::answer::{Answer, Found, significant, worth};
use crate::failure::Failure;
use crate::style::TextStyle;
use crate::table::Table;

/// The program decides nothing.
#[derive(Debug, thiserror::Error)]
#[error("there is nothing to decide")]
pub struct NothingToDecide;

impl Hint for NothingToDecide {
    fn help(&self) -> Option<String> {
        let help = "write `?::umbrella.` for each decision, and `utility(dry, 60).` for what something is worth";
        Some(help.to_owned())
    }
}

/// The decisions of the largest expected utility.
pub fn decide(reasoner: &Reasoner, budget: &Budget, style: TextStyle) -> Result<Found, Failure> {
    let strategy = reasoner.engine.decide(&DecisionProblem::default(), budget)?;
    if strategy.decisions.is_empty() {
        return Err(NothingToDecide.into());
    }
    let decisions: Vec<Value> =
        strategy.decisions.iter().map(|one| json!({ "atom": one.atom.to_string(), "holds": one.holds })).collect();
    let outcomes = || strategy.outcomes.iter();
    let utilities: Vec<Value> =
        outcomes().map(|one| json!({ "atom": one.atom.to_string(), "utility": one.utility })).collect();
    let answers =
        outcomes().map(|one| Answer::new(one.atom.to_string(), one.probability, Certificate::Exact)).collect();
    let mut text = Table::of_facts();
    for one in &strategy.decisions {
        text.row([one.atom.to_string(), if one.holds { style.good("yes") } else { "no".to_owned() }]);
    }
    let mut worth_of = Table::new(["outcome", "utility", "probability", "expected"]);
    for one in outcomes() {
        // Without the sign of a zero.
        let expected = one.utility * one.probability + 0.0;
        let numbers = [one.utility.to_string(), significant(one.probability), significant(expected)];
        worth_of.row([one.atom.to_string()].into_iter().chain(numbers));
    }
    let text = format!(
        "{}\n{}\nexpected utility {}, {}\n",
        text.render(style),
        worth_of.render(style),
        style.bold(&significant(strategy.expected_utility)),
        strategy.certificate
    );
    let (certificate, lower, upper) = worth(strategy.certificate, strategy.expected_utility);
    Ok(Found::new(answers, text)
        .with("decisions", decisions)
        .with("utilities", utilities)
        .with("expected_utility", strategy.expected_utility)
        .with("lower", lower)
        .with("upper", upper)
        .with("certificate", certificate))
}
