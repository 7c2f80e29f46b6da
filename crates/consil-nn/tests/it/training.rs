//! The training loop: learning, repeating, resuming, stopping, and the same at a federated site.

use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::{Array, Builder, Layout, Weights, op};
use consil_multimodal::Layers;
use consil_nn::{
    AllReduce, CheckedTrainConfig, Checkpoint, Event, Examples, Gradients, Inputs, LocalConfig, Loss, Metrics, Network,
    Step, Supervised, Targets, Task, TaskError, Threads, TrainConfig, TrainError, Trainer, local,
};
use consil_random::Key;

/// Three blobs in the plane, drawn anew with a little noise at each step.
struct Blobs {
    n: usize,
    seed: u64,
}

impl Examples for Blobs {
    fn n_rows(&self) -> usize {
        self.n
    }

    fn inputs(&self, rows: &[usize], draw: Option<Key>) -> Result<Inputs, TaskError> {
        let mut noise = draw.map(Key::stream);
        let x = rows.iter().flat_map(|row| {
            let mut stream = Key::new(self.seed).nth_stream(*row as u64);
            let angle = (row % 3) as f64 * std::f64::consts::TAU / 3.0;
            let jitter = noise.as_mut().map_or(0.0, |noise| 0.1 * noise.normal());
            [angle.cos(), angle.sin()].map(|center| (2.0 * center + 0.6 * stream.normal() + jitter) as f32)
        });
        Ok(Inputs::from([("x".to_owned(), Array::new([rows.len(), 2], x.collect()))]))
    }

    fn targets(&self, rows: &[usize]) -> Result<Targets, TaskError> {
        Ok(Targets::Classes(rows.iter().map(|row| row % 3).collect()))
    }
}

fn network() -> (Network, Weights) {
    let layers: Layers =
        r#"[{ linear = 16 }, "batch-norm", "relu", { dropout = 0.2 }, { linear = 3 }, "log-softmax"]"#.parse().unwrap();
    let mut b = Builder::new();
    let x = b.input("x", [2]);
    let y = layers.apply(&mut b, "blobs", x).unwrap();
    b.output("y", y);
    let graph = Arc::new(b.finish());
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    (Network::new(graph, &layout).unwrap(), Weights::init(layout, Key::new(1)))
}

fn config(extra: &str) -> TrainConfig {
    toml::from_str(&format!("batch-size = 16\noptimizer = {{ adam = {{ lr = 0.02 }} }}\n{extra}")).unwrap()
}

fn checked(config: &TrainConfig) -> CheckedTrainConfig {
    config.clone().check().unwrap()
}

const KEY: Key = Key::new(7);

fn rows(n: usize) -> Vec<usize> {
    (0..n).collect()
}

#[test]
fn training_learns_and_repeats_bit_for_bit() {
    let (network, weights) = network();
    let (train, valid) = (Blobs { n: 150, seed: 1 }, Blobs { n: 90, seed: 2 });
    let (train, valid) = (Supervised::new(&network, Loss::Nll, &train), Supervised::new(&network, Loss::Nll, &valid));
    let config = config("epochs = 6\nschedule = { cosine = { warmup = 5 } }\nclip-norm = 5.0");
    let run = || {
        let mut trainer = Trainer::new(&checked(&config), &train, weights.clone(), KEY, rows(150)).validate_on(&valid);
        assert_eq!(trainer.total_steps(), 60);
        let events: Vec<Event> = trainer.by_ref().collect::<Result<_, _>>().unwrap();
        (events, trainer.into_weights())
    };
    let (events, after) = run();
    assert_eq!(events.len(), 60 + 6 + 1);
    assert_eq!(events.last(), Some(&Event::Finished { step: 60 }));
    let epochs: Vec<(f64, f64)> = (events.iter())
        .filter_map(|event| match event {
            Event::Epoch { loss, metrics, .. } => Some((*loss, metrics.get("accuracy").unwrap())),
            _ => None,
        })
        .collect();
    assert!(epochs[5].0 < 0.5 * epochs[0].0, "{epochs:?}");
    // Blobs two apart with the deviation 0.6 overlap by about 1 %; chance is a third.
    assert!(epochs[5].1 > 0.9, "{epochs:?}");
    assert_eq!(run(), (events, after));
}

