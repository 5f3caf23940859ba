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
    fn a_link_becomes_a_square_code() {
        let rows = super::rows("https://shop.example/enrol#code=AB12");
        assert!(rows.len() >= 21, "{}", rows.len());
        assert!(rows.iter().all(|row| row.len() == rows.len()));
        // The mark in a corner.
        assert!(rows.iter().take(7).all(|row| row.starts_with('1') && row.ends_with('1')), "{rows:#?}");
        assert!(super::rows(&"x".repeat(8_000)).is_empty());
    }
}
