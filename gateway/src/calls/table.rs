/// Columns of text, as Go's `text/tabwriter` lays them out: all but the last are as wide as their widest cell and
/// `padding`.
pub(super) fn table<const N: usize>(rows: &[[&str; N]], padding: usize) -> String {
    let width = |text: &str| text.chars().count();
    let widths: [usize; N] =
        std::array::from_fn(|column| rows.iter().map(|row| width(row[column])).max().unwrap_or_default());
    let mut text = String::new();
    for row in rows {
        for (column, cell) in row.iter().enumerate() {
            text.push_str(cell);
            if column + 1 < N {
                let blanks = widths[column] + padding - width(cell);
                text.extend(std::iter::repeat_n(' ', blanks));
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns() {
        let rows = [["A", "B", "C"], ["longer", "é", ""], ["", "", "x"]];
        assert_eq!(table(&rows, 2), "A       B  C\nlonger  é  \n           x\n");
        assert_eq!(table::<1>(&[["a"]], 3), "a\n");
    }
}
