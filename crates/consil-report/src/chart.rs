//! Points, lines and bands between two axes.
//!
//! Drawn here rather than with a chart library because a page follows the reader's light or dark theme: marks need classes for the style sheet to
//! colour, a title for each value, and a description for readers without eyes; libraries write fixed colours and no titles.

mod thin;

use crate::axis::{Axis, Measure};
use crate::colour::SERIES;
use crate::markup::Markup;
use crate::svg::{at, figure, points};
use thin::thinned;

/// The size of a chart of its own, in units of the drawing.
pub const WHOLE: (f64, f64) = (500.0, 280.0);
/// The size of a chart inside a card.
pub const SMALL: (f64, f64) = (320.0, 190.0);

const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const BOTTOM: f64 = 42.0;
/// From this many points on, dots are small.
const MANY_DOTS: usize = 80;

/// A chart.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Unique in the page.
    pub id: String,
    /// What it shows.
    pub title: String,
    /// Width and height in units of the drawing.
    pub size: (f64, f64),
    /// What the horizontal axis measures, and its label.
    pub x: (Measure, String),
    /// What the vertical axis measures, and its label.
    pub y: (Measure, String),
    /// Areas, drawn first.
    pub bands: Vec<Band>,
    /// Points and lines.
    pub series: Vec<Series>,
    /// Horizontal lines at values of y, with labels.
    pub rules: Vec<(f64, String)>,
    /// Vertical lines at values of x, with labels.
    pub posts: Vec<(f64, String)>,
}

/// An area between two values over x.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// What it is.
    pub name: String,
    /// The number of its colour.
    pub colour: usize,
    /// How dense it is, from 1 (light) to 3.
    pub density: usize,
    /// `(x, lower, upper)`, with x growing; values that are not finite are left out.
    pub points: Vec<(f64, f64, f64)>,
}

/// A line or a cloud.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What it is.
    pub name: String,
    /// The number of its colour; beyond those that there are, lines differ by dashes too.
    pub colour: usize,
    /// How its line is broken.
    pub dash: Dash,
    /// How it is drawn.
    pub marks: Marks,
    /// Values; those that are not finite are gaps.
    pub points: Vec<(f64, f64)>,
}

/// How a line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dash {
    /// Not at all.
    Solid,
    /// Into dashes.
    Dashed,
    /// Into dots.
    Dotted,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// A line; a point without neighbours is a dot.
    Line,
    /// Dots.
    Dots,
    /// A line with dots.
    LineAndDots,
    /// Steps that go down to each next point: a front of two objectives that are minimised.
    Steps,
}

impl Series {
    /// A solid line.
    pub fn line(name: impl Into<String>, colour: usize, points: Vec<(f64, f64)>) -> Self {
        Self { name: name.into(), colour, dash: Dash::Solid, marks: Marks::Line, points }
    }

    /// Dots.
    pub fn dots(name: impl Into<String>, colour: usize, points: Vec<(f64, f64)>) -> Self {
        Self { marks: Marks::Dots, ..Self::line(name, colour, points) }
    }

    /// The same with other marks.
    pub fn with_marks(self, marks: Marks) -> Self {
        Self { marks, ..self }
    }

    /// The same with a broken line.
    pub fn with_dash(self, dash: Dash) -> Self {
        Self { dash, ..self }
    }

    /// Whether there is anything to draw.
    pub fn is_empty(&self) -> bool {
        !self.points.iter().any(|(x, y)| x.is_finite() && y.is_finite())
    }

    /// The style sheet's classes of its colour and dashes.
    pub fn class(&self) -> String {
        let dashes = (self.dash as usize + self.colour / SERIES).min(2);
        format!("c{}{}", self.colour % SERIES, ["", " dashed", " dotted"][dashes])
    }
}

