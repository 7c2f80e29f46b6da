//! Answers with what they are worth, as a table and as JSON.

use std::time::Instant;

use consil::logic::Certificate;
use serde::Serialize;

use crate::console::Console;
use crate::failure::Failure;
use crate::table::Table;

/// All answers of a call.
#[derive(Serialize)]
pub struct Answers {
    pub answers: Vec<Answer>,
    pub seconds: Seconds,
}

/// An answer. A probability that is not known, because a network would have to be asked, is null.
#[derive(Serialize)]
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
pub struct Seconds {
    read: f64,
    answer: f64,
}

impl Seconds {
    /// `read` seconds since `begin` were spent on reading, the rest on the answer.
    pub fn since(begin: Instant, read: f64) -> Self {
        Self { read, answer: begin.elapsed().as_secs_f64() - read }
    }
}

impl Answer {
    pub fn new(query: String, probability: f64, certificate: Certificate) -> Self {
        let (name, lower, upper) = match certificate {
            Certificate::Bounds { lower, upper } => ("bounds", lower, upper),
            Certificate::Estimate { lower, upper, .. } => ("estimate", lower, upper),
            _ => ("exact", probability, probability),
        };
        let known = |value: f64| (!value.is_nan()).then_some(value);
        let worth = certificate.to_string();
        Self {
            query,
            probability: known(probability),
            lower: known(lower),
            upper: known(upper),
            certificate: name,
            worth,
        }
    }
}

impl Answers {
    /// Prints them.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub fn print(&self, console: &Console) -> Result<(), Failure> {
        console.answer(self, |paint| {
            let mut table = Table::new(["answer", "worth", "probability"]).words(2);
            for answer in &self.answers {
                let probability = answer.probability.map_or_else(|| "asks a network".to_owned(), significant);
                table.row([answer.query.clone(), answer.worth.clone(), probability]);
            }
            table.render(paint)
        })
    }
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
