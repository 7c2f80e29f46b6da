use std::sync::Arc;

use consil_graph::{Init, Param, Role};

use super::*;
use crate::kernel::step::Statistic;

/// The gradients of three steps, and the weights before them.
const GRADIENTS: [[f32; 4]; 3] = [[0.5, -1.0, 0.25, 2.0], [0.1, 0.2, -0.3, -4.0], [-0.7, 0.0, 0.6, 1.0]];
const BEGIN: [f32; 4] = [1.0, -2.0, 0.5, 3.0];

fn layout(params: &[(&str, usize, Role)]) -> Arc<Layout> {
    let param = |(name, len, role): &(&str, usize, Role)| Param {
        name: (*name).to_owned(),
        shape: vec![*len],
        role: *role,
        init: Init::Zeros,
    };
    Arc::new(Layout::of_params(params.iter().map(param)).unwrap())
}

fn after_three_steps(config: &OptimizerConfig) -> Vec<f32> {
    let layout = layout(&[("w", 3, Role::Shared), ("v", 1, Role::Adapter)]);
    let mut weights = Weights::from_values(layout.clone(), BEGIN.to_vec()).unwrap();
    let mut optimizer = Optimizer::new(config, &layout);
    for step in GRADIENTS {
        let mut gradients = Gradients::zeros(&layout);
        gradients.values_mut().copy_from_slice(&step);
        optimizer.step(&mut weights, &gradients, 1.0);
    }
    weights.into_values()
}

fn read(text: &str) -> OptimizerConfig {
    #[derive(Deserialize)]
    struct Table {
        optimizer: OptimizerConfig,
    }
    toml::from_str::<Table>(&format!("optimizer = {text}")).unwrap().optimizer
}

/// What PyTorch 2.15 gives for the same gradients: `torch.optim.SGD`, `Adam` and `AdamW` over a tensor of four values.
#[test]
#[allow(clippy::excessive_precision, reason = "as PyTorch prints them")]
fn updates_are_those_of_pytorch() {
    let cases: [(&str, [f32; 4]); 7] = [
        ("{ sgd = { lr = 0.1, momentum = 0.0 } }", [1.01, -1.92, 0.445, 3.100_000_1]),
        (
            "{ sgd = { lr = 0.1, momentum = 0.0, weight-decay = 0.01 } }",
            [1.007_113, -1.914_186, 0.443_521_5, 3.091_008_7],
        ),
        (
            "{ sgd = { lr = 0.1, momentum = 0.9, weight-decay = 0.01 } }",
            [0.910_094_74, -1.756_149_4, 0.426_512_36, 3.101_544_1],
        ),
        (
            "{ sgd = { lr = 0.1, momentum = 0.9, nesterov = true, weight-decay = 0.01 } }",
            [0.926_465_6, -1.695_186_7, 0.377_456_43, 3.182_709],
        ),
        ("{ adam = { lr = 0.01 } }", [0.983_482_24, -1.980_939_5, 0.486_676_78, 2.995_027_8]),
        (
            "{ adam = { lr = 0.01, beta1 = 0.8, beta2 = 0.95, epsilon = 1e-3 } }",
            [0.984_678_57, -1.981_918_3, 0.486_971_35, 2.995_618_3],
        ),
        ("{ adamw = { lr = 0.01, weight-decay = 0.1 } }", [0.980_513_33, -1.974_970_7, 0.485_196_86, 2.986_053_2]),
    ];
    for (config, expected) in cases {
        let ours = after_three_steps(&read(config));
        for (ours, expected) in ours.iter().zip(expected) {
            // Three steps in f32, grouped differently: a few roundings of values up to 4.
            assert!((ours - expected).abs() < 1e-6, "{config}: {ours} and {expected}");
        }
    }
}

#[test]
fn frozen_parameters_stay_and_buffers_follow_their_statistics() {
    let layout =
        layout(&[("a", 1, Role::Frozen), ("b", 1, Role::Shared), ("c", 1, Role::Buffer), ("d", 1, Role::Local)]);
    for config in [read("'adam'"), read("'sgd'"), read("'adamw'")] {
        let mut weights = Weights::from_values(layout.clone(), vec![1.0; 4]).unwrap();
        let mut gradients = Gradients::zeros(&layout);
        gradients.values_mut().fill(1.0);
        gradients.keep_statistics(vec![(2, Statistic { momentum: 0.25, values: vec![3.0] })]);
        Optimizer::new(&config, &layout).step(&mut weights, &gradients, 1.0);
        let [a, b, c, d] = weights.values().try_into().unwrap();
        assert_eq!((a, c), (1.0, 1.5), "{config:?}");
        assert!(b < 1.0 && b == d, "{config:?}: {b} {d}");
    }
}

#[test]
fn the_schedule_scales_the_learning_rate() {
    let layout = layout(&[("w", 1, Role::Shared)]);
    let mut gradients = Gradients::zeros(&layout);
    gradients.values_mut()[0] = 2.0;
    let mut weights = Weights::from_values(layout.clone(), vec![1.0]).unwrap();
    let mut optimizer = Optimizer::new(&read("{ sgd = { lr = 0.5, momentum = 0 } }"), &layout);
    optimizer.step(&mut weights, &gradients, 0.25);
    assert_eq!(weights.values(), [0.75]);
    optimizer.step(&mut weights, &gradients, 0.0);
    assert_eq!(weights.values(), [0.75]);
}

#[test]
fn a_saved_state_goes_on_and_a_foreign_one_is_refused() {
    let layout = layout(&[("w", 4, Role::Shared)]);
    let mut gradients = Gradients::zeros(&layout);
    gradients.values_mut().copy_from_slice(&GRADIENTS[0]);
    let mut weights = Weights::from_values(layout.clone(), BEGIN.to_vec()).unwrap();
    let mut optimizer = Optimizer::new(&read("'adam'"), &layout);
    optimizer.step(&mut weights, &gradients, 1.0);
    let state = optimizer.state().clone();
    let mut resumed = Optimizer::resume(&read("'adam'"), &layout, state.clone()).unwrap();
    let mut again = weights.clone();
    optimizer.step(&mut weights, &gradients, 1.0);
    resumed.step(&mut again, &gradients, 1.0);
    assert_eq!(weights, again);
    assert!(Optimizer::resume(&read("'sgd'"), &layout, state).is_none());
}

#[test]
fn both_spellings_read_alike_and_what_is_written_reads_back() {
    assert_eq!(read("'adam'"), read("{ adam = {} }"));
    for config in [read("'sgd'"), read("'adamw'"), read("{ adam = { lr = 0.5 } }")] {
        let written = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<OptimizerConfig>(&written).unwrap(), config);
    }
}
