//! A run keeps its graphs: it is read with them, rewritten ones are runs like any other, and damaged or foreign ones are refused.

use std::collections::BTreeMap;
use std::path::Path;

use consil::explain::explain;
use consil::{Prediction, RewriteError, Run, TrainedModel, train};
use consil_diagnostic::Report;
use consil_graph::{Graph, Init, Role, op};

use crate::support::Folder;

const SPEC: &str = r#"
name = "signs"
seed = 2
[data]
train = "train.csv"
test = "test.csv"
target = "y"
[modality.x]
kind = "table"
columns = ["a", "b", "c"]
[network.sign]
input = "x"
encoder = [{ linear = 8 }, "tanh"]
[logic]
program = "sign.pl"
query = "answer(Y)"
[head]
layers = [{ linear = 6 }, "relu"]
[train]
epochs = 20
batch-size = 8
optimizer = { adam = { lr = 1e-2 } }
"#;
const RULES: &str =
    "nn(sign, [x], S, [minus, plus]) :: sign(S).\nanswer(up) :- sign(plus).\nanswer(down) :- sign(minus).\n";
/// The layer that is rewritten: 8 values of 3.
const LAYER: &str = "sign.1.linear";

fn table() -> String {
    let row = |i: usize| {
        let (a, b, c) = ((i as f64 * 0.7).sin(), (i as f64 * 1.3).cos(), (i as f64 * 2.1).sin());
        format!("{a},{b},{c},{}\n", if a + 0.5 * b > 0.1 { "up" } else { "down" })
    };
    "a,b,c,y\n".to_owned() + &(0..64).map(row).collect::<String>()
}

fn trained() -> (Folder, Run) {
    let folder = Folder::new(&[("spec.toml", SPEC), ("sign.pl", RULES), ("train.csv", &table())]);
    let project = folder.open(&[]);
    let (run, outcome) = folder.train(&project);
    assert!(outcome.test.result_accuracy > 0.8, "{:?}", outcome.test);
    (folder, run)
}

/// The graph with its layer as two of a rank, and the values of the new parameters: the weight W `[8, 3]` as `W Qᵀ` times `Q`, where the first rows of Q span what
/// the rank leaves of W.
fn low_rank(trained: &TrainedModel, rank: usize) -> (Graph, BTreeMap<String, Vec<f32>>) {
    let graph = trained.model().networks()["sign"].graph();
    let weight = trained.weights().get(&format!("{LAYER}.weight")).unwrap();
    let basis = basis(weight, rank);
    let dot = |a: &[f64], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * f64::from(*b)).sum::<f64>() as f32;
    let up = weight.chunks(3).flat_map(|row| basis.iter().map(move |q| dot(q, row))).collect();
    let down = basis.iter().flatten().map(|q| *q as f32).collect();

    let mut rewrite = graph.rewrite();
    let layer = graph.find_node(LAYER).unwrap();
    let (input, bias) = (graph.find_input("input").unwrap(), graph.find_param(&format!("{LAYER}.bias")).unwrap());
    let of = [("down", [rank, 3]), ("up", [8, rank])]
        .map(|(name, shape)| rewrite.param(format!("{LAYER}.{name}"), shape, Role::Shared, Init::Zeros).unwrap());
    let narrow = rewrite.apply("sign.narrow", op::Linear { out: rank, bias: false }, &[input, of[0]]).unwrap();
    let wide = rewrite.apply("sign.wide", op::Linear { out: 8, bias: true }, &[narrow, of[1], bias]).unwrap();
    rewrite.replace(layer, wide);
    let values = BTreeMap::from([(format!("{LAYER}.down"), down), (format!("{LAYER}.up"), up)]);
    (rewrite.finish().unwrap(), values)
}

/// Orthonormal vectors by Gram–Schmidt over the rows of a weight, the longest remainder first.
fn basis(weight: &[f32], rank: usize) -> Vec<Vec<f64>> {
    let mut rows: Vec<Vec<f64>> = weight.chunks(3).map(|row| row.iter().map(|x| f64::from(*x)).collect()).collect();
    let norm = |row: &[f64]| row.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut basis = Vec::new();
    for _ in 0..rank {
        let longest = rows.iter().max_by(|a, b| norm(a).total_cmp(&norm(b))).unwrap().clone();
        let unit: Vec<f64> = longest.iter().map(|x| x / norm(&longest)).collect();
        for row in &mut rows {
            let along: f64 = row.iter().zip(&unit).map(|(x, u)| x * u).sum();
            row.iter_mut().zip(&unit).for_each(|(x, u)| *x -= along * u);
        }
        basis.push(unit);
    }
    basis
}

fn predictions(trained: &TrainedModel, manifest: &Path) -> Vec<Prediction> {
    let split = trained.open_manifest(manifest).unwrap();
    trained.predict(&split, &(0..split.len()).collect::<Vec<_>>()).unwrap()
}

