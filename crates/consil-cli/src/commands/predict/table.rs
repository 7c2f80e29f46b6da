//! Predictions as lines of CSV or JSON.

use std::io::{self, Write};

use consil::Prediction;
use serde::{Serialize, Serializer};

use super::Format;

/// What is written of one prediction.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Predicted {
    id: String,
    answer: Option<String>,
    probability: Option<f32>,
    #[serde(serialize_with = "as_map")]
    concepts: Vec<(String, Option<Seen>)>,
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
        let concepts = concepts.collect();
        let best = prediction.best();
        let probability = best.as_ref().map(|(_, p)| *p as f32);
        Self { id, answer: best.map(|(answer, _)| answer), probability, concepts }
    }
}

fn as_map<S: Serializer>(concepts: &[(String, Option<Seen>)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(concepts.iter().map(|(name, seen)| (name, seen)))
}

/// Writes predictions in a form.
pub enum Writer<W: Write> {
    /// CSV; whether the header is written.
    Csv(Box<csv::Writer<W>>, bool),
    /// JSON, a line for each.
    Jsonl(W),
}

impl<W: Write> Writer<W> {
    /// To `out`.
    pub fn new(format: Format, out: W) -> Self {
        match format {
            Format::Csv => Self::Csv(Box::new(csv::Writer::from_writer(out)), false),
            Format::Jsonl => Self::Jsonl(out),
        }
    }

    /// Writes one.
    ///
    /// # Errors
    /// As the file gives them.
    pub fn write(&mut self, predicted: &Predicted) -> io::Result<()> {
        match self {
            Self::Csv(writer, has_header) => {
                if !std::mem::replace(has_header, true) {
                    writer.write_record(header(predicted)).map_err(cause)?;
                }
                writer.write_record(cells(predicted)).map_err(cause)?;
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
            Self::Csv(writer, _) => writer.into_inner().map_err(|error| error.into_error()),
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

fn header(predicted: &Predicted) -> Vec<String> {
    let concepts = predicted.concepts.iter().flat_map(|(name, _)| [name.clone(), format!("{name}.probability")]);
    ["id", "answer", "probability"].map(String::from).into_iter().chain(concepts).collect()
}

fn cells(predicted: &Predicted) -> Vec<String> {
    let probability = |p: Option<f32>| p.map(|p| p.to_string()).unwrap_or_default();
    let concepts = predicted.concepts.iter().flat_map(|(_, seen)| {
        let class = seen.as_ref().map(|seen| seen.class.clone()).unwrap_or_default();
        [class, probability(seen.as_ref().map(|seen| seen.probability))]
    });
    let answer = predicted.answer.clone().unwrap_or_default();
    [predicted.id.clone(), answer, probability(predicted.probability)].into_iter().chain(concepts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predicted() -> Predicted {
        Predicted {
            id: "a,1".into(),
            answer: Some("-3".into()),
            probability: Some(0.5),
            concepts: vec![
                ("image(0)".into(), Some(Seen { class: "7".into(), probability: 0.25 })),
                ("voice".into(), None),
            ],
        }
    }

    fn written(format: Format) -> String {
        let mut writer = Writer::new(format, Vec::new());
        writer.write(&predicted()).unwrap();
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn csv_has_a_column_pair_for_each_concept() {
        let expected =
            "id,answer,probability,image(0),image(0).probability,voice,voice.probability\n\"a,1\",-3,0.5,7,0.25,,\n";
        assert_eq!(written(Format::Csv), expected);
    }

    #[test]
    fn jsonl_keeps_the_order_of_inputs_and_says_null_for_an_absent_one() {
        let expected = r#"{"id":"a,1","answer":"-3","probability":0.5,"concepts":{"image(0)":{"class":"7","probability":0.25},"voice":null}}"#;
        assert_eq!(written(Format::Jsonl).trim_end(), expected);
    }
}
