//! Answers with what they are worth, as a table and as JSON.

use std::time::Instant;

use consil::logic::Certificate;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::console::Console;
use crate::failure::Failure;
use crate::style::TextStyle;
use crate::table::Table;

/// What a task found: the answers that every task has, what else it has, and all of it as text.
pub struct Found {
    answers: Vec<Answer>,
    more: Map<String, Value>,
    text: String,
    warning: Option<String>,
}

/// The JSON of every task.
#[derive(Serialize)]
struct Report<'a> {
    answers: &'a [Answer],
    #[serde(flatten)]
    more: &'a Map<String, Value>,
    seconds: Seconds,
}

/// An answer. A probability that is not known, because a network would have to be asked, is null.
#[derive(Clone, Serialize)]
pub struct Answer {
    pub query: String,
    pub probability: Option<f64>,
    pub lower: Option<f64>,
    pub upper: Option<f64>,
    pub certificate: &'static str,
    #[serde(skip)]
    worth: String,
}

/// Where the time went.
#[derive(Serialize)]
struct Seconds {
    read: f64,
    answer: f64,
}

impl Found {
    /// Answers alone, as a table.
    pub fn answers(answers: Vec<Answer>, style: TextStyle) -> Self {
        let text = table(&answers, style);
        Self { answers, more: Map::new(), text, warning: None }
    }

    /// What a task found beside its answers, and all of it as text.
    pub fn new(answers: Vec<Answer>, text: String) -> Self {
        Self { answers, more: Map::new(), text, warning: None }
    }

    /// The same with a value for the JSON.
    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    /// The same with more text behind it.
    pub fn followed_by(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// The same with what deserves a look.
    pub fn warning(self, what: impl ToString) -> Self {
        Self { warning: Some(what.to_string()), ..self }
    }

    /// Whether there are no answers.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Prints it; `read` seconds since `begin` were spent on reading, the rest on the answer.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print(&self, begin: Instant, read: f64, console: &Console) -> Result<(), Failure> {
        if let Some(warning) = &self.warning {
            console.warn(warning);
        }
        let seconds = Seconds { read, answer: begin.elapsed().as_secs_f64() - read };
        console.answer(&Report { answers: &self.answers, more: &self.more, seconds }, |_| self.text.clone())
    }
}

impl Answer {
    pub fn new(query: String, probability: f64, certificate: Certificate) -> Self {
        let (name, lower, upper) = worth(certificate, probability);
        let known = |value: f64| (!value.is_nan()).then_some(value);
        Self {
            query,
            probability: known(probability),
            lower: known(lower),
            upper: known(upper),
            certificate: if probability.is_nan() { "unknown" } else { name },
            worth: if probability.is_nan() { String::new() } else { certificate.to_string() },
        }
    }
}

/// A certificate's name, and the ends of its interval.
pub fn worth(certificate: Certificate, value: f64) -> (&'static str, f64, f64) {
    match certificate {
        Certificate::Bounds { lower, upper } => ("bounds", lower, upper),
        Certificate::Estimate { lower, upper, .. } => ("estimate", lower, upper),
        _ => ("exact", value, value),
    }
}

/// A line for each answer.
pub fn table(answers: &[Answer], style: TextStyle) -> String {
    let mut table = Table::new(["answer", "worth", "probability"]).words(2);
    for answer in answers {
        let probability = answer.probability.map_or_else(|| "unknown".to_owned(), significant);
        table.row([answer.query.clone(), answer.worth.clone(), probability]);
    }
    table.render(style)
}

/// Six significant digits; certainty only where it is one.
pub fn significant(value: f64) -> String {
    if value == 0.0 || value == 1.0 {
        return format!("{value}");
    }
    let digits = (5 - value.abs().log10().floor() as i32).clamp(0, 300) as usize;
    match value.abs() < 1e-4 {
        true => format!("{value:.5e}"),
        false => format!("{value:.digits$}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_are_shown_and_certainty_only_where_it_is() {
        let shown = [0.0, 1.0, 0.5, 0.177124, 0.0012345678, 1.5e-7].map(significant);
        assert_eq!(shown, ["0", "1", "0.500000", "0.177124", "0.00123457", "1.50000e-7"]);
    }
}
