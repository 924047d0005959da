//! Inspecting pictures, and creating smaller ones. Pure; the cost is limited before anything is decoded.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

use crate::budget::PICTURE;

/// Largest file that is inspected as a picture, in bytes. Larger ones are plain files.
pub(super) const MAX_FILE: u64 = 25 * 1024 * 1024;

/// Pixels of the largest picture that is decoded: 7680 by 4320. Larger ones are plain files.
const MAX_PIXELS: u64 = 7680 * 4320;

/// Most memory for what a picture holds besides its pixels, in bytes. A larger colour profile is ignored: one of 2 GB
/// fits into a file of 2 MB. A picture with larger texts is a plain file.
const MAX_EXTRAS: u64 = 8 * 1024 * 1024;

/// Memory for the smaller rendition, while it is made, in bytes.
const SCALED: u64 = 16 * 1024 * 1024;

const JPEG_QUALITY: u8 = 85;

/// A picture's type and size, known without decoding it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) mime_type: &'static str,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// Reads a picture's header. Returns None if it is not a picture, has an unsupported format, or is too large.
pub(super) fn inspect(bytes: &[u8]) -> Option<Picture> {
    let (format, decoder) = open(bytes, MAX_EXTRAS).ok()?;
    let mime_type = match format {
        ImageFormat::Png => "image/png",
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::Gif => "image/gif",
        ImageFormat::WebP => "image/webp",
        _ => return None,
    };
    let (width, height) = decoder.dimensions();
    check_size(bytes, format, &decoder).ok()?;
    (width > 0 && height > 0).then_some(Picture { mime_type, width, height })
}

/// Returns the most memory that a picture of this file and pixel size takes, in bytes. No picture takes more than
/// [`PICTURE`]: [`inspect`] and [`shrink`] refuse it.
pub(super) fn memory(file: u64, width: u64, height: u64) -> usize {
    let pixels = width.saturating_mul(height).saturating_mul(9);
    let total = pixels.saturating_add(file.saturating_mul(2)).saturating_add(SCALED);
    usize::try_from(total).unwrap_or(PICTURE).min(PICTURE)
}

/// Returns the picture as JPEG on white, upright, within this size. A smaller picture keeps its size.
pub(super) fn shrink(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ImageError> {
    let mut jpeg = Vec::new();
    let picture = on_white(&scaled(bytes, width, height)?);
    picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))?;
    Ok(jpeg)
}