impl Chart {
    /// A chart of the usual size, without content.
    pub fn new(id: impl Into<String>, title: impl Into<String>, x: (Measure, &str), y: (Measure, &str)) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            size: WHOLE,
            x: (x.0, x.1.to_owned()),
            y: (y.0, y.1.to_owned()),
            bands: Vec::new(),
            series: Vec::new(),
            rules: Vec::new(),
            posts: Vec::new(),
        }
    }

    /// The same of another size.
    pub fn sized(self, size: (f64, f64)) -> Self {
        Self { size, ..self }
    }

    /// The drawing.
    pub fn svg(&self) -> String {
        let (width, height) = self.size;
        let in_series =
            || self.series.iter().flat_map(|series| &series.points).filter(|(x, y)| x.is_finite() && y.is_finite());
        let in_bands = || self.bands.iter().flat_map(|band| &band.points);
        let xs = in_series().map(|p| p.0).chain(in_bands().map(|p| p.0)).chain(self.posts.iter().map(|p| p.0));
        let x = Axis::over(xs, self.x.0, (LEFT, width - RIGHT), (width / 75.0) as usize);
        let ys =
            in_series().map(|p| p.1).chain(in_bands().flat_map(|p| [p.1, p.2])).chain(self.rules.iter().map(|r| r.0));
        let y = Axis::over(ys, self.y.0, (height - BOTTOM, self.top()), if height > 200.0 { 5 } else { 4 });
        figure(&self.id, self.size, (&self.title, &self.description()), |svg| {
            self.axes(svg, &x, &y);
            for band in &self.bands {
                draw_band(svg, band, &x, &y);
            }
            for (value, label) in &self.rules {
                let place = y.place(*value);
                svg.line((LEFT, place), (width - RIGHT, place), "rule");
                svg.label((width - RIGHT, place - 4.0), "end note", label);
            }
            for (value, label) in &self.posts {
                let place = x.place(*value);
                svg.line((place, self.top()), (place, height - BOTTOM), "rule");
                svg.label((place + 4.0, self.top() + 10.0), "note", label);
            }
            for series in &self.series {
                svg.element("g", &[("class", &format!("series {}", series.class()))], |svg| {
                    self.draw(svg, series, &x, &y);
                });
            }
        })
    }

    /// Room above the drawing, for the label of the vertical axis where it has one.
    fn top(&self) -> f64 {
        if self.y.1.is_empty() { 10.0 } else { 28.0 }
    }

    fn axes(&self, svg: &mut Markup, x: &Axis, y: &Axis) {
        let (width, height) = self.size;
        let (right, bottom) = (width - RIGHT, height - BOTTOM);
        for tick in &y.ticks {
            let place = y.place(*tick);
            svg.line((LEFT, place), (right, place), "grid");
            svg.label((LEFT - 8.0, place + 4.0), "end tick", &y.mark(*tick));
        }
        for tick in &x.ticks {
            let place = x.place(*tick);
            svg.line((place, bottom), (place, bottom + 4.0), "axis");
            svg.label((place, bottom + 18.0), "middle tick", &x.mark(*tick));
        }
        // The page's script reads from here where a value stands: the ends of the drawing, then those of the axis.
        let stretch = [LEFT, right, self.top(), bottom, x.from, x.to].map(|v| v.to_string()).join(" ");
        svg.element("g", &[("data-axes", &stretch)], |svg| svg.line((LEFT, bottom), (right, bottom), "axis"));
        svg.label((right, height - 6.0), "end tick", &self.x.1);
        if !self.y.1.is_empty() {
            svg.label((LEFT - 50.0, 11.0), "tick", &self.y.1);
        }
    }

    fn draw(&self, svg: &mut Markup, series: &Series, x: &Axis, y: &Axis) {
        let is_line = series.marks != Marks::Dots;
        let kept = if is_line { thinned(&series.points) } else { series.points.clone() };
        let places: Vec<(f64, f64)> = kept.iter().map(|(a, b)| (x.place(*a), y.place(*b))).collect();
        let finite = |(a, b): &(f64, f64)| a.is_finite() && b.is_finite();
        if is_line {
            for stretch in places.split(|place| !finite(place)).filter(|stretch| stretch.len() > 1) {
                let way = if series.marks == Marks::Steps { steps(stretch) } else { stretch.to_vec() };
                svg.mark("polyline", &[("points", &points(&way)), ("class", &"stroke")], &series.name);
            }
        }
        let is_alone = |i: usize| {
            let gap = |j: Option<usize>| j.and_then(|j| places.get(j)).is_none_or(|place| !finite(place));
            gap(i.checked_sub(1)) && gap(Some(i + 1))
        };
        let radius = if places.len() > MANY_DOTS { 2.0 } else { 2.8 };
        for (i, (place, value)) in places.iter().zip(&kept).enumerate().filter(|(_, (place, _))| finite(place)) {
            if series.marks != Marks::Line || is_alone(i) {
                let (a, b) = (self.x.0.text(value.0), self.y.0.text(value.1));
                let title = format!("{}: {} {a}, {} {b}", series.name, self.x.1, self.y.1);
                let (cx, cy) = (at(place.0), at(place.1));
                svg.mark("circle", &[("cx", &cx), ("cy", &cy), ("r", &radius), ("class", &"dot")], &title);
            }
        }
    }

    /// What a reader without eyes is told: where each line begins and ends.
    fn description(&self) -> String {
        let mut text = format!("{} by {}.", if self.y.1.is_empty() { &self.title } else { &self.y.1 }, self.x.1);
        for series in &self.series {
            let mut finite = series.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
            let Some(first) = finite.next() else { continue };
            let last = finite.next_back().unwrap_or(first);
            let (x, y) = (|p: &(f64, f64)| self.x.0.text(p.0), |p: &(f64, f64)| self.y.0.text(p.1));
            text.push_str(&format!(" {}: {} at {}, {} at {}.", series.name, y(first), x(first), y(last), x(last)));
        }
        text
    }
}

