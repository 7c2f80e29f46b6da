//! Predictions as lines of CSV or JSON.

use std::collections::BTreeSet;
use std::io::{self, Write};

use consil::{AnswerValue, Prediction};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::Format;

/// What is written of one prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predicted {
    id: String,
    /// The answer to the first target, as text.
    answer: Option<String>,
    probability: Option<f64>,
    /// The answer to each target.
    #[serde(serialize_with = "as_map")]
    answers: Vec<(String, Said)>,
    #[serde(serialize_with = "as_map")]
    concepts: Vec<(String, Option<Seen>)>,
}

/// The answer to one target.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Said {
    /// A class, a list of labels or of symbols, a number or a list of numbers.
    value: Value,
    #[serde(skip)]
    text: String,
    /// Of the answer; numbers have none.
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    /// Of every class or label, whether it was answered or not.
    #[serde(serialize_with = "as_map", skip_serializing_if = "Vec::is_empty")]
    probabilities: Vec<(String, f64)>,
}

/// The most probable class of an input, and its probability.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Seen {
    class: String,
    probability: f32,
}

impl Predicted {
    /// Of one sample. A concept is named after its input, and after its network too where two networks see the same; it
    /// is absent where the input is.
    pub fn new(id: String, prediction: &Prediction) -> Self {
        let names: Vec<String> = prediction.networks.iter().map(|seen| seen.inputs_name()).collect();
        let concepts = prediction.networks.iter().zip(&names).map(|(network, name)| {
            let is_shared = names.iter().filter(|other| *other == name).count() > 1;
            let name = if is_shared { format!("{}.{name}", network.network) } else { name.clone() };
            let best = network.argmax();
            let seen = Seen { class: network.classes[best].clone(), probability: network.probabilities[best] };
            (name, network.present.then_some(seen))
        });
        let answers: Vec<(String, Said)> =
            prediction.answers.iter().map(|(name, answer)| (name.clone(), Said::new(&answer.value))).collect();
        let first = answers.first().map(|(_, said)| said);
        Self {
            id,
            answer: first.map(|said| said.text.clone()),
            probability: first.and_then(|said| said.probability),
            answers: answers.clone(),
            concepts: concepts.collect(),
        }
    }
}

impl Said {
    fn new(answer: &AnswerValue) -> Self {
        let text = answer.text();
        let value = match answer {
            AnswerValue::Class(_) => json!(text),
            AnswerValue::Labels { .. } | AnswerValue::Sequence(_) => json!(answer.members()),
            AnswerValue::Numbers(numbers) if numbers.len() == 1 => json!(numbers[0]),
            AnswerValue::Numbers(numbers) => json!(numbers),
        };
        Self { value, text, probability: answer.probability(), probabilities: answer.probabilities() }
    }
}

fn as_map<S: Serializer, T: Serialize>(named: &[(String, T)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(named.iter().map(|(name, value)| (name, value)))
}

/// The columns of a CSV file of predictions.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Columns {
    /// Each target, whether its answers have a probability, and the classes or labels that answers give one of.
    targets: Vec<(String, bool, Vec<String>)>,
    concepts: Vec<String>,
}

