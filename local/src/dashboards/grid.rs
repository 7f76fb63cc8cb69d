//! Where panels stand: from left to right in 48 columns, a new row where the next one doesn't fit.

/// The columns of a dashboard.
const COLUMNS: usize = 48;

/// Places panels one after the other.
#[derive(Debug, Default)]
pub struct Grid {
    x: usize,
    y: usize,
    row: usize,
}

impl Grid {
    /// The column and the row of the next panel, of that width and height.
    pub fn place(&mut self, [width, height]: [usize; 2]) -> (usize, usize) {
        if self.x + width > COLUMNS {
            self.x = 0;
            self.y += self.row;
            self.row = 0;
        }
        let place = (self.x, self.y);
        self.x += width;
        self.row = self.row.max(height);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panels_fill_rows_from_left_to_right() {
        let mut grid = Grid::default();
        let places = [[24, 8], [24, 10], [48, 4], [8, 4]].map(|size| grid.place(size));
        assert_eq!(places, [(0, 0), (24, 0), (0, 10), (0, 14)]);
    }
}