#[test]
fn a_training_resumed_anywhere_goes_on_bit_for_bit() {
    let (network, weights) = network();
    let blobs = Blobs { n: 70, seed: 1 };
    let task = Supervised::new(&network, Loss::Nll, &blobs);
    let early = "epochs = 3\nearly-stopping = { patience = 9 }\nschedule = 'cosine'\ncheckpoint-every = 2";
    for optimizer in ["'adam'", "{ sgd = { nesterov = true } }", "{ adamw = {} }"] {
        let text = format!("{early}\nbatch-size = 16\noptimizer = {optimizer}");
        let config: TrainConfig = toml::from_str(&text).unwrap();
        let begin = || Trainer::new(&checked(&config), &task, weights.clone(), KEY, rows(70)).validate_on(&task);
        let mut whole = begin();
        let events: Vec<Event> = whole.by_ref().collect::<Result<_, _>>().unwrap();
        let after = whole.into_weights();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("checkpoint.safetensors");
        for cut in 0..events.len() {
            let mut first = begin();
            let taken = first.by_ref().take(cut).count();
            assert_eq!(taken, cut);
            first.checkpoint(BTreeMap::new()).save(&path).unwrap();
            drop(first);
            let checkpoint = Checkpoint::load(&path).unwrap();
            let mut resumed =
                Trainer::resume(&checked(&config), &task, KEY, rows(70), checkpoint).unwrap().validate_on(&task);
            let rest: Vec<Event> = resumed.by_ref().collect::<Result<_, _>>().unwrap();
            // A reminder to save is not repeated after saving.
            let not_due = |events: &[Event]| -> Vec<Event> {
                events.iter().filter(|event| !matches!(event, Event::CheckpointDue { .. })).cloned().collect()
            };
            assert_eq!(not_due(&rest), not_due(&events[cut..]), "{optimizer}, cut at {cut}");
            assert_eq!(resumed.into_weights(), after, "{optimizer}, cut at {cut}");
        }
        let due: Vec<u64> = (events.iter())
            .filter_map(|event| if let Event::CheckpointDue { step } = event { Some(*step) } else { None })
            .collect();
        assert_eq!(due, [2, 4, 6, 8, 10, 12, 14]);
    }
}

#[test]
fn a_checkpoint_of_another_training_is_refused() {
    let (network, weights) = network();
    let blobs = Blobs { n: 70, seed: 1 };
    let task = Supervised::new(&network, Loss::Nll, &blobs);
    let mut trainer = Trainer::new(&config("epochs = 2").check().unwrap(), &task, weights.clone(), KEY, rows(70));
    trainer.next();
    let checkpoint = trainer.checkpoint(BTreeMap::new());
    let resume = |config: &TrainConfig, n, checkpoint| {
        Trainer::resume(&checked(config), &task, KEY, rows(n), checkpoint).err().unwrap().to_string()
    };
    let error = resume(&config("epochs = 2"), 69, checkpoint.clone());
    assert!(error.contains("70 rows in batches of 16, and now there are 69"), "{error}");
    let sgd = TrainConfig { optimizer: serde_json::from_str("\"sgd\"").unwrap(), ..config("") };
    assert!(resume(&sgd, 70, checkpoint).contains("optimiser is of another kind"));
    let only_weights = Checkpoint::of_weights(weights, BTreeMap::new());
    assert!(resume(&config(""), 70, only_weights).contains("weights only"));
}

/// A task with one weight, whose loss and validation metric are what the test says.
struct Scripted {
    losses: Vec<f64>,
}

impl Task for Scripted {
    fn n_rows(&self) -> usize {
        1
    }

    fn gradient(&self, weights: &Weights, _: &[usize], _: Key, into: &mut Gradients) -> Result<Step, TaskError> {
        into.values_mut()[0] = -1.0;
        Ok(Step { loss: self.losses[self.epoch(weights)], n: 1 })
    }

    fn evaluate(&self, weights: &Weights, _: Option<&[usize]>) -> Result<Metrics, TaskError> {
        let mut metrics = Metrics::default();
        metrics.push("loss", self.losses[self.epoch(weights) - 1]);
        Ok(metrics)
    }
}

