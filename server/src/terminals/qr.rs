//! The QR code of a link, for the app to draw: the program that every till downloads stays without the rules for it.

/// The rows of a text's QR code from the top, `1` a dark square and `0` a light one; none if the text is too long.
pub fn rows(text: &str) -> Vec<String> {
    let Ok(code) = fast_qr::QRBuilder::new(text).build() else { return Vec::new() };
    let row = |row: usize| {
        let squares = code[row].iter().take(code.size);
        squares.map(|square| if square.value() { '1' } else { '0' }).collect()
    };
    (0..code.size).map(row).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_reader_finds_the_link_in_its_code() {
        for link in [
            "https://shop.example/enrol#code=AB12",
            "http://till.shop.example:8080/setup#code=7KMW-3QX9-PA5T-ZZ42",
        ] {
            let rows = super::rows(link);
            assert!(rows.iter().all(|row| row.len() == rows.len()), "a square");
            assert_eq!(read(&rows), link);
        }
        assert!(super::rows(&"x".repeat(8_000)).is_empty());
    }

    /// What a reader that shares nothing with the writer sees on a sheet of paper with this code.
    fn read(rows: &[String]) -> String {
        const SQUARE: usize = 4;
        const MARGIN: usize = 4;
        let is_dark = |x: usize, y: usize| {
            let place = |at: usize| (at / SQUARE).checked_sub(MARGIN);
            let row = place(y).and_then(|y| rows.get(y));
            row.zip(place(x)).is_some_and(|(row, x)| row.as_bytes().get(x) == Some(&b'1'))
        };
        let side = (rows.len() + 2 * MARGIN) * SQUARE;
        let mut sheet = rqrr::PreparedImage::prepare_from_bitmap(side, side, is_dark);
        let codes = sheet.detect_grids();
        assert_eq!(codes.len(), 1, "one code is on the sheet");
        codes[0].decode().expect("it can be read").1
    }
}