/// The corners of a way that goes along x first, then along y.
fn steps(stretch: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let corners = stretch.windows(2).flat_map(|w| [w[0], (w[1].0, w[0].1)]);
    corners.chain(stretch.last().copied()).collect()
}

fn draw_band(svg: &mut Markup, band: &Band, x: &Axis, y: &Axis) {
    let there: Vec<&(f64, f64, f64)> = band
        .points
        .iter()
        .filter(|(at, low, high)| [x.place(*at), y.place(*low), y.place(*high)].iter().all(|v| v.is_finite()))
        .collect();
    if there.len() < 2 {
        return;
    }
    let upper = there.iter().map(|(at, _, high)| (x.place(*at), y.place(*high)));
    let lower = there.iter().rev().map(|(at, low, _)| (x.place(*at), y.place(*low)));
    let places: Vec<(f64, f64)> = upper.chain(lower).collect();
    let class = format!("band c{} d{}", band.colour % SERIES, band.density.clamp(1, 3));
    svg.mark("polygon", &[("points", &points(&places)), ("class", &class)], &band.name);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::is_well_formed;

    fn chart(series: Vec<Series>) -> String {
        let mut chart = Chart::new("c", "Loss", (Measure::Count, "epoch"), (Measure::FromZero, "nats"));
        chart.series = series;
        chart.svg()
    }

    #[test]
    fn a_gap_parts_a_line_and_a_lone_point_is_a_dot() {
        let points =
            vec![(1.0, 3.0), (2.0, 2.0), (3.0, f64::NAN), (4.0, 1.0), (5.0, f64::INFINITY), (6.0, 1.0), (7.0, 1.0)];
        let svg = chart(vec![Series::line("train", 0, points)]);
        assert_eq!((svg.matches("<polyline").count(), svg.matches("<circle").count()), (2, 1));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        assert!(svg.contains("train: 3.000 at 1, 1.000 at 7."), "{svg}");
    }

    #[test]
    fn what_is_not_finite_is_not_drawn() {
        for measure in [Measure::Amount, Measure::FromZero, Measure::Logarithm, Measure::Year, Measure::Share] {
            for points in
                [vec![], vec![(f64::NAN, 1.0)], vec![(1.0, f64::INFINITY), (2.0, 1.0), (3.0, -1.0), (0.0, 0.0)]]
            {
                let mut chart = Chart::new("c", "a < b & \"c\"", (measure, "x"), (measure, "y"));
                let band = points.iter().map(|(x, y)| (*x, *y, y + 1.0)).collect();
                chart.bands = vec![Band { name: "b".into(), colour: 1, density: 1, points: band }];
                chart.series = vec![Series::line("s", 0, points).with_marks(Marks::LineAndDots)];
                let svg = chart.svg();
                assert!(is_well_formed(&svg) && svg.contains("a &lt; b &amp; &quot;c&quot;"), "{svg}");
                assert!(!svg.contains("NaN") && !svg.contains("=\"inf") && !svg.contains(",inf"), "{measure:?} {svg}");
            }
        }
    }

    #[test]
    fn more_lines_than_colours_differ_by_dashes() {
        let classes: std::collections::BTreeSet<String> =
            (0..3 * SERIES).map(|i| Series::line("", i, vec![]).class()).collect();
        assert_eq!(classes.len(), 3 * SERIES);
    }
}
