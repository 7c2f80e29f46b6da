//! A linear network for digits of three classes, a head, and inputs that are rows of numbers.

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::{Array, Builder, Graph, Layout, Weights, op};
use consil_logic::{Budget, Engine, Goal, Program, Term};
use consil_neurosym::{CompiledQuery, HEAD, InputBatch, InputSource, QueryKind};
use consil_nn::{Inputs, Network, TaskError};
use consil_random::Key;

/// Pixels of an input.
pub const PIXELS: usize = 4;

/// The networks `digit` and `head`, and weights for both. The head reads `left` and answers three classes and a gate.
pub fn networks() -> (BTreeMap<String, Network>, Weights) {
    let linear = |builder: &mut Builder, name: &str, from, out| {
        builder.push(name, op::Linear { out, bias: true }, &[from]).unwrap()
    };
    let mut digit = Builder::new();
    let input = digit.input("input", [PIXELS]);
    let scores = linear(&mut digit, "digit.classify", input, 3);
    let said = digit.push("digit.log-softmax", op::LogSoftmax, &[scores]).unwrap();
    digit.output("log-probabilities", said);
    let mut head = Builder::new();
    let input = head.input("left", [PIXELS]);
    let scores = linear(&mut head, "head.classify", input, 5);
    let said = head.push("head.log-softmax", op::LogSoftmax, &[scores]).unwrap();
    head.output("log-probabilities", said);
    let gate = linear(&mut head, "head.gate", input, 3);
    head.output("gate", gate);
    let graphs: [(String, Graph); 2] = [("digit".to_owned(), digit.finish()), (HEAD.to_owned(), head.finish())];
    let layout = Arc::new(Layout::of(&graphs.iter().map(|(_, graph)| graph).collect::<Vec<_>>()).unwrap());
    let weights = Weights::init(layout.clone(), Key::new(5));
    let bound = graphs.into_iter().map(|(name, graph)| (name, Network::new(Arc::new(graph), &layout).unwrap()));
    (bound.collect(), weights)
}

/// The values of `left` and `right` in each row; nothing where one is absent.
#[derive(Clone)]
pub struct Rows(pub Vec<[Option<[f32; PIXELS]>; 2]>);

impl Rows {
    fn batch(&self, name: &str, side: usize, rows: &[usize]) -> InputBatch {
        let present = rows.iter().map(|row| self.0[*row][side].is_some()).collect();
        let values: Vec<f32> = rows.iter().flat_map(|row| self.0[*row][side].unwrap_or_default()).collect();
        let array = Array::new([rows.len(), PIXELS], values);
        InputBatch { inputs: Inputs::from([(name.to_owned(), array)]), present }
    }
}

impl InputSource for Rows {
    fn inputs(&self, _: &str, terms: &[Term], rows: &[usize], _: Option<Key>) -> Result<InputBatch, TaskError> {
        Ok(self.batch("input", usize::from(terms[0] != Term::atom("left")), rows))
    }

    fn head_inputs(&self, _: &str, rows: &[usize], _: Option<Key>) -> Result<InputBatch, TaskError> {
        Ok(self.batch("left", 0, rows))
    }

    fn concept(&self, _: &[Term], _: usize) -> Option<&str> {
        None
    }
}

/// A query to a program over the network `digit`.
pub fn query(rules: &str, query: &str, kind: QueryKind) -> Arc<CompiledQuery> {
    let text = format!("nn(digit, [X], D, [0, 1, 2]) :: digit(X, D).\n{rules}");
    let engine = Engine::new(Program::parse("test.pl", &text).unwrap()).unwrap();
    let query: Term = query.parse().unwrap();
    let plan = engine.plan(&Goal::new(query.clone()), &Budget::default()).unwrap();
    Arc::new(CompiledQuery::new(&query, plan, kind).unwrap())
}
