//! The picture of whoever has none: five by five squares in one colour, mirrored, always the same for one account.
//!
//! Written as PNG by hand: an image of two colours, stored without compression, needs no library.

use std::io::Write;

use crate::secret::sha256_hex;

/// Width and height, in pixels: a multiple of eight, so that rows are whole bytes.
const SIZE: usize = 128;
const SQUARES: usize = 5;
const SQUARE: usize = 20;
const BORDER: usize = (SIZE - SQUARES * SQUARE) / 2;
const BACKGROUND: [u8; 3] = [0xf2, 0xf2, 0xf0];

/// Dark enough on the background for all.
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

/// The PNG for a name.
pub(super) fn png(name: &str) -> Vec<u8> {
    let digest = sha256_hex(name.as_bytes());
    let bits: Vec<bool> = digest.bytes().map(|digit| digit % 2 == 1).collect();
    let colour = usize::from(digest.as_bytes().last().copied().unwrap_or_default()) % COLOURS.len();
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let side = u32::try_from(SIZE).unwrap_or_default().to_be_bytes();
    // One bit a pixel, by palette, not interlaced.
    chunk(&mut file, *b"IHDR", &[&side[..], &side, &[1, 3, 0, 0, 0]].concat());
    chunk(&mut file, *b"PLTE", &[BACKGROUND, COLOURS[colour]].concat());
    chunk(&mut file, *b"IDAT", &stored(&rows(&bits)));
    chunk(&mut file, *b"IEND", &[]);
    file
}

/// Every row: its filter, which is none, and its pixels.
fn rows(bits: &[bool]) -> Vec<u8> {
    let square = |at: usize| at.checked_sub(BORDER).map(|at| at / SQUARE).filter(|at| *at < SQUARES);
    let mut rows = Vec::with_capacity(SIZE * (SIZE / 8 + 1));
    for y in 0..SIZE {
        rows.push(0);
        for byte in 0..SIZE / 8 {
            let pixels = (0..8).map(|bit| match (square(byte * 8 + bit), square(y)) {
                // The right half mirrors the left.
                (Some(x), Some(y)) => bits[y * SQUARES + x.min(SQUARES - 1 - x)],
                _ => false,
            });
            rows.push(pixels.fold(0, |byte, pixel| (byte << 1) | u8::from(pixel)));
        }
    }
    rows
}

/// A zlib stream of one stored block.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(data);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    stream.extend(((b << 16) | a).to_be_bytes());
    stream
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX).to_be_bytes();
    let body = [&kind[..], data].concat();
    // Writing to memory cannot fail.
    let _ = file.write_all(&[&length[..], &body, &crc32(&body).to_be_bytes()].concat());
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_published_ones() {
        assert_eq!(crc32(b"IEND"), 0xae42_6082);
        assert_eq!(stored(b"Wikipedia")[16..], [0x11, 0xe6, 0x03, 0x98]);
    }

    #[test]
    fn a_name_has_one_picture_and_another_name_another() {
        assert_eq!(png("anna"), png("anna"));
        assert_ne!(png("anna"), png("bob"));
        let rows = rows(&[true; 25]);
        assert_eq!(rows.len(), SIZE * 17);
        assert_eq!(rows[..17], [0; 17]);
        let middle = &rows[64 * 17..65 * 17];
        assert_eq!((middle[1], middle[2], middle[8], middle[16]), (0, 3, 255, 0));
    }
}
