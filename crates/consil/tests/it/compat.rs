//! Runs of earlier versions: they load, evaluate and predict as they did.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use consil::{Outcome, Run, RunContext, Score, TrainedModel, Workers, train};

/// The files that version 0.1 wrote.
fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/0.1")
}

fn run(name: &str) -> Run {
    Run::open(&golden().join("runs").join(name)).unwrap()
}

/// The answers of a head, with the probability of each, as version 0.1 wrote them.
#[test]
fn a_head_of_version_0_1_predicts_as_it_did() {
    let trained = TrainedModel::load(&run("head-001")).unwrap();
    let split = trained.open_manifest(&golden().join("some.csv")).unwrap();
    let rows: Vec<usize> = (0..split.len()).collect();
    let said = trained.predict(&split, &rows).unwrap();
    let expected = std::fs::read_to_string(golden().join("head-001.predictions.csv")).unwrap();
    let expected: Vec<&str> = expected.lines().skip(1).collect();
    assert_eq!(said.len(), expected.len());
    for (prediction, line) in said.iter().zip(expected) {
        let (answer, probability) = prediction.best().unwrap();
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!((split.id(prediction.row).as_str(), answer.as_str()), (cells[0], cells[1]), "{line}");
        // Other kernels add up in another order.
        assert!((probability - cells[2].parse::<f64>().unwrap()).abs() < 1e-4, "{line}: {probability}");
    }
}

/// Rules over three modalities, trained centrally and by a federation: the score of the run's own test rows.
#[test]
fn rules_of_version_0_1_evaluate_as_they_did() {
    for name in ["rules-001", "rules-federated-001"] {
        let run = run(name);
        let trained = TrainedModel::load(&run).unwrap();
        let project = train::reopen(&run, None).unwrap();
        let score = Score::from(&trained.evaluate(&project.data().test).unwrap());
        let then: Outcome = run.read_json("result.json").unwrap();
        assert_eq!(score.n_samples, then.test.n_samples, "{name}");
        assert!((score.loss - then.test.loss).abs() < 1e-3, "{name}: {} was {}", score.loss, then.test.loss);
        assert_eq!(score.result_accuracy, then.test.result_accuracy, "{name}");
    }
}

/// A central training that was interrupted in version 0.1 is refused: its random numbers were drawn otherwise, and it would not go on as it began.
#[test]
fn an_interrupted_training_of_version_0_1_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(golden().join("runs/rules-interrupted")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    let run = Run::open(folder.path()).unwrap();
    let project = train::reopen(&run, None).unwrap();
    let workers = Workers::new(NonZeroUsize::MIN).unwrap();
    let refused = train::train(&project, &run, &mut RunContext::new(&workers)).unwrap_err();
    let refused = consil_diagnostic::Report::of(&refused).to_string();
    assert!(refused.contains("was begun by version 0.1.0") && refused.contains("train anew"), "{refused}");
}
