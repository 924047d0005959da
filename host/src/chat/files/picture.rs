//! Inspecting pictures, and creating smaller ones. Pure; the cost is limited before anything is decoded.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// Largest file that is inspected as a picture, in bytes. Larger ones are plain files.
pub(super) const MAX_FILE: u64 = 25 * 1024 * 1024;

/// Pixels of the largest picture that is decoded: 7680 by 4320. Larger ones are plain files.
const MAX_PIXELS: u64 = 7680 * 4320;

/// Most memory for one decoder, in bytes.
const MAX_MEMORY: u64 = 256 * 1024 * 1024;

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
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    let mime_type = match reader.format()? {
        ImageFormat::Png => "image/png",
        ImageFormat::Jpeg => "image/jpeg",
        ImageFormat::Gif => "image/gif",
        ImageFormat::WebP => "image/webp",
        _ => return None,
    };
    let (width, height) = reader.into_dimensions().ok()?;
    let pixels = u64::from(width) * u64::from(height);
    (pixels > 0 && pixels <= MAX_PIXELS).then_some(Picture { mime_type, width, height })
}

/// Returns the picture as JPEG on white, upright, within this size. A smaller picture keeps its size.
pub(super) fn shrink(bytes: &[u8], width: u32, height: u32) -> Result<Vec<u8>, ImageError> {
    let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder()?;
    let (own_width, own_height) = decoder.dimensions();
    if u64::from(own_width) * u64::from(own_height) > MAX_PIXELS {
        let kind = image::error::LimitErrorKind::DimensionError;
        return Err(ImageError::Limits(image::error::LimitError::from_kind(kind)));
    }
    let orientation = decoder.orientation()?;
    let mut picture = DynamicImage::from_decoder(decoder)?;
    if own_width > width || own_height > height {
        // Rotated after scaling, because the bounds are those of the picture as stored.
        picture = picture.thumbnail(width, height);
    }
    picture.apply_orientation(orientation);
    let mut jpeg = Vec::new();
    on_white(&picture).write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, JPEG_QUALITY))?;
    Ok(jpeg)
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
}
