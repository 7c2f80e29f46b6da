use std::collections::BTreeMap;
use std::sync::Arc;

use consil_graph::reference::evaluate;
use consil_graph::{Array, Layout, Role, Weights};
use consil_random::Key;
use proptest::prelude::*;

use super::*;

fn noise(key: Key, shape: &[usize]) -> Array {
    let mut stream = key.stream();
    Array::new(shape, (0..shape.iter().product()).map(|_| stream.normal() as f32).collect())
}

fn run(graph: &Graph, inputs: &BTreeMap<String, Array>) -> Vec<f32> {
    let weights = Weights::init(Arc::new(Layout::of(&[graph]).unwrap()), Key::new(1));
    evaluate(graph, &weights, inputs).unwrap().remove(LOG_PROBABILITIES).unwrap().into_data()
}

fn preset(preset: Preset) -> NetworkConfig {
    NetworkConfig { vocabulary: Some(50), ..NetworkConfig::new("modality", Encoder::Preset(preset)) }
}

/// Every preset with inputs that it takes, from the smallest to large.
fn cases() -> Vec<(Preset, Vec<usize>, Option<usize>)> {
    let images =
        [[1, 1, 1], [1, 3, 5], [1, 8, 8], [1, 28, 28], [3, 32, 48]].map(|s| (Preset::ImageCnn, s.to_vec(), None));
    let spectrograms = [[1, 16, 3], [1, 16, 40], [1, 32, 101]].map(|s| (Preset::AudioCnn, s.to_vec(), Some(s[2])));
    let series = [[6, 1], [6, 32], [2, 400]].map(|s| (Preset::Conv1d, s.to_vec(), Some(s[1])));
    let mut cases = [images.to_vec(), spectrograms.to_vec(), series.to_vec()].concat();
    cases.extend([
        (Preset::AudioCnn, vec![16, 40], Some(40)),
        (Preset::Conv1d, vec![6, 32], None),
        (Preset::TextEmbedding, vec![12], Some(12)),
        (Preset::Transformer, vec![12], Some(12)),
        (Preset::Transformer, vec![6, 32], Some(32)),
        (Preset::Transformer, vec![1, 16, 40], Some(40)),
        (Preset::Transformer, vec![1, 28, 28], None),
        (Preset::Transformer, vec![1, 3, 1], None),
        (Preset::Mlp, vec![10], None),
        (Preset::Mlp, vec![6, 32], Some(32)),
        (Preset::Perception, vec![100], None),
        (Preset::ImageCnn, vec![4, 1, 8, 8], Some(4)),
    ]);
    cases
}

#[test]
fn every_preset_gives_a_distribution_over_the_classes() {
    for (which, shape, time) in cases() {
        let graph = preset(which).build("n", &[(shape.clone(), time)], 7).unwrap();
        let is_text = shape.len() == 1 && !matches!(which, Preset::Mlp | Preset::Perception);
        let mut x = noise(Key::new(3), &shape);
        if is_text {
            x.data_mut().iter_mut().enumerate().for_each(|(i, v)| *v = (i * 7 % 50) as f32);
        }
        let mut inputs = BTreeMap::from([("input".to_owned(), x)]);
        if let Some(frames) = time {
            inputs.insert("input.mask".to_owned(), Array::new([frames], vec![1.0; frames]));
        }
        let log_p = run(&graph, &inputs);
        assert_eq!(log_p.len(), 7);
        let total: f32 = log_p.iter().map(|v| v.exp()).sum();
        // Seven f32 roundings of the logarithms.
        assert!((total - 1.0).abs() < 1e-5, "{which} {shape:?}: {total}");
    }
}

#[test]
fn presets_stay_small_and_fast_on_small_inputs() {
    // Two cores train 20 epochs of 6,000 samples on this budget (3 × forward, 5 GFLOP/s) in under a minute a network.
    let cases = [
        (Preset::ImageCnn, vec![1, 8, 8], None),
        (Preset::AudioCnn, vec![1, 16, 40], Some(40)),
        (Preset::Conv1d, vec![6, 32], Some(32)),
    ];
    for (which, shape, time) in cases {
        let cost = preset(which).build("n", &[(shape, time)], 10).unwrap().cost();
        assert!(cost.flops < 1_000_000 && cost.parameters < 40_000, "{which}: {cost:?}");
    }
    let mnist = preset(Preset::ImageCnn).build("n", &[(vec![1, 28, 28], None)], 10).unwrap().cost();
    assert!(mnist.flops < 3_000_000 && mnist.parameters < 120_000, "{mnist:?}");
}