impl Columns {
    /// What these predictions have, in the order of their first. Rows with a query or facts of their own may each have other classes.
    pub fn of<'a>(predictions: impl IntoIterator<Item = &'a Predicted>) -> Self {
        let mut columns = Self::default();
        let mut known: BTreeSet<(usize, String)> = BTreeSet::new();
        for predicted in predictions {
            for (i, (name, said)) in predicted.answers.iter().enumerate() {
                if columns.targets.len() == i {
                    columns.targets.push((name.clone(), false, Vec::new()));
                }
                let (_, has_probability, classes) = &mut columns.targets[i];
                *has_probability |= said.probability.is_some();
                for (class, _) in &said.probabilities {
                    if known.insert((i, class.clone())) {
                        classes.push(class.clone());
                    }
                }
            }
            for (name, _) in &predicted.concepts {
                if !columns.concepts.contains(name) {
                    columns.concepts.push(name.clone());
                }
            }
        }
        columns
    }

    /// The answer, then what was seen, then every probability: the columns that most people want come first.
    fn header(&self, id: &str) -> Vec<String> {
        let mut header = vec![id.to_owned()];
        let only = self.targets.len() <= 1;
        for (name, has_probability, _) in &self.targets {
            header.push(if only { "answer".to_owned() } else { name.clone() });
            if *has_probability {
                header.push(if only { "probability".to_owned() } else { format!("{name}.probability") });
            }
        }
        header.extend(self.concepts.iter().flat_map(|name| [name.clone(), format!("{name}.probability")]));
        for (name, _, classes) in &self.targets {
            let of = if only { String::new() } else { format!("{name}.") };
            header.extend(classes.iter().map(|class| format!("{of}probability.{class}")));
        }
        header
    }

    /// The cells of one; empty where it has nothing to say: of a class that is no answer of its row, and of what was not seen.
    ///
    /// # Errors
    /// If it has a class, label or input that no column is for.
    fn cells(&self, predicted: &Predicted) -> io::Result<Vec<String>> {
        let mut cells = vec![predicted.id.clone()];
        for ((_, has_probability, _), (_, said)) in self.targets.iter().zip(&predicted.answers) {
            cells.push(said.text.clone());
            if *has_probability {
                cells.push(said.probability.map(short).unwrap_or_default());
            }
        }
        let concepts = predicted.concepts.iter().map(|(name, seen)| (name.as_str(), seen));
        for seen in placed(&self.concepts, concepts)? {
            let seen = seen.and_then(Option::as_ref);
            cells.push(seen.map(|seen| seen.class.clone()).unwrap_or_default());
            cells.push(seen.map(|seen| seen.probability.to_string()).unwrap_or_default());
        }
        for ((_, _, classes), (_, said)) in self.targets.iter().zip(&predicted.answers) {
            let probabilities = said.probabilities.iter().map(|(class, p)| (class.as_str(), *p));
            cells.extend(placed(classes, probabilities)?.into_iter().map(|p| p.map(short).unwrap_or_default()));
        }
        Ok(cells)
    }
}

/// Named values at the places of their names.
fn placed<'a, T: Clone>(names: &[String], values: impl Iterator<Item = (&'a str, T)>) -> io::Result<Vec<Option<T>>> {
    let mut placed = vec![None; names.len()];
    for (i, (name, value)) in values.enumerate() {
        // Nearly always, all rows have the same names in the same order.
        let same = names.get(i).is_some_and(|at| at == name);
        let at = if same { Some(i) } else { names.iter().position(|at| at == name) };
        let at = at.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no column is for `{name}`")))?;
        placed[at] = Some(value);
    }
    Ok(placed)
}

/// Writes predictions in a form.
pub enum Writer<W: Write> {
    /// CSV; the name of the first column, and all others once they are known.
    Csv(Box<csv::Writer<W>>, String, Option<Columns>),
    /// JSON, a line for each.
    Jsonl(W),
}

impl<W: Write> Writer<W> {
    /// To `out`; `id` is the name of the column that names rows. A CSV file has the columns of its first row.
    pub fn new(format: Format, id: &str, out: W) -> Self {
        match format {
            Format::Csv => Self::Csv(Box::new(csv::Writer::from_writer(out)), id.to_owned(), None),
            Format::Jsonl => Self::Jsonl(out),
        }
    }

    /// Writes the header of a CSV file with these columns, before any row.
    ///
    /// # Errors
    /// As the file gives them.
    pub fn begin(&mut self, columns: Columns) -> io::Result<()> {
        if let Self::Csv(writer, id, known) = self {
            writer.write_record(columns.header(id)).map_err(cause)?;
            *known = Some(columns);
        }
        Ok(())
    }