impl Scripted {
    /// Each step adds exactly one to the weight.
    fn epoch(&self, weights: &Weights) -> usize {
        weights.values()[0] as usize
    }

    fn weights() -> Weights {
        let mut b = Builder::new();
        let x = b.input("x", [1]);
        b.push("n", consil_graph::op::Linear { out: 1, bias: false }, &[x]).unwrap();
        let layout = Arc::new(Layout::of(&[&b.finish()]).unwrap());
        Weights::from_values(layout, vec![0.0]).unwrap()
    }

    fn config(extra: &str) -> TrainConfig {
        toml::from_str(&format!("optimizer = {{ sgd = {{ lr = 1.0, momentum = 0.0 }} }}\nepochs = 8\n{extra}")).unwrap()
    }
}

#[test]
fn early_stopping_ends_with_the_best_weights() {
    let task = Scripted { losses: vec![5.0, 4.0, 3.0, 3.5, 3.2, 3.1, 2.0, 1.0] };
    let config = Scripted::config("early-stopping = { patience = 2 }");
    let mut trainer = Trainer::new(&checked(&config), &task, Scripted::weights(), KEY, rows(1)).validate_on(&task);
    let events: Vec<Event> = trainer.by_ref().collect::<Result<_, _>>().unwrap();
    assert_eq!(
        events[events.len() - 2..],
        [Event::EarlyStopped { best_epoch: 3, best: 3.0 }, Event::Finished { step: 6 }]
    );
    assert_eq!(trainer.weights().values(), [6.0]);
    assert_eq!(trainer.into_weights().values(), [3.0]);
}

#[test]
fn early_stopping_survives_a_restart() {
    let task = Scripted { losses: vec![5.0, 4.0, 3.0, 3.5, 3.2, 3.1, 2.0, 1.0] };
    let config = Scripted::config("early-stopping = { patience = 2 }");
    let mut trainer = Trainer::new(&checked(&config), &task, Scripted::weights(), KEY, rows(1)).validate_on(&task);
    // Five steps, five epochs.
    assert_eq!(trainer.by_ref().take(10).count(), 10);
    let checkpoint = trainer.checkpoint(BTreeMap::new());
    let mut resumed = Trainer::resume(&checked(&config), &task, KEY, rows(1), checkpoint).unwrap().validate_on(&task);
    assert_eq!(resumed.by_ref().last().unwrap().unwrap(), Event::Finished { step: 6 });
    assert_eq!(resumed.into_weights().values(), [3.0]);
}

#[test]
fn what_cannot_be_trained_is_said() {
    let task = Scripted { losses: vec![1.0, f64::NAN, 1.0] };
    let first_error = |config: &TrainConfig, rows: Vec<usize>| {
        let mut trainer = Trainer::new(&checked(config), &task, Scripted::weights(), KEY, rows);
        let error = trainer.by_ref().find_map(Result::err).unwrap();
        assert!(trainer.next().is_none(), "a failed training ends");
        error
    };
    assert!(matches!(first_error(&Scripted::config(""), rows(1)), TrainError::Diverged { step: 2, .. }));
    assert!(matches!(first_error(&Scripted::config(""), vec![]), TrainError::NoRows));
    assert!(matches!(first_error(&Scripted::config(""), vec![3]), TrainError::NoSuchRow { row: 3, n_rows: 1 }));
    let error = first_error(&Scripted::config("early-stopping = { metric = 'f1' }"), rows(1));
    assert!(error.to_string().contains("\"f1\"") && error.to_string().contains("no validation rows"), "{error}");
}

#[test]
fn a_spec_with_an_unknown_key_is_refused() {
    let error = toml::from_str::<TrainConfig>("epoch = 3").unwrap_err().to_string();
    assert!(error.contains("unknown field `epoch`") && error.contains("`epochs`"), "{error}");
    let error = toml::from_str::<TrainConfig>("optimizer = 'adan'").unwrap_err().to_string();
    assert!(error.contains("`adam`"), "{error}");
    let written = toml::to_string(&TrainConfig::default()).unwrap();
    assert_eq!(toml::from_str::<TrainConfig>(&written).unwrap(), TrainConfig::default());
}

