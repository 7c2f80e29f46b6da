//! Mazes drawn by seed: walls as facts, doors as pictures, and whether one gets out.

use std::io::Cursor;

use consil_random::{Key, Stream};
use image::{GrayImage, ImageFormat, Luma};

use super::File;

/// Cells along a side.
const SIDE: usize = 4;
/// Doors of a maze.
pub(crate) const DOORS: usize = 8;
/// How likely a border that has no door is a wall.
const WALL: f64 = 0.35;
/// Pixels along a side of a picture.
const PIXELS: u32 = 12;
/// Mazes to train on and to test on, and different pictures of doors for each.
const SPLITS: [(&str, usize, usize); 2] = [("train", 600, 200), ("test", 300, 100)];

/// A maze whose answer depends on its doors.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Maze {
    /// Borders that are walls.
    pub walls: Vec<(usize, usize)>,
    /// Borders with doors.
    pub doors: Vec<(usize, usize)>,
    /// Whether each door is open.
    pub open: Vec<bool>,
}

/// The borders between neighbouring cells.
pub(crate) fn borders() -> Vec<(usize, usize)> {
    let right = (0..SIDE * SIDE).filter(|a| a % SIDE < SIDE - 1).map(|a| (a, a + 1));
    let below = (0..SIDE * (SIDE - 1)).map(|a| (a, a + SIDE));
    right.chain(below).collect()
}

impl Maze {
    /// Draws a maze that is left or not as `escapes` says, and where that depends on which doors are open.
    fn draw(stream: &mut Stream, escapes: bool) -> Self {
        loop {
            let mut all = borders();
            stream.shuffle(&mut all);
            let (doors, others) = all.split_at(DOORS);
            let walls = others.iter().copied().filter(|_| stream.uniform() < WALL).collect();
            let open = (0..DOORS).map(|_| stream.uniform() < 0.5).collect();
            let maze = Self { walls, doors: doors.to_vec(), open };
            let matters = maze.escapes(&[true; DOORS]) && !maze.escapes(&[false; DOORS]);
            if matters && maze.escapes(&maze.open) == escapes {
                return maze;
            }
        }
    }

    /// Whether one gets from the first cell to the last, by going through all that can be reached.
    pub fn escapes(&self, open: &[bool]) -> bool {
        let closed = |border: &(usize, usize)| match self.doors.iter().position(|door| door == border) {
            Some(door) => !open[door],
            None => self.walls.contains(border),
        };
        let passages: Vec<(usize, usize)> = borders().into_iter().filter(|border| !closed(border)).collect();
        let mut reached = [false; SIDE * SIDE];
        let mut pending = vec![0];
        while let Some(cell) = pending.pop() {
            if !std::mem::replace(&mut reached[cell], true) {
                let next = |&(a, b): &(usize, usize)| match cell {
                    cell if cell == a => Some(b),
                    cell if cell == b => Some(a),
                    _ => None,
                };
                pending.extend(passages.iter().filter_map(next));
            }
        }
        reached[SIDE * SIDE - 1]
    }

    /// As facts of the rules.
    fn facts(&self) -> String {
        let walls = self.walls.iter().map(|(a, b)| format!("wall({a},{b})"));
        let doors = self.doors.iter().enumerate().map(|(i, (a, b))| format!("door({a},{b},{i})"));
        walls.chain(doors).collect::<Vec<_>>().join("; ")
    }
}

/// The mazes of a split.
pub(crate) fn mazes(seed: u64, split: &str, n: usize) -> Vec<Maze> {
    let mut stream = Key::new(seed).child("mazes").child(split).stream();
    (0..n).map(|i| Maze::draw(&mut stream, i % 2 == 0)).collect()
}

/// The manifests and the pictures.
pub(super) fn files(seed: u64) -> Vec<File> {
    let mut files = Vec::new();
    for (split, n_mazes, n_pictures) in SPLITS {
        let mut stream = Key::new(seed).child("doors").child(split).stream();
        // Every other picture is of an open door.
        for i in 0..n_pictures {
            let name = picture_name(split, i);
            files.push(File { name, bytes: png(&picture(&mut stream, i % 2 == 0)) });
        }
        files.push(File { name: format!("{split}.csv"), bytes: manifest(seed, split, n_mazes, n_pictures).into() });
    }
    files
}

fn picture_name(split: &str, i: usize) -> String {
    format!("doors/{split}-{i:03}.png")
}

fn manifest(seed: u64, split: &str, n_mazes: usize, n_pictures: usize) -> String {
    let mut stream = Key::new(seed).child("which door").child(split).stream();
    let columns = |name: &str| (0..DOORS).map(|i| format!("{name}.{i}")).collect::<Vec<_>>().join(",");
    let mut text = format!("escape,maze,{},{}\n", columns("door"), columns("state"));
    for maze in mazes(seed, split, n_mazes) {
        let pictures: Vec<String> = maze
            .open
            .iter()
            .map(|open| picture_name(split, 2 * stream.below(n_pictures / 2) + usize::from(!open)))
            .collect();
        let states: Vec<&str> = maze.open.iter().map(|open| if *open { "open" } else { "closed" }).collect();
        let escapes = maze.escapes(&maze.open);
        text.push_str(&format!("{escapes},\"{}\",{},{}\n", maze.facts(), pictures.join(","), states.join(",")));
    }
    text
}

/// A frame with, if closed, planks across it, and if open, a leaf at one side; somewhere in the picture, and in bad light.
fn picture(stream: &mut Stream, is_open: bool) -> GrayImage {
    let (left, top) = (stream.below(3) as u32, stream.below(3) as u32);
    let (width, height) = (9, 10);
    let mut picture = GrayImage::from_pixel(PIXELS, PIXELS, Luma([70]));
    for y in 0..height.min(PIXELS - top) {
        for x in 0..width {
            let is_frame = x == 0 || x == width - 1 || y == 0;
            let is_plank = if is_open { x == 1 } else { x % 2 == 1 };
            let light = if is_frame {
                190
            } else if is_plank {
                150
            } else {
                30
            };
            picture.put_pixel(left + x, top + y, Luma([light]));
        }
    }
    for Luma([light]) in picture.pixels_mut() {
        *light = (f64::from(*light) + 35.0 * stream.normal()).clamp(0.0, 255.0) as u8;
    }
    picture
}

fn png(picture: &GrayImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture of a few pixels is written to memory");
    bytes.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mazes_repeat_by_seed_and_depend_on_their_doors() {
        let drawn = mazes(3, "train", 20);
        assert_eq!(drawn, mazes(3, "train", 20));
        assert_ne!(drawn, mazes(4, "train", 20));
        assert_ne!(drawn, mazes(3, "test", 20));
        assert_eq!(borders().len(), 24);
        for (i, maze) in drawn.iter().enumerate() {
            assert_eq!((maze.doors.len(), maze.escapes(&maze.open)), (DOORS, i % 2 == 0));
        }
    }

    #[test]
    fn one_row_of_cells_is_left_where_nothing_is_in_the_way() {
        // Only the way along the top and down the right side is free.
        let way = [(0, 1), (1, 2), (2, 3), (3, 7), (7, 11), (11, 15)];
        let walls = borders().into_iter().filter(|border| !way.contains(border)).collect();
        let free = Maze { walls, doors: Vec::new(), open: Vec::new() };
        assert!(free.escapes(&[]));
        let door = Maze { doors: vec![(3, 7)], ..free };
        assert!(door.escapes(&[true]) && !door.escapes(&[false]));
    }
}