#[test]
fn several_modalities_have_an_encoder_each() {
    let config: NetworkConfig =
        toml::from_str("input = ['image', 'image']\nencoder = [{ linear = 4 }, 'relu']").unwrap();
    let graph = config.build("same", &[(vec![3], None), (vec![5], None)], 2).unwrap();
    let inputs: Vec<&str> = graph.inputs().iter().map(|i| i.name.as_str()).collect();
    assert_eq!(inputs, ["input.0", "input.1"]);
    let params: Vec<(&str, &[usize])> = graph.params().iter().map(|p| (p.name.as_str(), p.shape.as_slice())).collect();
    assert_eq!(params[0], ("same.input-0.1.linear.weight", [4, 3].as_slice()));
    assert_eq!(params[4], ("same.classify.weight", [2, 8].as_slice()));
    let error = config.build("same", &[(vec![3], None)], 2).unwrap_err().to_string();
    assert_eq!(error, "network \"same\" takes 2 inputs, but 1 were given");
}

#[test]
fn layers_that_leave_positions_are_averaged() {
    for encoder in ["[{ conv = 4 }]", "['transpose', { linear = 4 }]"] {
        let config: NetworkConfig = toml::from_str(&format!("input = 'x'\nencoder = {encoder}")).unwrap();
        let graph = config.build_embedding("n", &[(vec![2, 9], Some(9))]).unwrap();
        assert_eq!(graph.shape_of(graph.find_output(EMBEDDING).unwrap()), [4], "{encoder}");
    }
}