fn local_config(proximal: f32) -> LocalConfig {
    LocalConfig {
        epochs: 4,
        batch_size: 16,
        optimizer: serde_json::from_str(r#"{"sgd":{"lr":0.1,"momentum":0.0}}"#).unwrap(),
        rate: 1.0,
        clip_norm: None,
        proximal,
        correction: None,
    }
}

#[test]
fn local_training_is_training_without_the_loop() {
    let (network, begin) = network();
    let blobs = Blobs { n: 70, seed: 1 };
    let task = Supervised::new(&network, Loss::Nll, &blobs);
    let mut weights = begin.clone();
    let report = local(&task, &rows(70), &mut weights, &local_config(0.0), KEY).unwrap();
    assert_eq!((report.steps, report.n_rows), (20, 70));
    let config = TrainConfig {
        epochs: Some(4),
        batch_size: 16,
        optimizer: local_config(0.0).optimizer,
        ..TrainConfig::default()
    };
    let mut trainer = Trainer::new(&checked(&config), &task, begin, KEY, rows(70));
    let losses: Vec<f64> = (trainer.by_ref())
        .filter_map(|event| if let Event::Epoch { loss, .. } = event.unwrap() { Some(loss) } else { None })
        .collect();
    assert_eq!(trainer.into_weights(), weights);
    assert!((report.loss - losses.iter().sum::<f64>() / 4.0).abs() < 1e-12);
}

#[test]
fn the_proximal_term_holds_a_site_near_the_global_weights() {
    let (network, begin) = network();
    let blobs = Blobs { n: 70, seed: 1 };
    let task = Supervised::new(&network, Loss::Nll, &blobs);
    let distance = |proximal: f32| -> f64 {
        let mut weights = begin.clone();
        local(&task, &rows(70), &mut weights, &local_config(proximal), KEY).unwrap();
        let trained = begin.layout().entries().iter().filter(|entry| entry.role.is_trained());
        let square =
            trained.flat_map(|entry| entry.range()).map(|i| f64::from(weights.values()[i] - begin.values()[i]).powi(2));
        square.sum::<f64>().sqrt()
    };
    let distances = [0.0, 1.0, 5.0].map(distance);
    assert!(distances[0] > distances[1] && distances[1] > 1.5 * distances[2], "{distances:?}");
}

#[test]
fn one_step_of_the_site_follows_the_formula() {
    // w ← w − lr (∇F + µ (w − w₀) + c), two steps from zero: ∇F = −1, µ = 0.5, c = 0.25, lr = 1.
    let task = Scripted { losses: vec![1.0; 4] };
    let mut weights = Scripted::weights();
    let config = LocalConfig {
        epochs: 2,
        optimizer: Scripted::config("").optimizer,
        correction: Some(Arc::new(vec![0.25])),
        ..local_config(0.5)
    };
    local(&task, &rows(1), &mut weights, &config, KEY).unwrap();
    // 0 → 0.75 → 0.75 + 0.75 − 0.5 · 0.75.
    assert_eq!(weights.values(), [1.125]);
    // One plain step at half the rate.
    let mut weights = Scripted::weights();
    let config = LocalConfig { epochs: 1, rate: 0.5, proximal: 0.0, correction: None, ..config };
    local(&task, &rows(1), &mut weights, &config, KEY).unwrap();
    assert_eq!(weights.values(), [0.5]);
}

#[test]
fn stages_freeze_and_groups_have_their_own_rates() {
    let (network, begin) = network();
    let blobs = Blobs { n: 70, seed: 1 };
    let task = Supervised::new(&network, Loss::Nll, &blobs);
    let moved = |text: &str| -> Vec<(String, bool)> {
        let config = config(text).check().unwrap();
        let mut trainer = Trainer::new(&config, &task, begin.clone(), KEY, rows(70));
        assert!(trainer.by_ref().all(|event| event.is_ok()));
        let after = trainer.into_weights();
        let trained = begin.layout().entries().iter().filter(|entry| entry.role.is_trained());
        trained.map(|entry| (entry.name.clone(), after.get(&entry.name) != begin.get(&entry.name))).collect()
    };
    let names = |moved: Vec<(String, bool)>, which: bool| -> Vec<String> {
        moved.into_iter().filter(|(_, moved)| *moved == which).map(|(name, _)| name).collect()
    };
    let first = ["blobs.1.linear.weight", "blobs.1.linear.bias"];
    assert_eq!(names(moved("stages = [{ epochs = 1, freeze = ['blobs.1'] }]"), false), first);
    assert!(names(moved("stages = [{ epochs = 1, freeze = ['blobs.1'] }, { epochs = 1 }]"), false).is_empty());
    assert_eq!(names(moved("epochs = 1\ngroups = [{ params = 'blobs.1.linear', lr-factor = 0.0 }]"), false), first);

    // Plain gradient descent moves a group by its factor of what it would have moved.
    let step = |text: &str| {
        let text = format!("epochs = 1\nbatch-size = 70\noptimizer = {{ sgd = {{ momentum = 0.0 }} }}\n{text}");
        let config: TrainConfig = toml::from_str(&text).unwrap();
        let mut trainer = Trainer::new(&config.check().unwrap(), &task, begin.clone(), KEY, rows(70));
        assert!(trainer.by_ref().all(|event| event.is_ok()));
        let after = trainer.into_weights();
        let difference = |name: &str| -> Vec<f32> {
            after.get(name).unwrap().iter().zip(begin.get(name).unwrap()).map(|(a, b)| a - b).collect()
        };
        [difference("blobs.1.linear.weight"), difference("blobs.5.linear.weight")]
    };
    let (plain, grouped) = (step(""), step("groups = [{ params = 'blobs.5', lr-factor = 0.25 }]"));
    assert_eq!(plain[0], grouped[0]);
    for (plain, grouped) in plain[1].iter().zip(&grouped[1]) {
        // Both differences are of numbers below one, each rounded to 6e-8.
        assert!((0.25 * plain - grouped).abs() < 2e-7, "{plain} and {grouped}");
    }
}

/// Points of the plane and which side of a line they lie on, never drawn anew.
struct Sides;

impl Examples for Sides {
    fn n_rows(&self) -> usize {
        70
    }

    fn inputs(&self, rows: &[usize], _: Option<Key>) -> Result<Inputs, TaskError> {
        let x = rows.iter().flat_map(|row| [(row % 7) as f32 - 3.0, (row % 11) as f32 - 5.0]).collect();
        Ok(Inputs::from([("x".to_owned(), Array::new([rows.len(), 2], x))]))
    }

    fn targets(&self, rows: &[usize]) -> Result<Targets, TaskError> {
        Ok(Targets::Classes(rows.iter().map(|row| usize::from(row % 7 + row % 11 > 8)).collect()))
    }
}

#[test]
fn parts_with_rows_of_their_own_take_the_steps_of_one() {
    let mut b = Builder::new();
    let x = b.input("x", [2]);
    let y = b.push("n", op::Linear { out: 2, bias: true }, &[x]).unwrap();
    b.output("y", y);
    let graph = Arc::new(b.finish());
    let layout = Arc::new(Layout::of(&[&*graph]).unwrap());
    let network = Network::new(graph, &layout).unwrap();
    let weights = Weights::init(layout, Key::new(1));
    let task = Supervised::new(&network, Loss::CrossEntropy, &Sides);
    let train = |rows: std::ops::Range<usize>, part: Option<&dyn AllReduce>| {
        let config: TrainConfig = toml::from_str(&format!("epochs = 12\nbatch-size = {}", rows.len())).unwrap();
        let mut trainer = Trainer::new(&checked(&config), &task, weights.clone(), KEY, rows.collect());
        if let Some(part) = part {
            trainer = trainer.reduce_with(part);
        }
        assert!(trainer.by_ref().all(|event| event.is_ok()));
        trainer.into_weights()
    };
    let alone = train(0..70, None);
    let threads = Threads::new(2);
    let (first, second) = std::thread::scope(|scope| {
        let second = scope.spawn(|| train(50..70, Some(&threads.part(1))));
        (train(0..50, Some(&threads.part(0))), second.join().unwrap())
    });
    assert_eq!(first, second, "the parts have the same weights");
    for (alone, first) in alone.values().iter().zip(first.values()) {
        // Twelve steps of Adam, each along a sum in another order.
        assert!((alone - first).abs() < 1e-5, "{alone} and {first}");
    }
}
