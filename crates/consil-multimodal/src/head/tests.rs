use std::sync::Arc;

use consil_graph::reference::evaluate;
use consil_graph::{Array, Layout, Weights};
use consil_random::Key;
use proptest::prelude::*;

use super::*;
use crate::LOG_PROBABILITIES;

const FUSIONS: [Fusion; 3] = [Fusion::Concat, Fusion::Mean, Fusion::Attention];

fn modalities() -> BTreeMap<String, (Vec<usize>, Option<usize>)> {
    BTreeMap::from([
        ("gesture".to_owned(), (vec![6, 12], None)),
        ("image".to_owned(), (vec![1, 8, 8], None)),
        ("speech".to_owned(), (vec![1, 8, 10], Some(10))),
    ])
}

/// Inputs of which each modality's values are drawn from its own seed.
fn inputs(present: [bool; 3], seeds: [u64; 3]) -> BTreeMap<String, Array> {
    let mut inputs = BTreeMap::new();
    for ((name, (shape, time)), (present, seed)) in modalities().into_iter().zip(present.into_iter().zip(seeds)) {
        let mut stream = Key::new(seed).child(&name).stream();
        let values = (0..shape.iter().product()).map(|_| stream.normal() as f32).collect();
        inputs.insert(name.clone(), Array::new(shape, values));
        inputs.insert(format!("{name}.present"), Array::new([], vec![f32::from(u8::from(present))]));
        if let Some(frames) = time {
            inputs.insert(format!("{name}.mask"), Array::new([frames], vec![1.0; frames]));
        }
    }
    inputs
}

fn run(fusion: Fusion, inputs: &BTreeMap<String, Array>) -> Vec<f32> {
    let graph = HeadConfig { fusion, ..Default::default() }.build("head", &modalities(), 4).unwrap();
    let weights = Weights::init(Arc::new(Layout::of(&[&graph]).unwrap()), Key::new(1));
    evaluate(&graph, &weights, inputs).unwrap().remove(LOG_PROBABILITIES).unwrap().into_data()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// An absent modality's values never change the result; a present modality's do.
    #[test]
    fn only_present_senses_count(present in any::<[bool; 3]>(), seeds in any::<[u64; 3]>(), which in 0..3usize) {
        for fusion in FUSIONS {
            let before = run(fusion, &inputs(present, seeds));
            let mut others = seeds;
            others[which] = seeds[which].wrapping_add(1);
            let after = run(fusion, &inputs(present, others));
            prop_assert_eq!(before == after, !present[which], "{:?}", fusion);
            prop_assert!(before.iter().all(|v| v.is_finite()));
        }
    }
}

#[test]
fn fusions_that_average_have_the_width_of_one_sense() {
    let width_of = |fusion| {
        let graph = HeadConfig { fusion, ..Default::default() }.build("head", &modalities(), 4).unwrap();
        let classify = graph.params().iter().find(|p| p.name == "head.classify.weight").unwrap();
        classify.shape[1]
    };
    assert_eq!(FUSIONS.map(width_of), [3 * 64 + 3, 64, 64]);
}

#[test]
fn encoders_and_inputs_can_be_chosen() {
    let text = r#"
        fusion = "mean"
        inputs = ["image", "gesture"]
        width = 16
        encoder = { image = ["flatten", { linear = 8 }, "relu"] }
        layers = [{ linear = 12 }, "relu"]
    "#;
    let head: HeadConfig = toml::from_str(text).unwrap();
    assert_eq!(toml::from_str::<HeadConfig>(&toml::to_string(&head).unwrap()).unwrap(), head);
    let graph = head.build("head", &modalities(), 4).unwrap();
    let names: Vec<&str> = graph.inputs().iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["image", "image.present", "gesture", "gesture.present"]);
    let shape = |name: &str| graph.params().iter().find(|p| p.name == name).unwrap().shape.clone();
    // Layers that give 8 values are brought to the modalities' common width.
    assert_eq!(shape("head.image.project.weight"), [16, 8]);
    assert_eq!(shape("head.1.linear.weight"), [12, 16]);
    assert_eq!(shape("head.classify.weight"), [4, 12]);
}

#[test]
fn a_misspelt_modality_is_refused() {
    let head = HeadConfig { inputs: Some(vec!["imaeg".to_owned()]), ..Default::default() };
    let error = head.build("head", &modalities(), 4).unwrap_err().to_string();
    assert_eq!(error, r#"the head reads the modality "imaeg", which is not one of ["gesture", "image", "speech"]"#);
}
