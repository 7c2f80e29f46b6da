//! Runs and samples to lay out.

use std::collections::BTreeMap;

use consil_data::ModalityKind;

use super::super::RunFacts;
use crate::explain::{Explanation, Flip, Image, Likelihood, ModalityView, ProofTree, View};
use crate::outcome::{Matrix, Outcome, Score};
use crate::run::{Record, RunKind, SiteRecord};

const PROGRAM: &str = "nn(digit,  [image],   D, [0,1,2,3,4,5,6,7,8,9]) :: seen(D).
nn(spoken, [speech],  D, [0,1,2,3,4,5,6,7,8,9]) :: heard(D).
nn(sign,   [gesture], S, [plus, minus])         :: signed(S).

result(R) :- seen(A), heard(B), signed(plus),  R is A + B.
result(R) :- seen(A), heard(B), signed(minus), R is A - B.
";

/// A run that learned centrally, with validation.
pub fn central() -> RunFacts {
    let records = (1..=20).map(|epoch| {
        let far = f64::from(epoch) / 4.0;
        let metrics = [
            ("loss", 0.2 + 2.6 * (-far).exp()),
            ("accuracy", 0.94 - 0.8 * (-far).exp()),
            ("concept.image", 0.99 - 0.8 * (-far).exp()),
            ("concept.speech", 0.95 - 0.8 * (-0.7 * far).exp()),
            ("concept.gesture", 1.0 - 0.5 * (-2.0 * far).exp()),
        ];
        Record::Epoch {
            step: 94 * epoch as u64,
            epoch: epoch as usize,
            loss: 0.15 + 2.8 * (-far).exp(),
            metrics: metrics.map(|(name, value)| (name.to_owned(), value)).into(),
            seconds: 2.0 * f64::from(epoch),
        }
    });
    RunFacts {
        label: "central".into(),
        kind: RunKind::Central,
        name: "demo".into(),
        seed: 7,
        version: "0.1.0".into(),
        fingerprint: "0123456789abcdef".into(),
        folder: "demo-001".into(),
        spec: "name = \"demo\"\nseed = 7\n".into(),
        program: Some(PROGRAM.into()),
        records: records.collect(),
        outcome: Some(outcome(186, 0.31, 41.6, 1880)),
    }
}

/// A run of a federation of five sites.
pub fn federated() -> RunFacts {
    let records = (1..=20).map(|round: u32| {
        let far = f64::from(round) / 5.0;
        let sites = (0..5).map(|site: u32| SiteRecord {
            site: site.into(),
            name: None,
            n_samples: 1200,
            loss: 0.2 + 0.05 * f64::from(site) + (2.6 + 0.1 * f64::from(site * round % 3)) * (-far).exp(),
        });
        Record::Round {
            round: round.into(),
            loss: 0.3 + 2.6 * (-far).exp(),
            update_norm: 0.1 + 1.4 * (-0.6 * far).exp(),
            client_drift: 0.8 + 0.1 * far,
            sites: sites.collect(),
            partly_covered: BTreeMap::new(),
            metrics: [
                ("loss".to_owned(), 0.35 + 2.6 * (-far).exp()),
                ("accuracy".to_owned(), 0.92 - 0.8 * (-far).exp()),
            ]
            .into(),
            seconds: 3.0 * f64::from(round),
        }
    });
    RunFacts {
        label: "federated".into(),
        kind: RunKind::Federated,
        folder: "demo-002".into(),
        records: records.collect(),
        outcome: Some(outcome(182, 0.37, 63.0, 20)),
        ..central()
    }
}

/// The outcome of 200 samples of which `right` came out right.
fn outcome(right: usize, loss: f64, seconds: f64, steps: u64) -> Outcome {
    let accuracy = right as f64 / 200.0;
    let concepts = [("image", 0.985), ("speech", 0.94), ("gesture", 1.0)];
    let matrices = [("image", matrix(0..=9, 197, 200)), ("speech", matrix(0..=9, 188, 200))];
    let mut matrices: BTreeMap<String, Matrix> = matrices.map(|(name, matrix)| (name.to_owned(), matrix)).into();
    let labels = ["minus", "plus"].map(str::to_owned).to_vec();
    matrices.insert("gesture".into(), Matrix { labels, counts: vec![vec![104, 0], vec![0, 96]] });
    Outcome {
        seconds,
        steps,
        test: Score {
            n_samples: 200,
            loss,
            result_accuracy: accuracy,
            concepts: concepts.map(|(name, value)| (name.to_owned(), value)).into(),
            targets: Vec::new(),
        },
        result: matrix(-9..=18, right, 200),
        concepts: matrices,
        repeats: None,
        logic_share: Some(0.07),
        at_sites: None,
        size: None,
    }
}

/// A matrix over whole numbers with `n` counts, `right` of them on the diagonal.
fn matrix(labels: std::ops::RangeInclusive<i32>, right: usize, n: usize) -> Matrix {
    let labels: Vec<String> = labels.map(|label| label.to_string()).collect();
    let k = labels.len();
    let mut counts = vec![vec![0; k]; k];
    for i in 0..n {
        // As for a sum, middling labels are the commonest; mistakes lie a few places off.
        let truth = (i % (k / 2 + 1) + i * 7 / 3 % k.div_ceil(2)).min(k - 1);
        let said = if i < right { truth } else { (truth + 1 + i % 3) % k };
        counts[truth][said] += 1;
    }
    Matrix { labels, counts }
}

