//! Uploads that would fill the memory if the server believed them.

use futures_util::future::join_all;
use jackfield_tests::{each_backend, soon};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::target::{Target, text};

/// Clients at once.
const CLIENTS: usize = 12;

/// What each of them sends at most, in bytes.
const ENDLESS: usize = 40 << 20;

/// Size of the colour profile of a hostile picture once it is unpacked, in bytes.
const PROFILE: usize = 300 << 20;

/// Sends an upload whose form never comes to its first byte of data, and returns the beginning of the response.
async fn endless(target: &Target, token: &str, line: &str) -> String {
    let mut stream =
        TcpStream::connect(target.server.url.trim_start_matches("http://")).await.expect("a connection");
    let head = format!(
        "POST /api/v4/files HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: multipart/form-data; boundary=B\r\nContent-Length: {ENDLESS}\r\n\r\n--B\r\n"
    );
    let piece = line.repeat(64 * 1024 / line.len());
    let (mut reading, mut writing) = stream.split();
    let mut response = vec![0; 64];
    writing.write_all(head.as_bytes()).await.expect("a writable connection");
    let sending = async {
        let mut sent = head.len();
        while sent < ENDLESS && writing.write_all(piece.as_bytes()).await.is_ok() {
            sent += piece.len();
        }
        std::future::pending::<()>().await;
    };
    let receiving = async { reading.read_exact(&mut response).await };
    tokio::select! {
        () = sending => {}
        received = soon("a response", receiving) => drop(received.expect("a response")),
    }
    String::from_utf8_lossy(&response).into_owned()
}

each_backend! {
    async fn endless_forms_stay_within_memory(target: Target) {
        let eve = target.member("eve").await;
        let lines = ["X-A: b\r\n", "aaaaaaaa"];
        let uploads = (0..CLIENTS).map(|number| endless(&target, eve.token(), lines[number % lines.len()]));
        for response in join_all(uploads).await {
            assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
        }
        target.survives().await;
    }
}

each_backend! {
    async fn pictures_with_vast_colour_profiles_stay_within_memory(target: Target) {
        let eve = target.member("eve").await;
        let picture = vast_picture();
        assert!(picture.len() < 4 << 20, "{} bytes", picture.len());
        let path = format!("/api/v4/files?channel_id={}&filename=x.png", target.channel_id);
        let uploads = (0..4).map(|_| eve.upload(&path, picture.clone()));
        for response in join_all(uploads).await {
            let file = text(&response.expect(201)["file_infos"][0], "id");
            let thumbnail = eve.get(&format!("/api/v4/files/{file}/thumbnail")).await;
            assert!(thumbnail.status < 500, "{thumbnail:?}");
        }
        target.survives().await;
    }
}

/// Returns a PNG of one pixel with a colour profile of [`PROFILE`] zeros.
fn vast_picture() -> Vec<u8> {
    let chunk = |kind: &[u8; 4], data: &[u8]| {
        let body = [kind, data].concat();
        let length = u32::try_from(data.len()).expect("a small chunk").to_be_bytes();
        [&length[..], &body, &crc(&body).to_be_bytes()].concat()
    };
    let header = [&1_u32.to_be_bytes()[..], &1_u32.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    let profile = [&b"p\0\0"[..], &packed_zeros(PROFILE)].concat();
    // One row: no filter, one black pixel, in a stored block.
    let pixels = [0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1];
    [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        chunk(b"iCCP", &profile),
        chunk(b"IDAT", &pixels),
        chunk(b"IEND", b""),
    ]
    .concat()
}

/// Packs zeros with fixed codes: one zero, then copies of 258 bytes, of 13 bits each.
fn packed_zeros(length: usize) -> Vec<u8> {
    let mut packed = vec![0x78, 1];
    let (mut bits, mut count) = (0_u32, 0);
    let mut push = |value: u32, width: u32| {
        bits |= value << count;
        count += width;
        while count >= 8 {
            packed.push(bits.to_le_bytes()[0]);
            bits >>= 8;
            count -= 8;
        }
    };
    // Codes are written from their highest bit: the last block with fixed codes, and the letter 0.
    push(0b011, 3);
    push(0b0000_1100, 8);
    for _ in 0..length / 258 {
        // Length 258 is 1100_0101, distance 1 is 0_0000.
        push(0b1010_0011, 8);
        push(0, 5);
    }
    // The end of the block, and bits up to the next byte.
    push(0, 7);
    push(0, 7);
    // Decoders of pictures do not compare the checksum.
    packed.extend([0; 4]);
    packed
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}
