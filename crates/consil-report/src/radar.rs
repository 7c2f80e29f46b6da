//! A radar of scores in 0–1.

use std::f64::consts::TAU;

use crate::colour::SERIES;
use crate::svg::{at, figure, points};

/// A polygon of a radar.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Whose.
    pub name: String,
    /// The number of its colour.
    pub colour: usize,
    /// A score for each spoke, in 0–1.
    pub scores: Vec<f64>,
}

/// A radar over named spokes, from the top clockwise; fewer than three spokes have no area and are drawn as they are.
pub fn radar(id: &str, title: &str, spokes: &[String], profiles: &[Profile]) -> String {
    let (size, centre, radius) = ((460.0, 340.0), (230.0, 172.0), 116.0);
    let place = |i: usize, score: f64| {
        let angle = TAU * i as f64 / spokes.len() as f64;
        (centre.0 + radius * score * angle.sin(), centre.1 - radius * score * angle.cos())
    };
    let mut description = String::new();
    for profile in profiles {
        let scores: Vec<String> =
            spokes.iter().zip(&profile.scores).map(|(spoke, score)| format!("{spoke} {score:.2}")).collect();
        description.push_str(&format!("{}: {}. ", profile.name, scores.join(", ")));
    }
    figure(id, size, (title, &description), |svg| {
        for ring in [0.25, 0.5, 0.75, 1.0] {
            let places: Vec<(f64, f64)> = (0..spokes.len()).map(|i| place(i, ring)).collect();
            svg.empty("polygon", &[("points", &points(&places)), ("class", &"ring")]);
        }
        for (i, spoke) in spokes.iter().enumerate() {
            svg.line(centre, place(i, 1.0), "grid");
            let (x, y) = place(i, 1.13);
            let class = match x - centre.0 {
                d if d > 12.0 => "tick",
                d if d < -12.0 => "end tick",
                _ => "middle tick",
            };
            svg.label((x, y + 4.0), class, spoke);
        }
        svg.label((centre.0 + 4.0, place(0, 0.5).1 - 2.0), "note", "0.5");
        for profile in profiles {
            let places: Vec<(f64, f64)> = profile
                .scores
                .iter()
                .take(spokes.len())
                .enumerate()
                .map(|(i, s)| place(i, s.clamp(0.0, 1.0)))
                .collect();
            let class = format!("area c{}", profile.colour % SERIES);
            svg.mark("polygon", &[("points", &points(&places)), ("class", &class)], &profile.name);
            for ((x, y), (spoke, score)) in places.iter().zip(spokes.iter().zip(&profile.scores)) {
                let title = format!("{}: {spoke} {score:.2}", profile.name);
                let class = format!("dot c{}", profile.colour % SERIES);
                svg.mark("circle", &[("cx", &at(*x)), ("cy", &at(*y)), ("r", &3), ("class", &class)], &title);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::is_well_formed;

    #[test]
    fn scores_beyond_the_scale_stay_in_the_drawing() {
        let spokes: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let profile = Profile { name: "p".into(), colour: 0, scores: vec![0.2, 1.4, -1.0] };
        let svg = radar("r", "t", &spokes, &[profile]);
        assert!(is_well_formed(&svg));
        // The second score is drawn at 1, the third at the centre.
        assert!(svg.contains("cx=\"330.5\" cy=\"230\"") && svg.contains("cx=\"230\" cy=\"172\""), "{svg}");
    }
}