    /// Writes one.
    ///
    /// # Errors
    /// As the file gives them; or if a row of a CSV file has a class that no column is for.
    pub fn write(&mut self, predicted: &Predicted) -> io::Result<()> {
        if let Self::Csv(_, _, None) = self {
            self.begin(Columns::of([predicted]))?;
        }
        match self {
            Self::Csv(writer, _, columns) => {
                let cells = columns.as_ref().map(|columns| columns.cells(predicted)).transpose()?.unwrap_or_default();
                writer.write_record(cells).map_err(cause)?;
            }
            Self::Jsonl(out) => {
                serde_json::to_writer(&mut *out, predicted)?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Flushes, and gives the file back.
    ///
    /// # Errors
    /// As the file gives them.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Self::Csv(writer, ..) => writer.into_inner().map_err(|error| error.into_error()),
            Self::Jsonl(mut out) => out.flush().map(|()| out),
        }
    }
}

/// The error of the file below: a closed pipe must be known as such.
fn cause(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// A probability in the digits that single precision has.
fn short(probability: f64) -> String {
    (probability as f32).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class() -> Said {
        let probabilities = vec![("-3".into(), 0.5), ("7".into(), 0.25)];
        Said { value: json!("-3"), text: "-3".into(), probability: Some(0.5), probabilities }
    }

    fn predicted(answers: Vec<(String, Said)>) -> Predicted {
        Predicted {
            id: "a,1".into(),
            answer: Some("-3".into()),
            probability: Some(0.5),
            answers,
            concepts: vec![
                ("image(0)".into(), Some(Seen { class: "7".into(), probability: 0.25 })),
                ("voice".into(), None),
            ],
        }
    }

    fn written(format: Format, id: &str, predicted: &Predicted) -> String {
        let mut writer = Writer::new(format, id, Vec::new());
        writer.write(predicted).unwrap();
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn csv_has_the_answer_then_the_concepts_then_every_probability() {
        let expected = "id,answer,probability,image(0),image(0).probability,voice,voice.probability,probability.-3,probability.7\n\
                        \"a,1\",-3,0.5,7,0.25,,,0.5,0.25\n";
        assert_eq!(written(Format::Csv, "id", &predicted(vec![("y".into(), class())])), expected);
    }

    #[test]
    fn several_answers_stand_below_the_names_of_their_targets() {
        let number = Said { value: json!(1.5), text: "1.5".into(), probability: None, probabilities: Vec::new() };
        let mut both = predicted(vec![("size".into(), number), ("kind".into(), class())]);
        both.concepts.clear();
        let expected =
            "patient,size,kind,kind.probability,kind.probability.-3,kind.probability.7\n\"a,1\",1.5,-3,0.5,0.5,0.25\n";
        assert_eq!(written(Format::Csv, "patient", &both), expected);
    }

    #[test]
    fn rows_with_other_classes_have_all_of_them_as_columns() {
        let answer = |text: &str, probabilities: &[(&str, f64)]| {
            let probabilities = probabilities.iter().map(|(class, p)| ((*class).to_owned(), *p)).collect();
            Said { value: json!(text), text: text.into(), probability: Some(0.5), probabilities }
        };
        let mut rows = [("7", [("7", 0.5), ("8", 0.25)]), ("9", [("8", 0.125), ("9", 0.5)])]
            .map(|(text, classes)| predicted(vec![("y".into(), answer(text, &classes))]));
        rows.iter_mut().for_each(|row| row.concepts.clear());
        let mut writer = Writer::new(Format::Csv, "id", Vec::new());
        writer.begin(Columns::of(&rows)).unwrap();
        rows.iter().for_each(|row| writer.write(row).unwrap());
        let expected = "id,answer,probability,probability.7,probability.8,probability.9\n\
                        \"a,1\",7,0.5,0.5,0.25,\n\"a,1\",9,0.5,,0.125,0.5\n";
        assert_eq!(String::from_utf8(writer.finish().unwrap()).unwrap(), expected);

        // Columns of the first row alone would put probabilities below other classes' names.
        let mut writer = Writer::new(Format::Csv, "id", Vec::new());
        writer.write(&rows[0]).unwrap();
        assert_eq!(writer.write(&rows[1]).unwrap_err().to_string(), "no column is for `9`");
    }

    #[test]
    fn jsonl_keeps_the_order_of_inputs_and_says_null_for_an_absent_one() {
        let expected = r#"{"id":"a,1","answer":"-3","probability":0.5,"answers":{"y":{"value":"-3","probability":0.5,"probabilities":{"-3":0.5,"7":0.25}}},"concepts":{"image(0)":{"class":"7","probability":0.25},"voice":null}}"#;
        assert_eq!(written(Format::Jsonl, "id", &predicted(vec![("y".into(), class())])).trim_end(), expected);
    }
}
