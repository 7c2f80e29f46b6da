use super::*;

#[test]
fn the_svg_is_well_formed_and_every_text_stays_in_its_box() {
    let mut diagram = Diagram::new("R is A & B <\"quoted\">");
    let image = diagram.block(BlockKind::Data, "image", ["vision, 8×8"]);
    let long = "a very long line that no box of a diagram should have to hold, and that is cut";
    let speech = diagram.block(BlockKind::Data, "speech", [long]);
    let digit = diagram.block(BlockKind::Network, "digit", ["conv 1 → 16, 3×3, padding 1, ReLU", "linear 256 → 10"]);
    let rules = diagram.block(BlockKind::Rules, "result.pl", ["result(R) :- seen(A), heard(B), R is A + B."]);
    let answer = diagram.block(BlockKind::Answer, "answer", Vec::<String>::new());
    for (from, to, label) in
        [(image, digit, ""), (speech, digit, ""), (digit, rules, "seen(D) < 1"), (rules, answer, "result(R)")]
    {
        diagram.arrow(from, to, label);
    }
    let svg = diagram.svg();

    // Tags are balanced and attributes quoted.
    let mut open = Vec::new();
    let mut rest = svg.as_str();
    while let Some(at) = rest.find('<') {
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
        } else if !tag.ends_with('/') {
            open.push(tag.split(' ').next().unwrap());
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(
        svg.contains("R is A &amp; B &lt;&quot;quoted&quot;&gt;")
            && svg.contains(&long.chars().take(55).chain(['…']).collect::<String>())
    );

    // Monospaced text of 11 px advances 6.6 px a character: every line ends within some box that it begins in.
    let attribute = |element: &str, name: &str| -> f64 {
        let value = element.split(&format!(" {name}=\"")).nth(1).unwrap();
        value.split('"').next().unwrap().parse().unwrap()
    };
    let boxes: Vec<[f64; 4]> = (svg.lines().filter(|l| l.starts_with("<rect x=")))
        .map(|l| ["x", "y", "width", "height"].map(|name| attribute(l, name)))
        .collect();
    assert_eq!(boxes.len(), 5);
    for line in svg.lines().filter(|l| l.starts_with("<text class=\"line\"")) {
        let (x, y) = (attribute(line, "x"), attribute(line, "y"));
        let text = line.split('>').nth(1).unwrap().split('<').next().unwrap();
        let n_characters = text.replace("&lt;", "<").chars().count() as f64;
        let inside = |b: &&[f64; 4]| x > b[0] && x < b[0] + b[2] && y > b[1] && y < b[1] + b[3];
        match boxes.iter().find(inside) {
            Some(b) => assert!(x + 6.6 * n_characters < b[0] + b[2], "{line}"),
            // An arrow's label: it ends before the next column begins.
            None => {
                let next = boxes.iter().map(|b| b[0]).filter(|left| *left > x).fold(f64::INFINITY, f64::min);
                assert!(x + 6.6 * n_characters < next, "{line}");
            }
        }
    }
    let overlap = |a: &[f64; 4], b: &[f64; 4]| {
        a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3]
    };
    for (i, a) in boxes.iter().enumerate() {
        assert!(boxes[..i].iter().all(|b| !overlap(a, b)), "{a:?}");
    }
}

#[test]
fn a_circle_of_arrows_is_drawn_all_the_same() {
    let mut diagram = Diagram::new("");
    let [a, b] = ["a", "b"].map(|name| diagram.block(BlockKind::Symbols, name, [""; 0]));
    diagram.arrow(a, b, "");
    diagram.arrow(b, a, "");
    diagram.arrow(a, a, "");
    assert_eq!(diagram.svg().matches("class=\"arrow\"").count(), 3);
}
