//! A table without lines around it, that other programs can cut as well.

use std::io::IsTerminal;

use comfy_table::{ColumnConstraint, ContentArrangement, Table, presets};

/// A header and rows, as text that ends with a line break: as wide as standard output, where that is a
/// terminal, and as wide as it takes elsewhere.
pub fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    table_in(terminal_width(), header, rows)
}

/// Columns of the terminal behind standard output; nothing for a pipe or a file.
fn terminal_width() -> Option<u16> {
    let stdout = std::io::stdout();
    let size = || terminal_size::terminal_size_of(&stdout);
    let (width, _) = stdout.is_terminal().then(size).flatten()?;
    Some(width.0)
}

/// In a terminal this narrow columns stand closer together.
const NARROW: u16 = 80;

/// Columns of numbers and single words, which aren't broken, are this wide at most.
const SHORT: u16 = 7;

/// The first column, which holds account ids, is never broken, and neither are short ones.
fn table_in(
    width: Option<u16>,
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(width);
        let widths = table.column_max_content_widths();
        for (index, column) in table.column_iter_mut().enumerate() {
            if index == 0 || widths.get(index).is_some_and(|width| *width <= SHORT) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
            if width < NARROW {
                column.set_padding((0, 1));
            }
        }
    }
    let lines: Vec<_> = table.lines().collect();
    let trimmed: Vec<_> = lines.iter().map(|line| line.trim_end()).collect();
    trimmed.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = [
            "333333333333",
            "a rather long name of an account",
            "Root/Workloads/Production",
            "yes",
        ];
        vec![row.map(str::to_owned).to_vec()]
    }

    #[test]
    fn in_a_pipe_a_row_is_a_line() {
        let text = table_in(None, &["ACCOUNT", "NAME", "UNIT", "SENDS"], rows());
        assert_eq!(text.lines().count(), 2, "{text}");
    }

    #[test]
    fn in_a_narrow_terminal_cells_are_broken_and_account_ids_are_not() {
        let text = table_in(Some(40), &["ACCOUNT", "NAME", "UNIT", "SENDS"], rows());
        assert!(text.lines().all(|line| line.len() <= 40), "{text}");
        assert!(text.contains("333333333333"), "{text}");
        assert!(text.lines().count() > 2, "{text}");
    }
}
