//! An explained sample as cards: what there was to see, what each network took it for, and the proof.

use serde::Serialize;

use super::chart::{Chart, Line, SMALL};
use super::picture::{data_uri, heat_map};
use super::scale::{Measure, Scale};
use crate::explain::{Explanation, Likelihood, Picture, ProofTree, SenseView, View, percent};
use consil_svg::{Svg, at};

/// Up to this many classes are all shown; of more, only the most probable.
const ALL: usize = 12;
/// How many of many classes are shown.
const MOST: usize = 8;
/// Answers up to this number, with labels up to that length, stand as columns; others as bars.
const COLUMNS: (usize, usize) = (40, 4);

/// An explanation ready to be laid out.
#[derive(Serialize)]
pub(super) struct SampleView<'a> {
    id: &'a str,
    answer: &'a str,
    probability: String,
    truth: Option<&'a str>,
    right: Option<bool>,
    senses: Vec<SenseCard<'a>>,
    columns: Option<String>,
    bars: Vec<Bar<'a>>,
    proofs: Vec<Branch<'a>>,
    flip: Option<&'a str>,
}

#[derive(Serialize)]
struct SenseCard<'a> {
    item: &'a str,
    kind: String,
    network: Option<&'a str>,
    present: bool,
    caption: String,
    pictures: Vec<Img>,
    svg: Option<String>,
    legend: Vec<(String, String)>,
    text: Option<&'a str>,
    numbers: Vec<String>,
    bars: Vec<Bar<'a>>,
}

#[derive(Serialize)]
struct Img {
    src: String,
    alt: String,
    /// Whether the pixels are few enough to be shown as squares.
    coarse: bool,
}

#[derive(Serialize)]
struct Bar<'a> {
    label: &'a str,
    percent: String,
    /// In percent of the bar's room.
    width: String,
    predicted: bool,
    truth: bool,
}

#[derive(Serialize)]
struct Branch<'a> {
    text: &'a str,
    because: Option<&'a str>,
    probability: Option<String>,
    children: Vec<Branch<'a>>,
}

impl<'a> SampleView<'a> {
    /// The view of an explanation; `id` is unique in the page.
    pub fn of(id: &str, explanation: &'a Explanation) -> Self {
        let truth = explanation.truth.as_deref();
        let answers = &explanation.answers;
        let short = answers.iter().all(|answer| answer.label.chars().count() <= COLUMNS.1);
        let as_columns = short && (ALL..=COLUMNS.0).contains(&answers.len());
        let labels = answers.iter().map(|a| (a.label.as_str(), a.probability)).collect();
        let senses = explanation.senses.iter().enumerate();
        Self {
            id: &explanation.id,
            answer: &explanation.answer,
            probability: percent(explanation.probability),
            truth,
            right: explanation.is_right(),
            senses: senses.map(|(i, sense)| SenseCard::of(&format!("{id}-{i}"), sense)).collect(),
            columns: as_columns.then(|| columns(&format!("{id}-a"), answers, &explanation.answer, truth)),
            bars: if as_columns { Vec::new() } else { bars(labels, Some(&explanation.answer), truth) },
            proofs: explanation.proofs.iter().map(Branch::of).collect(),
            flip: explanation.flip.as_ref().map(|flip| flip.text.as_str()),
        }
    }
}

impl<'a> SenseCard<'a> {
    fn of(id: &str, sense: &'a SenseView) -> Self {
        let classes = sense.classes.iter().map(String::as_str).zip(sense.probabilities.iter().copied()).collect();
        let mut card = Self {
            item: &sense.item,
            kind: sense.kind.to_string(),
            network: sense.network.as_deref(),
            present: sense.present,
            caption: String::new(),
            pictures: Vec::new(),
            svg: None,
            legend: Vec::new(),
            text: None,
            numbers: Vec::new(),
            bars: bars(classes, sense.predicted.as_deref(), sense.truth.as_deref()),
        };
        card.show(id, &sense.view);
        if let (View::Image(picture), Some(saliency)) = (&sense.view, &sense.saliency) {
            card.pictures
                .extend(img(&saliency.over(picture), &format!("{}, what the answer depends on in red", sense.item)));
        }
        card
    }

