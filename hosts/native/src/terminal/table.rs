//! Tables of aligned columns; the last one wraps.

use super::{Palette, Tone, column_width, text::wrap};

/// A table: a heading and rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    heading: Vec<String>,
    rows: Vec<Vec<(Option<Tone>, String)>>,
}

impl Table {
    /// A table with these column names; empty names give a table without a heading.
    pub fn new<const COLUMNS: usize>(heading: [&str; COLUMNS]) -> Self {
        let heading = match heading.iter().all(|name| name.is_empty()) {
            true => Vec::new(),
            false => heading.iter().map(|name| name.to_uppercase()).collect(),
        };
        Self { heading, rows: Vec::new() }
    }

    /// Adds a row of plain cells.
    pub fn row<const COLUMNS: usize>(&mut self, cells: [&str; COLUMNS]) -> &mut Self {
        self.toned(cells.map(|cell| (None, cell)))
    }

    /// Adds a row whose cells have tones.
    pub fn toned<const COLUMNS: usize>(
        &mut self,
        cells: [(Option<Tone>, &str); COLUMNS],
    ) -> &mut Self {
        self.rows.push(cells.map(|(tone, cell)| (tone, cell.to_owned())).to_vec());
        self
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table as lines, each ended by a line feed, indented by two blanks.
    pub fn draw(&self, palette: &Palette) -> String {
        let widths = self.widths();
        let fixed: usize = widths.iter().rev().skip(1).map(|width| width + GAP).sum();
        let last = palette.width().saturating_sub(INDENT + fixed).max(20);
        let mut drawn = String::new();
        if !self.heading.is_empty() {
            let cells: Vec<_> =
                self.heading.iter().map(|name| (Some(Tone::Dim), name.clone())).collect();
            draw_row(&mut drawn, &cells, &widths, last, palette);
        }
        for row in &self.rows {
            draw_row(&mut drawn, row, &widths, last, palette);
        }
        drawn
    }

    fn widths(&self) -> Vec<usize> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0).max(self.heading.len());
        let mut widths = vec![0; columns];
        let cells = self.rows.iter().map(|row| row.iter().map(|(_, cell)| cell.as_str()).collect());
        let heading = self.heading.iter().map(String::as_str).collect();
        for row in std::iter::once::<Vec<&str>>(heading).chain(cells) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = column_width(cell).max(*width);
            }
        }
        widths
    }
}

fn draw_row(
    drawn: &mut String,
    row: &[(Option<Tone>, String)],
    widths: &[usize],
    last_width: usize,
    palette: &Palette,
) {
    let Some(((tone, last), others)) = row.split_last() else { return };
    let mut indent = INDENT;
    let mut line = " ".repeat(INDENT);
    for ((tone, cell), width) in others.iter().zip(widths) {
        line.push_str(&painted(palette, *tone, cell));
        line.push_str(&" ".repeat(width.saturating_sub(column_width(cell)) + GAP));
        indent += width + GAP;
    }
    for (index, piece) in wrap(last, last_width).into_iter().enumerate() {
        if index > 0 {
            line = " ".repeat(indent);
        }
        line.push_str(&painted(palette, *tone, &piece));
        drawn.push_str(line.trim_end());
        drawn.push('\n');
    }
}

fn painted(palette: &Palette, tone: Option<Tone>, text: &str) -> String {
    match tone {
        Some(tone) if !text.is_empty() => palette.paint(tone, text),
        _ => text.to_owned(),
    }
}

const GAP: usize = 2;
const INDENT: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_the_last_one_wraps() {
        let mut table = Table::new(["claim", "value"]);
        table.row(["iss", "https://id.example"]);
        table.row(["漢字", "one two three four five six seven eight nine ten eleven twelve"]);
        insta::assert_snapshot!(table.draw(&Palette::plain(40)), @r"
          CLAIM  VALUE
          iss    https://id.example
          漢字   one two three four five six
                 seven eight nine ten eleven
                 twelve
        ");
    }

    #[test]
    fn an_empty_table_draws_nothing() {
        assert_eq!(Table::new(["", ""]).draw(&Palette::plain(40)), "");
    }
}