/// As [`shrink`], but as PNG, which keeps what is transparent.
pub(super) fn shrink_to_png(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ImageError> {
    let mut png = Vec::new();
    let picture = DynamicImage::ImageRgba8(scaled(bytes, width, height)?.to_rgba8());
    picture.write_to(&mut Cursor::new(&mut png), ImageFormat::Png)?;
    Ok(png)
}

fn scaled(bytes: &[u8], width: u32, height: u32) -> Result<DynamicImage, ImageError> {
    let (format, mut decoder) = open(bytes, PICTURE as u64)?;
    check_size(bytes, format, &decoder)?;
    let (own_width, own_height) = decoder.dimensions();
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    if own_width > width || own_height > height {
        // Rotated after scaling, because the bounds are those of the picture as stored.
        picture = picture.thumbnail(width, height);
    }
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// Opens a picture with a limit on the decoder's own memory. A PNG decoder needs little besides the pixels.
fn open(bytes: &[u8], limit: u64) -> Result<(ImageFormat, impl ImageDecoder + '_), ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let format = reader.format();
    let mut limits = Limits::default();
    limits.max_alloc = Some(if format == Some(ImageFormat::Png) { MAX_EXTRAS } else { limit });
    reader.limits(limits);
    let decoder = reader.into_decoder()?;
    // Without a format there is no decoder.
    Ok((format.unwrap_or(ImageFormat::Png), decoder))
}

/// Refuses a picture that has too many pixels, or takes more memory than there is for pictures.
fn check_size(bytes: &[u8], format: ImageFormat, decoder: &impl ImageDecoder) -> Result<(), ImageError> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let own = u64::from(decoder.color_type().bytes_per_pixel());
    let per_pixel = match format {
        // A progressive picture is held as coefficients, too.
        ImageFormat::Jpeg if is_progressive(bytes) => own + 6,
        ImageFormat::Png | ImageFormat::Jpeg => own,
        // The whole canvas beside one frame.
        _ => 8,
    };
    let memory = pixels.saturating_mul(per_pixel) + 2 * bytes.len() as u64 + SCALED;
    if pixels <= MAX_PIXELS && memory <= PICTURE as u64 {
        return Ok(());
    }
    let kind = image::error::LimitErrorKind::DimensionError;
    Err(ImageError::Limits(image::error::LimitError::from_kind(kind)))
}

/// Whether a JPEG picture is stored in several passes. A broken one counts as such.
fn is_progressive(jpeg: &[u8]) -> bool {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = jpeg.get(at..at + 4) {
        match marker {
            0xc0 | 0xc1 => return false,
            0xff => at += 1,
            _ => at += 2 + usize::from(u16::from_be_bytes([*high, *low])),
        }
    }
    true
}

/// Draws the picture on white, because JPEG has no transparency.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let over = |colour: u8| {
            let mixed = (u32::from(colour) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([over(red), over(green), over(blue)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture = DynamicImage::ImageRgba8(image::RgbaImage::new(width, height));
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).unwrap();
        bytes
    }

    /// Returns a picture whose header claims a larger size than its bytes have.
    fn bomb() -> Vec<u8> {
        let mut bytes = png(1, 1);
        bytes[16..20].copy_from_slice(&100_000_u32.to_be_bytes());
        bytes[20..24].copy_from_slice(&100_000_u32.to_be_bytes());
        let checksum = crc(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
        bytes
    }

    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |crc, byte| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        })
    }

    #[test]
    fn a_picture_is_recognised_by_its_bytes() {
        assert_eq!(inspect(&png(3, 2)), Some(Picture { mime_type: "image/png", width: 3, height: 2 }));
        assert_eq!(inspect(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), None);
        assert_eq!(inspect(b""), None);
        assert_eq!(inspect(&png(3, 2)[..20]), None);
    }

    #[test]
    fn a_rendition_fits_its_bounds_and_is_not_larger_than_the_picture() {
        let size =
            |bytes: &[u8]| inspect(bytes).map(|picture| (picture.mime_type, picture.width, picture.height));
        assert_eq!(size(&shrink(&png(400, 200), 120, 100).unwrap()), Some(("image/jpeg", 120, 60)));
        assert_eq!(size(&shrink(&png(4, 2), 120, 100).unwrap()), Some(("image/jpeg", 4, 2)));
    }

    #[test]
    fn transparent_pixels_become_white() {
        let jpeg = shrink(&png(8, 8), 120, 100).unwrap();
        let pixel = *image::load_from_memory(&jpeg).unwrap().to_rgb8().get_pixel(4, 4);
        assert_eq!(pixel, Rgb([255, 255, 255]));
    }

    #[test]
    fn a_decompression_bomb_is_refused_before_it_is_decoded() {
        assert_eq!(inspect(&bomb()), None);
        assert!(matches!(shrink(&bomb(), 120, 100), Err(ImageError::Limits(_))));
    }

    #[test]
    fn a_progressive_picture_counts_with_its_coefficients() {
        let segments = |marker: u8| [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, marker, 0, 8];
        assert!(!is_progressive(&segments(0xc0)));
        assert!(is_progressive(&segments(0xc2)) && is_progressive(&[0xff, 0xd8]));
        assert_eq!(memory(0, 10_000, 10_000), PICTURE);
        assert!(memory(1000, 1000, 1000) < PICTURE / 4);
    }
}
