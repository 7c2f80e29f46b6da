//! Points, lines and bands between two axes.

use super::axis::{Measure, Scale};
use consil_svg::{Svg, at, points};

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
    /// The number of its colour.
    pub colour: usize,
    /// How it is drawn.
    pub marks: Marks,
    /// Values; those that are not finite are gaps.
    pub points: Vec<(f64, f64)>,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// A line.
    Line,
    /// A dashed line.
    Dashed,
    /// Dots.
    Dots,
    /// A line with dots.
    LineAndDots,
    /// Steps that go down to each next point: a front of two objectives that are minimised.
    Steps,
}

const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 28.0;
const BOTTOM: f64 = 42.0;

impl Chart {
    /// A chart of the usual size, without content.
    pub fn new(id: impl Into<String>, title: impl Into<String>, x: (Measure, &str), y: (Measure, &str)) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            size: (520.0, 300.0),
            x: (x.0, x.1.to_owned()),
            y: (y.0, y.1.to_owned()),
            bands: Vec::new(),
            series: Vec::new(),
            rules: Vec::new(),
            posts: Vec::new(),
        }
    }

    /// The drawing.
    pub fn svg(&self) -> String {
        let (width, height) = self.size;
        let in_series =
            || self.series.iter().flat_map(|series| &series.points).filter(|(x, y)| x.is_finite() && y.is_finite());
        let in_bands = || self.bands.iter().flat_map(|band| &band.points);
        let xs = in_series().map(|p| p.0).chain(in_bands().map(|p| p.0)).chain(self.posts.iter().map(|p| p.0));
        let x = Scale::over(xs, self.x.0, (LEFT, width - RIGHT), 7);
        let ys =
            in_series().map(|p| p.1).chain(in_bands().flat_map(|p| [p.1, p.2])).chain(self.rules.iter().map(|r| r.0));
        let y = Scale::over(ys, self.y.0, (height - BOTTOM, TOP), 5);
        Svg::figure(&self.id, self.size, (&self.title, &self.description()), |svg| {
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
                svg.line((place, TOP), (place, height - BOTTOM), "rule");
                svg.label((place + 4.0, TOP + 10.0), "note", label);
            }
            for series in &self.series {
                let class = format!("series c{}", series.colour % 7);
                svg.element("g", &[("class", &class)], |svg| self.draw(svg, series, &x, &y));
            }
        })
    }

    fn axes(&self, svg: &mut Svg, x: &Scale, y: &Scale) {
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
        svg.line((LEFT, bottom), (right, bottom), "axis");
        svg.label((right, height - 6.0), "end tick", &self.x.1);
        svg.label((LEFT - 50.0, 11.0), "tick", &self.y.1);
    }

    fn draw(&self, svg: &mut Svg, series: &Series, x: &Scale, y: &Scale) {
        let place = |(a, b): &(f64, f64)| (x.place(*a), y.place(*b));
        let finite = |point: &(f64, f64)| {
            let (a, b) = place(point);
            a.is_finite() && b.is_finite()
        };
        if series.marks != Marks::Dots {
            let class = if series.marks == Marks::Dashed { "stroke dashed" } else { "stroke" };
            for stretch in series.points.split(|point| !finite(point)).filter(|stretch| stretch.len() > 1) {
                let mut places: Vec<(f64, f64)> = stretch.iter().map(place).collect();
                if series.marks == Marks::Steps {
                    places = places
                        .windows(2)
                        .flat_map(|w| [w[0], (w[1].0, w[0].1)])
                        .chain(places.last().copied())
                        .collect();
                }
                svg.mark("polyline", &[("points", &points(&places)), ("class", &class)], &series.name);
            }
        }
        if matches!(series.marks, Marks::Dots | Marks::LineAndDots | Marks::Steps) {
            let radius = if series.points.len() > 80 { 2.0 } else { 3.0 };
            for point in series.points.iter().filter(|point| finite(point)) {
                let (cx, cy) = place(point);
                let title =
                    format!("{}: {} {}, {} {}", series.name, self.x.1, short(point.0), self.y.1, short(point.1));
                svg.mark("circle", &[("cx", &at(cx)), ("cy", &at(cy)), ("r", &radius), ("class", &"dot")], &title);
            }
        }
    }

    fn description(&self) -> String {
        let mut text = format!("{} by {}.", self.y.1, self.x.1);
        for series in &self.series {
            let mut finite = series.points.iter().filter(|(x, y)| x.is_finite() && y.is_finite());
            let Some(first) = finite.next() else { continue };
            let last = finite.next_back().unwrap_or(first);
            let (a, b, c, d) = (short(first.1), short(first.0), short(last.1), short(last.0));
            text.push_str(&format!(" {}: {a} at {b}, {c} at {d}.", series.name));
        }
        text
    }
}

fn draw_band(svg: &mut Svg, band: &Band, x: &Scale, y: &Scale) {
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
    let class = format!("band c{} d{}", band.colour % 7, band.density.clamp(1, 3));
    svg.mark("polygon", &[("points", &points(&places)), ("class", &class)], &band.name);
}

/// A value in a few characters.
pub(super) fn short(x: f64) -> String {
    crate::compare::amount(x)
}