/// Of full rank it is the same function; of rank 1 another, which answers in every way all the same.
#[test]
fn a_run_of_low_rank_answers_as_any_other() {
    let (folder, run) = trained();
    let (original, test) = (TrainedModel::load(&run).unwrap(), folder.path().join("test.csv"));
    let before = predictions(&original, &test);
    for rank in [3, 1] {
        let (graph, values) = low_rank(&original, rank);
        let graphs = BTreeMap::from([("sign".to_owned(), graph)]);
        let saved = original.rewritten(graphs, &values).unwrap().save(&folder.path().join("runs"), "narrow").unwrap();
        // As another process would read it.
        let run = Run::open(saved.folder()).unwrap();
        let narrow = TrainedModel::load(&run).unwrap();
        assert!(narrow.weights().get(&format!("{LAYER}.weight")).is_none());
        assert_eq!(narrow.weights().get(&format!("{LAYER}.up")).map(<[f32]>::len), Some(8 * rank));

        let after = predictions(&narrow, &test);
        let differences = before.iter().zip(&after).map(|(a, b)| (a.best().unwrap().1 - b.best().unwrap().1).abs());
        let largest = differences.fold(0.0, f64::max);
        // Full rank but for the roundings of f32; at rank 1 two of three directions are gone.
        assert!(if rank == 3 { largest < 1e-5 } else { largest > 1e-3 }, "rank {rank}: {largest}");
        if rank == 3 {
            assert!(before.iter().zip(&after).all(|(a, b)| a.best().unwrap().0 == b.best().unwrap().0));
        }

        let split = narrow.open_manifest(&test).unwrap();
        let (of_narrow, of_original) = (narrow.evaluate(&split).unwrap(), original.evaluate(&split).unwrap());
        assert_eq!(of_narrow.result().total(), 64);
        let explanation = explain(&narrow, &split, 5).unwrap();
        assert_eq!(explanation.answer, after[5].best().unwrap().0);
        assert!(!explanation.proofs.is_empty() && explanation.modalities.len() == 1);
        if rank == 3 {
            let difference = of_narrow.loss() - of_original.loss();
            assert!(difference.abs() < 1e-5, "{difference}");
            let (a, b) = (explanation.probability, explain(&original, &split, 5).unwrap().probability);
            assert!((a - b).abs() < 1e-5, "{a} {b}");
        }
        let drawn = consil::describe::describe(narrow.model()).text;
        assert!(drawn.contains(&format!("sign       linear 3 → {rank}")), "{drawn}");
        // The spec alone would give other networks; the run is opened with its own.
        assert_eq!(train::reopen(&run, None).unwrap().model().layout(), narrow.model().layout());
    }
}

#[test]
fn a_rewriting_says_which_values_it_lacks() {
    let (_folder, run) = trained();
    let original = TrainedModel::load(&run).unwrap();
    let (graph, mut values) = low_rank(&original, 2);
    let rewritten = |graph: &Graph, values: &BTreeMap<String, Vec<f32>>| {
        original.rewritten(BTreeMap::from([("sign".to_owned(), graph.clone())]), values).err().unwrap()
    };
    let up = format!("{LAYER}.up");
    let of_up = values.remove(&up).unwrap();
    assert!(matches!(rewritten(&graph, &values), RewriteError::Missing { name } if name == up));
    values.insert(up.clone(), of_up[1..].to_vec());
    assert!(matches!(rewritten(&graph, &values), RewriteError::Shape { n_given: 15, .. }));
    values.insert(up, of_up);
    values.insert("else".to_owned(), vec![1.0]);
    assert!(matches!(rewritten(&graph, &values), RewriteError::Unknown { name } if name == "else"));
    let other = original.rewritten(BTreeMap::from([("digit".to_owned(), graph)]), &values).err().unwrap();
    assert_eq!(other.to_string(), "the graph `digit` is of no network; the networks are head, sign");
}

/// Files that are not as they were written are refused, with what to do; where they are merely gone, the spec gives the same graphs.
#[test]
fn other_graphs_than_the_weights_are_refused() {
    let (folder, run) = trained();
    let path = run.path("graph.json");
    let text = std::fs::read_to_string(&path).unwrap();
    let error = || TrainedModel::load(&run).err().map(|error| Report::of(&error).to_string()).unwrap_or_default();

    std::fs::write(&path, text.replacen("\"tanh\"", "\"relu\"", 1)).unwrap();
    assert!(
        error().contains("graph.json is damaged: its checksum is") && error().contains("help: restore it"),
        "{}",
        error()
    );
    let refused = train::reopen(&run, None).err().unwrap().to_string();
    assert!(refused.contains("graph.json is damaged"), "{refused}");
    std::fs::write(&path, &text[..text.len() / 2]).unwrap();
    assert!(error().contains("graph.json is damaged"), "{}", error());

    // Whole graphs of another run: the same parameters, but another activation between them.
    let other = folder.open(&["network.sign.encoder=[{linear=8},\"relu\"]", "train.epochs=1"]);
    let (other, _) = folder.train(&other);
    std::fs::copy(other.path("graph.json"), &path).unwrap();
    let refused = error();
    assert!(refused.contains("model.safetensors was trained with other networks"), "{refused}");
    assert!(refused.contains("help: restore"), "{refused}");

    // Of other classes than the rules have.
    std::fs::write(folder.path().join("sign.pl"), RULES.replace("minus, plus", "minus, zero, plus")).unwrap();
    let (other, _) = folder.train(&folder.open(&["train.epochs=1"]));
    std::fs::copy(other.path("graph.json"), &path).unwrap();
    let refused = error();
    assert!(refused.contains("graph.json does not fit"), "{refused}");
    assert!(
        refused.contains("the graph `sign` must give `log-probabilities` of shape [2], and gives it the shape [3]"),
        "{refused}"
    );

    std::fs::remove_file(&path).unwrap();
    assert_eq!(error(), "");
    let spec = std::fs::read_to_string(run.path("spec.toml")).unwrap();
    assert!(spec.contains("\"tanh\""), "{spec}");
    std::fs::write(&path, &text).unwrap();
    assert_eq!(error(), "");
}
