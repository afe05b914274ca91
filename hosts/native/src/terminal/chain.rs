//! A chain of who asks whom, side by side where the terminal is wide enough, else from top to
//! bottom.

use super::{Palette, Tone, column_width, shorten};

/// A box: who or what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is, for example `agent`.
    pub kind: String,
    /// Name, ids and remarks, one line each.
    pub lines: Vec<String>,
}

/// An arrow to the next box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What happens along it, for example `on behalf of`.
    pub label: String,
    /// How it ended, where it has: colours the arrow and marks it.
    pub outcome: Option<Tone>,
}

/// Boxes with arrows between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    first: Node,
    rest: Vec<(Link, Node)>,
}

impl Chain {
    /// A chain of one box.
    pub const fn new(first: Node) -> Self {
        Self { first, rest: Vec::new() }
    }

    /// Adds an arrow and the box it leads to.
    pub fn then(&mut self, link: Link, node: Node) -> &mut Self {
        self.rest.push((link, node));
        self
    }

    /// The chain as lines, each ended by a line feed, indented by two blanks.
    pub fn draw(&self, palette: &Palette) -> String {
        let boxes = self.nodes().map(|node| draw_box(node, palette));
        let boxes: Vec<Vec<String>> = boxes.collect();
        let wide: usize = boxes.iter().map(|lines| width_of(lines)).sum();
        let arrows: usize = self.rest.iter().map(|(link, _)| arrow_width(link)).sum();
        let lines = match wide + arrows + INDENT <= palette.width() {
            true => self.side_by_side(&boxes, palette),
            false => self.top_down(&boxes, palette),
        };
        lines.iter().fold(String::new(), |mut drawn, line| {
            drawn.push_str(format!("{:INDENT$}{line}", "").trim_end());
            drawn.push('\n');
            drawn
        })
    }

    fn nodes(&self) -> impl Iterator<Item = &Node> {
        std::iter::once(&self.first).chain(self.rest.iter().map(|(_, node)| node))
    }

    fn side_by_side(&self, boxes: &[Vec<String>], palette: &Palette) -> Vec<String> {
        let height = boxes.iter().map(Vec::len).max().unwrap_or(0);
        let mut lines = vec![String::new(); height];
        for (index, drawn) in boxes.iter().enumerate() {
            let link = index.checked_sub(1).and_then(|before| self.rest.get(before));
            let arrow = link.map(|(link, _)| draw_arrow(link, palette)).unwrap_or_default();
            let blank = " ".repeat(arrow.first().map_or(0, |line| column_width(line)));
            let empty = " ".repeat(width_of(drawn));
            for (row, line) in lines.iter_mut().enumerate() {
                line.push_str(arrow.get(row).unwrap_or(&blank));
                line.push_str(drawn.get(row).unwrap_or(&empty));
            }
        }
        lines
    }

    fn top_down(&self, boxes: &[Vec<String>], palette: &Palette) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, drawn) in boxes.iter().enumerate() {
            let link = index.checked_sub(1).and_then(|before| self.rest.get(before));
            if let Some((link, _)) = link {
                let mark = mark(link);
                let label = format!("{} {}", link.label, mark);
                lines.push(format!("    {}", tinted(palette, link, &format!("│ {label}"))));
                lines.push(format!("    {}", tinted(palette, link, "▼")));
            }
            lines.extend(drawn.iter().cloned());
        }
        lines
    }
}

fn draw_box(node: &Node, palette: &Palette) -> Vec<String> {
    let most = palette.width().saturating_sub(INDENT + 4).clamp(12, WIDEST_BOX);
    let texts: Vec<String> = node.lines.iter().map(|line| shorten(line, most)).collect();
    let kind = shorten(&node.kind, most.saturating_sub(4));
    let inner =
        texts.iter().map(|line| column_width(line)).max().unwrap_or(0).max(column_width(&kind) + 1);
    let rule = "─".repeat(inner.saturating_sub(column_width(&kind)));
    let mut lines = vec![format!("┌ {} {rule}┐", palette.paint(Tone::Heading, &kind))];
    for text in &texts {
        let padding = " ".repeat(inner - column_width(text).min(inner));
        lines.push(format!("│ {text}{padding} │"));
    }
    lines.push(format!("└{}┘", "─".repeat(inner + 2)));
    lines
}

/// Two lines: the label above, the arrow below, level with the box's first text.
fn draw_arrow(link: &Link, palette: &Palette) -> Vec<String> {
    let width = arrow_width(link);
    let label = shorten(&link.label, width.saturating_sub(2));
    let left = (width - column_width(&label).min(width)) / 2;
    let right = width.saturating_sub(left + column_width(&label));
    let label =
        format!("{}{}{}", " ".repeat(left), tinted(palette, link, &label), " ".repeat(right));
    let mark = mark(link);
    let shaft = width.saturating_sub(column_width(mark) + 3);
    let arrow = match mark {
        "" => format!("{}►", "─".repeat(shaft)),
        mark => {
            let head = shaft.saturating_sub(2);
            let after = head / 2;
            format!("{} {mark} {}►", "─".repeat(head - after), "─".repeat(after))
        }
    };
    let arrow = format!(" {} ", tinted(palette, link, &arrow));
    vec![label, arrow]
}

fn arrow_width(link: &Link) -> usize {
    column_width(&link.label).clamp(6, 24) + 2
}

fn mark(link: &Link) -> &'static str {
    match link.outcome {
        Some(Tone::Bad) => "✘",
        Some(Tone::Good) => "✔",
        Some(Tone::Warn) => "?",
        _ => "",
    }
}

fn tinted(palette: &Palette, link: &Link, text: &str) -> String {
    palette.paint(link.outcome.unwrap_or(Tone::Dim), text)
}

fn width_of(lines: &[String]) -> usize {
    lines.first().map_or(0, |line| column_width(line))
}

const INDENT: usize = 2;
const WIDEST_BOX: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wide_terminal_shows_the_chain_side_by_side() {
        insta::assert_snapshot!(example().draw(&Palette::plain(120)));
    }

    #[test]
    fn a_narrow_terminal_shows_it_from_top_to_bottom() {
        insta::assert_snapshot!(example().draw(&Palette::plain(60)));
    }

    #[test]
    fn long_names_are_shortened_and_every_line_keeps_its_width() {
        let node = |kind: &str| Node { kind: kind.to_owned(), lines: vec!["漢".repeat(90)] };
        let mut chain = Chain::new(node("user"));
        let link = Link { label: "l".repeat(90), outcome: Some(Tone::Bad) };
        chain.then(link, node(&"k".repeat(90)));
        for width in [40, 80, 140] {
            let drawn = chain.draw(&Palette::plain(width));
            for line in drawn.lines().filter(|line| line.contains('┌') || line.contains('└')) {
                assert!(column_width(line) <= width, "{width}: {line}");
            }
        }
    }

    fn example() -> Chain {
        let node = |kind: &str, lines: &[&str]| Node {
            kind: kind.to_owned(),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        let link = |label: &str, outcome| Link { label: label.to_owned(), outcome };
        let mut chain = Chain::new(node("user", &["Dana Example", "tenant contoso"]));
        chain.then(
            link("asks", None),
            node("agent", &["invoice-agent", "blueprint assistants", "proof: facet"]),
        );
        chain.then(link("tools/call", Some(Tone::Bad)), node("tool", &["crm/delete_record"]));
        chain
    }
}
