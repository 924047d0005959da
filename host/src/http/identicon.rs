//! The default picture of a user: five by five squares in one colour, mirrored, and always the same for one user.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};

use crate::secret::sha256_hex;

/// Width and height, in pixels.
const SIZE: u32 = 128;
const SQUARES: usize = 5;
const SQUARE: u32 = 20;
const BORDER: u32 = 14;
const BACKGROUND: [u8; 3] = [0xf2, 0xf2, 0xf0];

/// Colours with enough contrast on the background.
const COLOURS: [[u8; 3]; 8] = [
    [0x1f, 0x6f, 0xb2],
    [0xb2, 0x3a, 0x48],
    [0x2f, 0x7d, 0x4f],
    [0x7a, 0x4f, 0xa3],
    [0xb0, 0x6a, 0x1c],
    [0x1f, 0x7f, 0x86],
    [0x8c, 0x3b, 0x7e],
    [0x4a, 0x5a, 0x68],
];

/// Renders the PNG for a name.
pub(super) fn png(name: &str) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    // Writing to memory cannot fail.
    let _ = draw(name).write_to(&mut file, ImageFormat::Png);
    file.into_inner()
}

fn draw(name: &str) -> RgbImage {
    let digest = sha256_hex(name.as_bytes());
    let digits = digest.as_bytes();
    let colour = COLOURS[usize::from(digits.last().copied().unwrap_or_default()) % COLOURS.len()];
    let square = |at: u32| {
        let at = usize::try_from(at.checked_sub(BORDER)? / SQUARE).ok()?;
        (at < SQUARES).then_some(at)
    };
    RgbImage::from_fn(SIZE, SIZE, |x, y| match (square(x), square(y)) {
        // The right half mirrors the left.
        (Some(x), Some(y)) if digits[y * SQUARES + x.min(SQUARES - 1 - x)] % 2 == 1 => Rgb(colour),
        _ => Rgb(BACKGROUND),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_own_picture() {
        assert_eq!(png("anna"), png("anna"));
        assert_ne!(png("anna"), png("bob"));
        let picture = draw("anna");
        assert_eq!(image::load_from_memory(&png("anna")).unwrap().into_rgb8(), picture);
        assert_eq!(*picture.get_pixel(0, 64), Rgb(BACKGROUND));
        for (x, y) in [(24, 24), (44, 64), (24, 104)] {
            assert_eq!(picture.get_pixel(x, y), picture.get_pixel(SIZE - 1 - x, y), "mirrored");
        }
    }
}