    fn show(&mut self, id: &str, view: &'a View) {
        match view {
            View::Image(picture) => {
                self.caption = size(picture);
                self.pictures.extend(img(picture, &format!("{}, {}", self.item, size(picture))));
            }
            View::Video { frames, n_frames } => {
                self.caption = format!("the first {} of {n_frames} frames", frames.len());
                let frame = |(i, frame)| img(frame, &format!("{}, frame {}", self.item, i + 1));
                self.pictures = frames.iter().enumerate().filter_map(frame).collect();
            }
            View::Spectrogram { frames, bands, values } => {
                self.caption = "log-mel energy as the network is given it, bright is loud".to_owned();
                self.svg = spectrogram(id, self.item, *frames, *bands, values);
            }
            View::Series { channels, steps, values } => {
                self.caption = format!("{steps} steps of {channels} channels");
                let lines = lines(*channels, values);
                self.legend = lines.iter().map(|line| (line.name.clone(), line.class.clone())).collect();
                let chart = Chart {
                    id,
                    title: self.item,
                    size: SMALL,
                    x_label: "step",
                    y: Measure::Amount,
                    y_label: "value",
                    lines: &lines,
                };
                self.svg = Some(chart.svg());
            }
            View::Text { text } => self.text = Some(text),
            View::Row { cells } => {
                let shown = |cell: &String| if cell.is_empty() { "–".to_owned() } else { cell.clone() };
                self.numbers = cells.iter().map(shown).collect();
            }
            View::Absent => {}
        }
    }
}

impl<'a> Branch<'a> {
    fn of(tree: &'a ProofTree) -> Self {
        Self {
            text: &tree.text,
            because: tree.because.as_deref(),
            probability: tree.probability.map(percent),
            children: tree.children.iter().map(Self::of).collect(),
        }
    }
}

fn size(picture: &Picture) -> String {
    format!("{} × {} pixels", picture.width, picture.height)
}

fn img(picture: &Picture, alt: &str) -> Option<Img> {
    Some(Img { src: data_uri(picture)?, alt: alt.to_owned(), coarse: picture.width.max(picture.height) < 128 })
}

/// A line for each channel of `[T, C]` values.
fn lines(channels: usize, values: &[f32]) -> Vec<Line> {
    let channel = |c: usize| {
        let points = values
            .chunks(channels)
            .enumerate()
            .filter_map(|(t, step)| Some((t as f64 + 1.0, f64::from(*step.get(c)?))));
        Line::new(format!("channel {}", c + 1), (c, 0), points.collect())
    };
    (0..channels).map(channel).collect()
}

/// The classes in their order, or the most probable of many.
fn bars<'a>(classes: Vec<(&'a str, f64)>, predicted: Option<&str>, truth: Option<&str>) -> Vec<Bar<'a>> {
    let mut shown: Vec<usize> = (0..classes.len()).collect();
    if classes.len() > ALL {
        shown.sort_by(|a, b| classes[*b].1.total_cmp(&classes[*a].1));
        let rest = shown.split_off(MOST);
        shown.extend(rest.into_iter().filter(|i| Some(classes[*i].0) == truth));
    }
    let bar = |i: usize| {
        let (label, p) = classes[i];
        let width = if p.is_finite() { format!("{:.2}", 100.0 * p.clamp(0.0, 1.0)) } else { "0".to_owned() };
        Bar { label, percent: percent(p), width, predicted: Some(label) == predicted, truth: Some(label) == truth }
    };
    shown.into_iter().map(bar).collect()
}

