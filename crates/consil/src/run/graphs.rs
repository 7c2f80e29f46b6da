//! `graph.json`: the graph of each network of a run, so that the spec is expanded once.
//!
//! ```text
//! {"version":1,"checksum":"0123456789abcdef","graphs":{
//! "digit":{…},
//! "head":{…}
//! }}
//! ```
//!
//! The checksum is the CRC-64/XZ of what stands behind `"graphs":`, but for the last brace and the line's end; all other bytes are as shown. A graph is
//! stored as [`consil_graph`] stores it. The checkpoints of the run name the checksum, so that weights are never read with other graphs than theirs.

use std::collections::BTreeMap;
use std::path::Path;

use consil_diagnostic::checksum::crc64;
use consil_diagnostic::file;
use consil_graph::Graph;

use super::{Run, RunError};

/// The file.
pub(crate) const GRAPHS: &str = "graph.json";

/// The entry of a checkpoint that names the graphs its weights are of.
pub(crate) const GRAPHS_ENTRY: &str = "graphs";

/// The version of the format.
const VERSION: u32 = 1;
const HEAD: &str = "{\"version\":";
const CHECKSUM: &str = ",\"checksum\":\"";
const BODY: &str = "\",\"graphs\":";
const END: &str = "}\n";

/// Graphs as a run keeps them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KeptGraphs {
    graphs: BTreeMap<String, Graph>,
    checksum: String,
}

impl KeptGraphs {
    /// The graphs of networks, by name.
    pub(crate) fn new(graphs: BTreeMap<String, Graph>) -> Self {
        let checksum = digits(&body(&graphs));
        Self { graphs, checksum }
    }

    /// What tells these graphs from others: what `graph.json` and the checkpoints of a run both hold.
    pub(crate) fn checksum(&self) -> &str {
        &self.checksum
    }

    /// The graphs, by the names of their networks.
    pub(crate) fn graphs(&self) -> &BTreeMap<String, Graph> {
        &self.graphs
    }

    fn text(&self) -> String {
        let body = body(&self.graphs);
        format!("{HEAD}{VERSION}{CHECKSUM}{}{BODY}{body}{END}", digits(&body))
    }

    /// Reads what [`text`](Self::text) gave, or says what is wrong.
    fn parse(text: &str) -> Result<Self, String> {
        let damaged = || "is damaged: it does not begin and end as `consil` writes it".to_owned();
        let (version, rest) = text.strip_prefix(HEAD).and_then(|text| text.split_once(CHECKSUM)).ok_or_else(damaged)?;
        let version: u32 = version.parse().map_err(|_| damaged())?;
        if version > VERSION {
            return Err(format!("has the format {version}, and this version of consil reads up to {VERSION}"));
        }
        let (written, body) = rest.split_once(BODY).ok_or_else(damaged)?;
        let body = body.strip_suffix(END).ok_or_else(damaged)?;
        let checksum = digits(body);
        if written != checksum {
            return Err(format!("is damaged: its checksum is {checksum}, and {written} was written"));
        }
        let graphs = serde_json::from_str(body).map_err(|error| format!("holds no graphs: {error}"))?;
        Ok(Self { graphs, checksum })
    }
}

/// The graphs as JSON, a line each.
fn body(graphs: &BTreeMap<String, Graph>) -> String {
    let json = |value: serde_json::Result<String>| value.expect("a graph's keys are strings and its numbers finite");
    let line = |(name, graph): (&String, &Graph)| {
        format!("{}:{}", json(serde_json::to_string(name)), json(serde_json::to_string(graph)))
    };
    format!("{{\n{}\n}}", graphs.iter().map(line).collect::<Vec<_>>().join(",\n"))
}

fn digits(body: &str) -> String {
    format!("{:016x}", crc64(body.as_bytes()))
}

impl Run {
    /// Writes the graphs of the run's networks.
    pub(crate) fn write_graphs(&self, graphs: &KeptGraphs) -> Result<(), RunError> {
        self.write(GRAPHS, graphs.text().as_bytes())
    }

    /// The graphs that the run keeps; none in runs of version 0.1, whose spec gives them.
    pub(crate) fn graphs(&self) -> Result<Option<KeptGraphs>, RunError> {
        let path = self.path(GRAPHS);
        let text = match file::read_text(&path, file::TEXT_LIMIT) {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        KeptGraphs::parse(&text).map(Some).map_err(|problem| RunError::DamagedGraphs { path, problem })
    }

    /// Refuses weights that were trained with other graphs than the model's. Those of earlier versions do not name theirs.
    pub(crate) fn refuse_other_graphs(
        &self,
        weights: &Path,
        named: Option<&String>,
        graphs: &KeptGraphs,
    ) -> Result<(), RunError> {
        match named {
            Some(named) if named != graphs.checksum() => Err(RunError::OtherGraphs {
                path: self.path(GRAPHS),
                is_kept: self.path(GRAPHS).exists(),
                weights: weights.to_owned(),
                found: graphs.checksum().to_owned(),
                expected: named.clone(),
            }),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use consil_graph::{Activation, Builder, op};
    use proptest::prelude::*;

    use super::*;

    fn kept() -> KeptGraphs {
        let graph = |name: &str, out: usize| {
            let mut builder = Builder::new();
            let x = builder.input("input", [3]);
            let hidden = builder.push(&format!("{name}.1.linear"), op::Linear { out, bias: true }, &[x]).unwrap();
            let y = builder.push(&format!("{name}.2.relu"), Activation::Relu, &[hidden]).unwrap();
            builder.output("y", y);
            (name.to_owned(), builder.finish())
        };
        KeptGraphs::new(BTreeMap::from([graph("digit", 4), graph("the \"sign\"", 2)]))
    }

    #[test]
    fn graphs_come_back_as_they_were() {
        let kept = kept();
        let text = kept.text();
        assert!(text.starts_with("{\"version\":1,\"checksum\":\"") && text.ends_with("\n}}\n"), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        assert_eq!(KeptGraphs::parse(&text).unwrap(), kept);
    }

    #[test]
    fn a_later_format_is_not_taken_for_damage() {
        let text = kept().text().replacen("\"version\":1", "\"version\":2", 1);
        assert_eq!(KeptGraphs::parse(&text).unwrap_err(), "has the format 2, and this version of consil reads up to 1");
    }

    proptest! {
        /// Whatever byte of the file is changed or lost, it is not read.
        #[test]
        fn no_byte_changes_unseen(at in any::<prop::sample::Index>(), by in 1u8..128, cut in any::<bool>()) {
            let text = kept().text();
            let at = at.index(text.len());
            let mut bytes = text.clone().into_bytes();
            if cut { bytes.truncate(at) } else { bytes[at] = (bytes[at] ^ by) & 0x7f }
            prop_assume!(bytes != text.as_bytes());
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert!(KeptGraphs::parse(&changed).is_err());
        }
    }
}