fn modality(
    item: &str,
    kind: ModalityKind,
    view: View,
    classes: &[&str],
    probabilities: &[f64],
    truth: &str,
) -> ModalityView {
    let best = (0..classes.len()).max_by(|a, b| probabilities[*a].total_cmp(&probabilities[*b]));
    ModalityView {
        item: item.into(),
        kind,
        view,
        network: Some(format!("{item}-net")),
        classes: classes.iter().map(|class| (*class).to_owned()).collect(),
        probabilities: probabilities.to_vec(),
        predicted: best.map(|best| classes[best].to_owned()),
        truth: Some(truth.into()),
        present: true,
        saliency: None,
    }
}

fn node(text: &str, because: Option<&str>, probability: Option<f64>, children: Vec<ProofTree>) -> ProofTree {
    ProofTree { text: text.into(), because: because.map(str::to_owned), probability, children }
}

/// A sample with an image, a spectrogram and a gesture, answered 12 where −9 to 18 are possible.
pub fn explanation() -> Explanation {
    const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let glyph = [0x3c, 0x66, 0x66, 0x3e, 0x06, 0x06, 0x66, 0x3c];
    let pixels =
        glyph.iter().flat_map(|row| (0..8).map(move |x| if row >> (7 - x) & 1 == 1 { 240 - 12 * x } else { 8 }));
    let image = View::Image(Image { width: 8, height: 8, channels: 1, pixels: pixels.collect() });
    let (bands, frames) = (16, 30);
    let energy = (0..bands * frames).map(|i| {
        let (band, frame) = ((i / frames) as f32, (i % frames) as f32);
        (-((band - 4.0 - 3.0 * (frame / 8.0).sin()) / 2.0).powi(2)).exp() + 0.2 * (band * 1.7 + frame * 0.9).sin()
    });
    let speech = View::Spectrogram { frames, bands, values: energy.collect() };
    let (channels, steps) = (6, 32);
    let motion = (0..channels * steps).map(|i| {
        let (t, c) = ((i / channels) as f32, (i % channels) as f32);
        (5.0 - c) * (t / 4.0 + c).sin()
    });
    let gesture = View::Series { channels, steps, values: motion.collect() };
    let answers = (-9..=18).map(|label| Likelihood {
        label: label.to_string(),
        probability: match label {
            12 => 0.82,
            11 => 0.09,
            7 => 0.06,
            _ => 0.03 / 25.0,
        },
    });
    let leaves = vec![
        node("seen(9)", Some("digit(image) = 9"), Some(0.91), vec![]),
        node("heard(3)", Some("spoken(speech) = 3"), Some(0.90), vec![]),
        node("signed(plus)", Some("sign(gesture) = plus"), Some(0.9999), vec![]),
        node("12 is 9 + 3", None, None, vec![]),
    ];
    let other = vec![
        node("seen(4)", Some("digit(image) = 4"), Some(0.06), vec![]),
        node("sum(8, 4)", None, None, vec![node("heard(8)", Some("spoken(speech) = 8"), Some(0.004), vec![])]),
    ];
    Explanation {
        id: "test-17".into(),
        truth: Some("12".into()),
        answer: "12".into(),
        probability: 0.82,
        answers: answers.collect(),
        others: Vec::new(),
        modalities: vec![
            modality(
                "image",
                ModalityKind::Vision,
                image,
                &DIGITS,
                &[0.0, 0.0, 0.0, 0.01, 0.06, 0.01, 0.0, 0.005, 0.005, 0.91],
                "9",
            ),
            modality(
                "speech",
                ModalityKind::Audio,
                speech,
                &DIGITS,
                &[0.0, 0.0, 0.07, 0.9, 0.01, 0.01, 0.0, 0.006, 0.004, 0.0],
                "3",
            ),
            modality("gesture", ModalityKind::Sensor, gesture, &["plus", "minus"], &[0.9999, 0.0001], "plus"),
        ],
        proofs: vec![node("result(12)", None, Some(0.819), leaves), node("result(12)", None, Some(0.0002), other)],
        flip: Some(Flip {
            item: "speech".into(),
            from: "3".into(),
            to: "2".into(),
            probability: 0.07,
            answer: "11".into(),
            text: "Were speech taken for 2 (7.0 %) instead of 3, the answer would be 11.".into(),
        }),
    }
}

/// A classifier without rules, and a sample of it that lacks one of its inputs.
pub fn head() -> (RunFacts, Explanation) {
    let mut run = central();
    run.program = None;
    let outcome = run.outcome.as_mut().expect("the central run has one");
    outcome.concepts.clear();
    outcome.test.concepts.clear();
    outcome.logic_share = None;
    for record in &mut run.records {
        if let Record::Epoch { metrics, .. } = record {
            metrics.retain(|name, _| !name.starts_with("concept."));
        }
    }
    let plain = |item: &str, kind, view, present| ModalityView {
        item: item.into(),
        kind,
        view,
        network: None,
        classes: vec![],
        probabilities: vec![],
        predicted: None,
        truth: None,
        present,
        saliency: None,
    };
    let frame = Image { width: 2, height: 2, channels: 3, pixels: (0..12).map(|i| 20 * i).collect() };
    let sample = Explanation {
        id: "notes.csv:3".into(),
        truth: Some("calm".into()),
        answer: "tense".into(),
        probability: 0.7,
        answers: [("calm", 0.3), ("tense", 0.7)]
            .map(|(label, p)| Likelihood { label: label.into(), probability: p })
            .into(),
        others: Vec::new(),
        modalities: vec![
            plain("words", ModalityKind::Text, View::Text { text: "all is well".into() }, true),
            plain("film", ModalityKind::Video, View::Frames { frames: vec![frame.clone(), frame], n_frames: 24 }, true),
            plain("body", ModalityKind::Table, View::Row { cells: vec!["1.5".into(), String::new()] }, true),
            plain("voice", ModalityKind::Audio, View::Absent, false),
        ],
        proofs: vec![],
        flip: None,
    };
    (run, sample)
}