#[test]
fn what_cannot_be_built_says_why() {
    let error = toml::from_str::<NetworkConfig>("input = 'x'\nencoder = 'image-cn'").unwrap_err();
    assert!(error.message().contains(r#"there is no encoder "image-cn"; did you mean "image-cnn"?"#), "{error}");
    let error = toml::from_str::<NetworkConfig>("input = 'x'\nencoder = ['rellu']").unwrap_err();
    assert!(error.message().contains(r#"layer 1: there is no layer "rellu"; did you mean "relu"?"#), "{error}");
    let error = preset(Preset::ImageCnn).build("n", &[(vec![6, 32], None)], 2).unwrap_err();
    let message = r#"the encoder "image-cnn" of network "n" takes images [C, H, W], but its input is [6, 32]; for this input there is "conv-1d""#;
    assert_eq!(error.to_string(), message);
    let text = NetworkConfig::new("modality", Encoder::Preset(Preset::TextEmbedding));
    let error = text.build("n", &[(vec![12], Some(12))], 2).unwrap_err();
    assert!(matches!(error, NetworkError::NoVocabulary { .. }), "{error}");
    let error = preset(Preset::Mlp).build("n", &[(vec![3], None)], 0).unwrap_err();
    assert_eq!(error.to_string(), "network \"n\" has no class to tell apart; it needs at least one");
}

#[test]
fn configs_survive_toml() {
    let text = r#"
        input = ["image", "speech"]
        encoder = [{ conv = 16, kernel = 3 }, "relu", "flatten"]
        width = 20
        dropout = 0.25
    "#;
    let config: NetworkConfig = toml::from_str(text).unwrap();
    assert_eq!(toml::from_str::<NetworkConfig>(&toml::to_string(&config).unwrap()).unwrap(), config);
    let one: NetworkConfig = toml::from_str("input = 'image'\nencoder = 'mlp'").unwrap();
    assert_eq!(toml::to_string(&one).unwrap(), "input = \"image\"\nencoder = \"mlp\"\n");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// What stands in the padding never changes a preset's result, and what stands before it does.
    #[test]
    fn padding_does_not_change_the_result(case in prop::sample::select(cases()), share in 0.1..1.0f64, seed in 0..1000u64) {
        let (which, shape, time) = case;
        prop_assume!(time.is_some() && shape.iter().product::<usize>() < 2000);
        let frames = time.unwrap_or(1);
        let n_valid = ((frames as f64 * share) as usize).max(1);
        let is_text = shape.len() == 1;
        let is_video = shape.len() == 4;
        let graph = preset(which).build("n", &[(shape.clone(), time)], 5).unwrap();
        let run_at = |valid: &str, padding: &str, length: usize| {
            // Words drawn anew may be the same words: another text has each word's successor.
            let (drawn, step) = if is_text { ("a", f32::from(u8::from(valid != "a"))) } else { (valid, 0.0) };
            let (mut x, other) = (noise(Key::new(seed).child(drawn), &shape), noise(Key::new(seed).child(padding), &shape));
            let per_frame = x.data().len() / frames;
            let frame = |i: usize| if is_video { i / per_frame } else { i % frames };
            x.data_mut().iter_mut().zip(other.data()).enumerate().filter(|(i, _)| frame(*i) >= n_valid).for_each(|(_, (v, o))| *v = *o);
            if is_text {
                x.data_mut().iter_mut().for_each(|v| *v = ((v.abs() * 17.0).floor() + step) % 50.0);
            }
            let mask = (0..length).map(|t| if t < n_valid { 1.0 } else { 0.0 }).collect();
            // Of a video's frames, the first axis, the first ones; else of each row along the last axis.
            let (mut shape, row) = (shape.clone(), if is_video { x.data().len() } else { frames });
            let axis = if is_video { 0 } else { shape.len() - 1 };
            shape[axis] = length;
            let kept = x.data().chunks(row).flat_map(|row| row[..row.len() / frames * length].to_vec()).collect();
            run(&graph, &BTreeMap::from([
                ("input".to_owned(), Array::new(shape, kept)),
                ("input.mask".to_owned(), Array::new([length], mask)),
            ]))
        };
        let run_with = |valid, padding| run_at(valid, padding, frames);
        prop_assert_eq!(run_with("a", "b"), run_with("a", "c"));
        prop_assert_ne!(run_with("a", "b"), run_with("d", "b"));
        let bound = graph.bind_at_least(&BTreeMap::from([("input".to_owned(), n_valid)])).unwrap();
        let length = bound.lengths()["input"];
        for (a, b) in run_with("a", "b").into_iter().zip(run_at("a", "c", length)) {
            // Sums over more zeros, in f64, rounded once to f32.
            prop_assert!((a - b).abs() <= 1e-5, "{which}: {a} and {b} at {length} of {frames} frames");
        }
    }
}

fn param_names(graph: &Graph) -> Vec<&str> {
    graph.params().iter().map(|param| param.name.as_str()).collect()
}

#[test]
fn a_siamese_network_has_one_encoder_for_its_inputs() {
    let config: NetworkConfig =
        toml::from_str("input = ['left', 'right']\nsiamese = true\nencoder = [{ linear = 4 }, 'tanh']").unwrap();
    let graph = config.build("same", &[(vec![3], None), (vec![3], None)], 2).unwrap();
    let encoder = ["same.input-0.1.linear.weight", "same.input-0.1.linear.bias"];
    assert_eq!(param_names(&graph), [&encoder[..], &["same.classify.weight", "same.classify.bias"]].concat());
    // One vector shown to both inputs is encoded alike.
    let (x, concat) = (noise(Key::new(4), &[3]), graph.find_node("same.concat").unwrap());
    let mut rewrite = graph.rewrite();
    rewrite.replace(graph.find_output(LOG_PROBABILITIES).unwrap(), concat);
    let towers = rewrite.finish().unwrap();
    let inputs = ["input.0", "input.1"].map(|name| (name.to_owned(), x.clone()));
    let both = run(&towers, &BTreeMap::from(inputs));
    assert_eq!(both[..4], both[4..]);
    let error = config.build("same", &[(vec![3], None), (vec![5], None)], 2).unwrap_err().to_string();
    assert!(error.contains("shares \"same.input-0.1.linear.weight\", which has the shape [4, 3]"), "{error}");
}

#[test]
fn a_network_uses_the_encoder_of_another() {
    let networks: BTreeMap<String, NetworkConfig> = toml::from_str(
        "[seen]\ninput = 'image'\nencoder = [{ linear = 4 }, 'relu']\nfrozen = ['1.linear']\n[kind]\ninput = 'photo'\nshare = 'seen'",
    )
    .unwrap();
    let build = |name: &str, n| networks[name].build_among(&networks, name, &[(vec![3], None)], n).unwrap();
    let (seen, kind) = (build("seen", 10), build("kind", 2));
    assert_eq!(
        param_names(&kind),
        ["seen.1.linear.weight", "seen.1.linear.bias", "kind.classify.weight", "kind.classify.bias"]
    );
    let layout = Layout::of(&[&kind, &seen]).unwrap();
    assert_eq!(layout.n_values(), (3 + 1) * 4 + (4 + 1) * 10 + (4 + 1) * 2);
    assert_eq!(layout.n_trainable(), (4 + 1) * 10 + (4 + 1) * 2);

    let refuse = |config: &str| {
        let config: NetworkConfig = toml::from_str(config).unwrap();
        config.build_among(&networks, "odd", &[(vec![3], None)], 2).unwrap_err().to_string()
    };
    let message = "network \"odd\" shares the encoder of \"sene\", which is not one of the networks; it may share those of [\"kind\", \"seen\"]";
    assert_eq!(refuse("input = 'image'\nshare = 'sene'"), message);
    assert!(refuse("input = 'image'\nshare = 'kind'").contains("which shares another's"));
    assert!(refuse("input = 'image'\nshare = 'seen'\nencoder = 'mlp'").contains("leave one out"));
}

#[test]
fn several_inputs_go_through_the_one_encoder_that_a_network_shares() {
    let networks: BTreeMap<String, NetworkConfig> = toml::from_str(
        "[digit]\ninput = 'image'\nencoder = [{ linear = 4 }, 'relu']\nfrozen = ['1.linear']
         [larger]\ninput = ['image', 'image']\nshare = 'digit'\nlayers = [{ linear = 5 }, 'relu']
         [two]\ninput = ['image', 'image']\nencoder = [{ linear = 4 }]
         [pair]\ninput = ['image', 'image']\nencoder = [{ linear = 4 }]\nsiamese = true",
    )
    .unwrap();
    let build = |name: &str, config: &NetworkConfig| {
        let shapes = vec![(vec![3], None); config.inputs().len()];
        config.build_among(&networks, name, &shapes, 2)
    };
    let larger = build("larger", &networks["larger"]).unwrap();
    let own = ["larger.1.linear.weight", "larger.1.linear.bias", "larger.classify.weight", "larger.classify.bias"];
    assert_eq!(param_names(&larger), [&["digit.1.linear.weight", "digit.1.linear.bias"], &own[..]].concat());
    // The encoder is frozen in both; 8 values of two vectors go to 5, and these to 2.
    assert_eq!(larger.cost().trainable, (8 + 1) * 5 + (5 + 1) * 2);

    let config = |text: &str| toml::from_str::<NetworkConfig>(text).unwrap();
    let like_pair = build("one", &config("input = 'image'\nshare = 'pair'")).unwrap();
    assert_eq!(param_names(&like_pair)[0], "pair.input-0.1.linear.weight");
    let error = build("one", &config("input = 'image'\nshare = 'two'")).unwrap_err().to_string();
    assert!(
        error.contains("has 1 inputs and shares the encoders of \"two\", which has one for each of its 2"),
        "{error}"
    );
    let error = build("one", &config("input = 'image'\nlayers = ['relu']")).unwrap_err().to_string();
    assert!(error.contains("add them to its `encoder`"), "{error}");
}

#[test]
fn a_spec_gives_parameters_their_roles() {
    let build = |keys: &str| {
        let text = format!("input = 'x'\nencoder = [{{ linear = 4 }}, 'relu', {{ linear = 4 }}]\n{keys}");
        toml::from_str::<NetworkConfig>(&text).unwrap().build("n", &[(vec![3], None)], 2)
    };
    let role = |graph: &Graph, name: &str| graph.params().iter().find(|p| p.name == name).unwrap().role;
    let graph = build("frozen = ['1']\nlocal = ['classify']\nadapter = ['3.linear']").unwrap();
    let names = ["n.1.linear.weight", "n.3.linear.bias", "n.classify.weight"];
    assert_eq!(names.map(|name| role(&graph, name)), [Role::Frozen, Role::Adapter, Role::Local]);
    let graph = build("frozen = ['*']").unwrap();
    assert_eq!(graph.cost().trainable, 0);
    let error = build("local = ['clasify']").unwrap_err().to_string();
    assert_eq!(error, "network \"n\" has no parameters \"clasify\" to be local; it has 1.linear, 3.linear, classify");
    // Adapters of rank 2 at three linear layers: 2·(3 + 4), 2·(4 + 4) and 2·(4 + 2) values, which train alone.
    let graph = build("lora = 2").unwrap();
    assert_eq!(graph.cost().trainable, 14 + 16 + 12);
    assert!(
        graph.params().iter().all(|p| p.role == if p.name.contains(".lora_") { Role::Adapter } else { Role::Frozen })
    );
}

#[test]
fn sizes_of_inputs_are_checked_before_anything_is_allocated() {
    let config = NetworkConfig::new("x", Encoder::Preset(Preset::ImageCnn));
    let error = config.build("n", &[(vec![3, 100_000, 100_000], None)], 2).unwrap_err().to_string();
    assert!(error.contains("30000000000 values, more than the limit of 268435456"), "{error}");
    let wide = NetworkConfig { width: Some(usize::MAX), ..config };
    let error = wide.build("n", &[(vec![1, 8, 8], None)], 2).unwrap_err().to_string();
    assert!(error.contains("more than the limit"), "{error}");
}