/// Values `[bands, frames]` as a heat map with axes.
fn spectrogram(id: &str, item: &str, frames: usize, bands: usize, values: &[f32]) -> Option<String> {
    let picture = data_uri(&heat_map(values, bands, frames)?)?;
    let (width, height) = SMALL;
    let (left, top, right, bottom) = (40.0, 6.0, width - 8.0, height - 38.0);
    let x = Scale::over([1.0, frames as f64].into_iter(), Measure::Count, (left, right), 5);
    let y = Scale::over([1.0, bands as f64].into_iter(), Measure::Count, (bottom, top), 4);
    let description = format!(
        "{frames} frames by {bands} mel bands, the lowest at the bottom, from dark for quiet to bright for loud."
    );
    Some(Svg::figure(id, SMALL, (&format!("{item}, log-mel spectrogram"), &description), |svg| {
        let (w, h) = (at(right - left), at(bottom - top));
        let place: [(&str, &dyn std::fmt::Display); 7] = [
            ("href", &picture),
            ("x", &at(left)),
            ("y", &at(top)),
            ("width", &w),
            ("height", &h),
            ("preserveAspectRatio", &"none"),
            ("class", &"pixels"),
        ];
        svg.shape("image", &place);
        svg.element("g", &[("class", &"marks")], |svg| {
            for tick in &x.ticks {
                let place = at(x.place(*tick));
                svg.text("text", &[("x", &place), ("y", &at(bottom + 16.0)), ("class", &"middle")], &x.mark(*tick));
            }
            for tick in &y.ticks {
                let place = at(y.place(*tick) + 4.0);
                svg.text("text", &[("x", &at(left - 6.0)), ("y", &place), ("class", &"end")], &y.mark(*tick));
            }
            svg.text("text", &[("x", &at(right)), ("y", &at(height - 5.0)), ("class", &"end")], "frame (time)");
            let middle = (top + bottom) / 2.0;
            let turned = format!("rotate(-90 10 {})", at(middle));
            svg.text(
                "text",
                &[("x", &"10"), ("y", &at(middle)), ("transform", &turned), ("class", &"middle")],
                "mel band",
            );
        });
    }))
}

/// The distribution over many short answers, as columns.
fn columns(id: &str, answers: &[Likelihood], predicted: &str, truth: Option<&str>) -> String {
    const SIZE: (f64, f64) = (640.0, 170.0);
    const LEFT: f64 = 42.0;
    let (top, bottom) = (12.0, SIZE.1 - 24.0);
    let y = Scale::over(std::iter::empty(), Measure::Share, (bottom, top), 2);
    let room = (SIZE.0 - LEFT) / answers.len() as f64;
    let description =
        answers.iter().filter(|a| a.probability >= 0.01).map(|a| format!("{}: {}", a.label, percent(a.probability)));
    let description = description.collect::<Vec<_>>().join(", ");
    Svg::figure(id, SIZE, ("Probability of each answer", &description), |svg| {
        svg.element("g", &[("class", &"grid")], |svg| {
            for tick in &y.ticks {
                let place = at(y.place(*tick));
                svg.shape("line", &[("x1", &at(LEFT)), ("x2", &at(SIZE.0)), ("y1", &place), ("y2", &place)]);
            }
        });
        svg.element("g", &[("class", &"marks")], |svg| {
            for tick in &y.ticks {
                let place = at(y.place(*tick) + 4.0);
                svg.text("text", &[("x", &at(LEFT - 6.0)), ("y", &place), ("class", &"end")], &y.mark(*tick));
            }
        });
        for (i, answer) in answers.iter().enumerate() {
            let p = if answer.probability.is_finite() { answer.probability.clamp(0.0, 1.0) } else { 0.0 };
            let (start, peak) = (LEFT + room * i as f64, y.place(p));
            let is_truth = truth == Some(answer.label.as_str());
            let mut class = "column".to_owned();
            class.push_str(if answer.label == predicted { " predicted" } else { "" });
            class.push_str(if is_truth { " truth" } else { "" });
            svg.element("g", &[("class", &class)], |svg| {
                let tip = format!("{}: {}{}", answer.label, percent(p), if is_truth { ", the truth" } else { "" });
                svg.text("title", &[], &tip);
                let (x, w) = (at(start + 0.16 * room), at(0.68 * room));
                svg.shape("rect", &[("x", &x), ("width", &w), ("y", &at(peak)), ("height", &at(bottom - peak))]);
                let place = at(start + room / 2.0);
                svg.text("text", &[("x", &place), ("y", &at(bottom + 17.0)), ("class", &"middle")], &answer.label);
            });
        }
    })
}
