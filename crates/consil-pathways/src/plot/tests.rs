use proptest::prelude::*;

use super::*;
use crate::fit::FitConfig;
use crate::law::Law;
use crate::run::{Design, Run};

fn is_well_formed(svg: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for part in svg.split('<').skip(1) {
        let Some((tag, _)) = part.split_once('>') else { return false };
        let name = tag.trim_end_matches('/').split_whitespace().next().unwrap_or("");
        if let Some(closed) = name.strip_prefix('/').or_else(|| tag.strip_prefix('/')) {
            if open.pop() != Some(closed) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.is_empty()
}

fn chart(measure: Measure, points: Vec<(f64, f64)>) -> String {
    let mut chart = Chart::new("c", "a < b & \"c\"", (measure, "x"), (measure, "y"));
    chart.bands = vec![Band {
        name: "b".into(),
        colour: 1,
        density: 1,
        points: points.iter().map(|(x, y)| (*x, *y, y + 1.0)).collect(),
    }];
    chart.series = vec![Series { name: "s".into(), colour: 0, marks: Marks::LineAndDots, points }];
    chart.svg()
}

#[test]
fn a_run_above_the_law_stands_above_the_line() {
    let mut runs: Vec<Run> = (0..40)
        .map(|k| {
            let (n, d) = (1e8 * 1.6f64.powi(k % 8), 1e9 * 2.1f64.powi(k / 8));
            let loss = 1.8 + 480.0 / n.powf(0.35) + 2100.0 / d.powf(0.37);
            Run { origin: format!("row {k}"), design: Design::new(n, d), loss }
        })
        .collect();
    runs[17].loss *= 1.3;
    let fit = FitConfig::new(Law::Hoffmann).fit(&runs).expect("a fit");
    let points = &residuals("r", &fit).series[0].points;
    // Huber's function leaves one spoiled run of forty where it is.
    assert!((points[17].1 - 1.3f64.ln()).abs() < 0.01, "{:?}", points[17]);
}

#[test]
fn what_is_not_finite_is_not_drawn() {
    for measure in [Measure::Amount, Measure::Logarithm, Measure::Year, Measure::Share] {
        for points in [vec![], vec![(f64::NAN, 1.0)], vec![(1.0, f64::INFINITY), (2.0, 1.0), (3.0, -1.0), (0.0, 0.0)]] {
            let svg = chart(measure, points);
            assert!(is_well_formed(&svg), "{svg}");
            assert!(!svg.contains("NaN") && !svg.contains("=\"inf") && !svg.contains(",inf"), "{measure:?} {svg}");
        }
    }
}

#[test]
fn text_is_escaped() {
    let svg = chart(Measure::Amount, vec![(0.0, 1.0), (1.0, 2.0)]);
    assert!(svg.contains("a &lt; b &amp; &quot;c&quot;") && is_well_formed(&svg));
}

#[test]
fn marks_of_axes_are_round() {
    let marks = |values: &[f64], measure: Measure| {
        let scale = Scale::over(values.iter().copied(), measure, (0.0, 100.0), 5);
        scale.ticks.iter().map(|tick| scale.mark(*tick)).collect::<Vec<_>>()
    };
    assert_eq!(marks(&[0.1, 2.9], Measure::Amount), ["0", "1", "2", "3"]);
    assert_eq!(marks(&[1e20, 1e26], Measure::Logarithm), ["10²⁰", "10²²", "10²⁴", "10²⁶"]);
    assert_eq!(marks(&[2026.9, 2060.0], Measure::Year), ["2030", "2040", "2050", "2060"]);
    assert_eq!(marks(&[0.3], Measure::Share), ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"]);
    assert_eq!(marks(&[2.2, 4.8], Measure::Logarithm), ["3", "4", "5"]);
}

#[test]
fn a_graph_puts_needs_left_of_what_needs_them() {
    let vertex = |name: &str| Vertex { name: name.into(), note: String::new(), class: "present".into() };
    let edges = [Edge { from: 0, to: 1 }, Edge { from: 1, to: 2 }, Edge { from: 0, to: 2 }];
    let svg = graph("g", "t", &[vertex("a"), vertex("b"), vertex("c")], &edges);
    assert!(is_well_formed(&svg) && svg.contains("c needs b"));
    let x = |name: &str| {
        let before = &svg[..svg.find(&format!(">{name}<")).unwrap()];
        let at = before.rfind(" x=\"").unwrap() + 4;
        before[at..].split('"').next().unwrap().parse::<f64>().unwrap()
    };
    assert!(x("a") < x("b") && x("b") < x("c"));
    let circle = [Edge { from: 0, to: 1 }, Edge { from: 1, to: 0 }];
    assert!(is_well_formed(&graph("g", "t", &[vertex("a"), vertex("b")], &circle)), "a circle ends");
}

#[test]
fn radars_tornados_and_ranges_are_well_formed() {
    let spokes: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
    let profile = Profile { name: "p".into(), colour: 0, scores: vec![0.2, 1.4, -1.0] };
    assert!(is_well_formed(&radar("r", "t", &spokes, &[profile])));
    let bar = Bar { name: "x".into(), first: (-0.01, 0.02), total: (1.3, 0.1) };
    assert!(is_well_formed(&tornado("t", "t", &[bar])));
    let row = Range {
        name: "n".into(),
        note: "o".into(),
        colour: 9,
        outer: (2030.0, f64::INFINITY),
        inner: Some((2040.0, f64::INFINITY)),
        middle: Some(f64::INFINITY),
        beyond: Some(0.7),
    };
    let ranges = Ranges {
        id: "m".into(),
        title: "t".into(),
        x: (Measure::Year, "year".into()),
        domain: (2026.0, 2060.0),
        rows: vec![row],
        posts: vec![(2030.0, "p".into())],
        beyond: Some("beyond".into()),
    };
    let svg = ranges.svg();
    assert!(is_well_formed(&svg) && !svg.contains("=\"inf") && svg.contains("70 %"), "{svg}");
}

proptest! {
    #[test]
    fn every_value_lies_on_the_axis(values in prop::collection::vec(1e-6..1e6f64, 1..20), power in -6..20i32) {
        let values: Vec<f64> = values.iter().map(|v| v * 10f64.powi(power)).collect();
        for measure in [Measure::Amount, Measure::Logarithm] {
            let axis = Scale::over(values.iter().copied(), measure, (0.0, 100.0), 5);
            for value in &values {
                prop_assert!((-1e-6..=100.0 + 1e-6).contains(&axis.place(*value)), "{measure:?} {value}");
            }
            prop_assert!(axis.ticks.len() <= 14, "{:?}", axis.ticks);
        }
    }
}
