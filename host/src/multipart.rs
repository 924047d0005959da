//! Reads multipart forms (RFC 7578) piece by piece. It keeps little in memory, whatever the client sends: a part's head
//! and everything before the first part are limited, and a part's data is handed on as it arrives.

mod disposition;

use std::ops::Range;

use memchr::memmem;

pub use disposition::Disposition;

/// Largest head of a part, and largest text before the first part, in bytes. A larger one is an error.
pub const MAX_HEAD: usize = 8 * 1024;

/// Most parts of one form. Further ones are an error.
pub const MAX_PARTS: usize = 100;

/// Longest boundary, as RFC 2046 limits it.
const MAX_BOUNDARY: usize = 70;

const LINE_END: &[u8] = b"\r\n";

/// The end of a head's last line, and the empty line after it.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Splits the bytes of a form into parts.
#[derive(Debug)]
pub struct Splitter {
    /// The line that ends a part: line end, two dashes, boundary.
    delimiter: Vec<u8>,
    /// Bytes that were received but not handed on.
    received: Vec<u8>,
    state: State,
    parts: usize,
}

/// What comes next in the received bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Preamble,
    /// After a delimiter: the end of its line, or the dashes that end the form.
    Delimiter,
    Head,
    Data,
    End,
}

/// What a form consists of, in order: a head, its data in any number of pieces, the data's end, and so on.
#[derive(Debug, PartialEq, Eq)]
pub enum Item {
    Head(Disposition),
    Data(Vec<u8>),
    DataEnd,
    FormEnd,
}

/// Why a form cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    #[error("the header Content-Type has no `boundary`; add one of at most {MAX_BOUNDARY} characters")]
    NoBoundary,
    #[error(
        "the head of a part, or the text before the first part, has more than {MAX_HEAD} bytes; send less there"
    )]
    LargeHead,
    #[error("the form has more than {MAX_PARTS} parts; send fewer")]
    ManyParts,
    #[error(
        "a part does not begin with a header Content-Disposition that names it; send multipart/form-data"
    )]
    Malformed,
    #[error("the form ends within a part; send the whole form, with its last boundary")]
    Cut,
}

impl FormError {
    /// Whether the form is larger than the limits allow, rather than malformed.
    pub fn is_limit(self) -> bool {
        matches!(self, Self::LargeHead | Self::ManyParts)
    }
}

impl Splitter {
    /// Creates a splitter for a body with this Content-Type.
    pub fn new(content_type: &str) -> Result<Self, FormError> {
        let boundary = disposition::parameter(content_type, "boundary").unwrap_or_default();
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
            return Err(FormError::NoBoundary);
        }
        let delimiter = [LINE_END, b"--", boundary.as_bytes()].concat();
        // The first delimiter may be at the very beginning, without a line end before it.
        Ok(Self { delimiter, received: LINE_END.to_vec(), state: State::Preamble, parts: 0 })
    }

    /// Adds received bytes. Callers take all items first, so that few bytes accumulate.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.state != State::End {
            self.received.extend_from_slice(bytes);
        }
    }

    /// Returns the next item, or None if more bytes are needed for it.
    pub fn next_item(&mut self) -> Result<Option<Item>, FormError> {
        loop {
            match self.state {
                State::Preamble => {
                    let Some(found) = self.find_delimiter() else {
                        return if self.received.len() > MAX_HEAD {
                            Err(FormError::LargeHead)
                        } else {
                            Ok(None)
                        };
                    };
                    self.received.drain(..found.end);
                    self.state = State::Delimiter;
                }
                State::Delimiter => match self.after_delimiter()? {
                    None => return Ok(None),
                    Some(State::End) => return Ok(Some(Item::FormEnd)),
                    Some(_) => {}
                },
                State::Head => return self.head(),
                State::Data => return Ok(self.data()),
                State::End => return Ok(Some(Item::FormEnd)),
            }
        }
    }

    /// Reads the end of a delimiter's line. Returns the state after it, or None if more bytes are needed.
    fn after_delimiter(&mut self) -> Result<Option<State>, FormError> {
        if self.received.starts_with(b"--") {
            self.received = Vec::new();
            self.state = State::End;
            return Ok(Some(State::End));
        }
        let blanks = self.received.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = &self.received[blanks..];
        if rest.starts_with(LINE_END) {
            self.parts += 1;
            if self.parts > MAX_PARTS {
                return Err(FormError::ManyParts);
            }
            // The line end stays, so that a head without lines ends like any other.
            self.received.drain(..blanks);
            self.state = State::Head;
            return Ok(Some(State::Head));
        }
        let may_become_valid =
            blanks <= MAX_HEAD && (rest.is_empty() || rest == b"\r" || self.received == b"-");
        if may_become_valid { Ok(None) } else { Err(FormError::Malformed) }
    }

    fn head(&mut self) -> Result<Option<Item>, FormError> {
        let searched = &self.received[..self.received.len().min(MAX_HEAD)];
        let Some(end) = memmem::find(searched, HEAD_END) else {
            return if self.received.len() >= MAX_HEAD { Err(FormError::LargeHead) } else { Ok(None) };
        };
        let head = String::from_utf8_lossy(&self.received[..end]).into_owned();
        self.received.drain(..end + HEAD_END.len());
        self.state = State::Data;
        Disposition::of_head(&head).map(Item::Head).map(Some).ok_or(FormError::Malformed)
    }

    fn data(&mut self) -> Option<Item> {
        match self.find_delimiter() {
            Some(found) if found.start == 0 => {
                self.received.drain(..found.end);
                self.state = State::Delimiter;
                Some(Item::DataEnd)
            }
            Some(found) => Some(Item::Data(self.received.drain(..found.start).collect())),
            None => {
                // The last bytes may be the beginning of a delimiter.
                let certain = self.received.len().saturating_sub(self.delimiter.len() - 1);
                (certain > 0).then(|| Item::Data(self.received.drain(..certain).collect()))
            }
        }
    }

    fn find_delimiter(&self) -> Option<Range<usize>> {
        let start = memmem::find(&self.received, &self.delimiter)?;
        Some(start..start + self.delimiter.len())
    }
}

/// Reads the parts of a form that was received whole.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<(Disposition, Vec<u8>)>, FormError> {
    let mut splitter = Splitter::new(content_type)?;
    splitter.push(body);
    let mut parts = Vec::new();
    loop {
        match splitter.next_item()?.ok_or(FormError::Cut)? {
            Item::Head(disposition) => parts.push((disposition, Vec::new())),
            Item::Data(mut data) => {
                if let Some((_, whole)) = parts.last_mut() {
                    whole.append(&mut data);
                }
            }
            Item::DataEnd => {}
            Item::FormEnd => return Ok(parts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=B";

    /// Reads a form that arrives in pieces of this many bytes: the name and the data of each part.
    fn read(body: &[u8], length: usize) -> Result<Vec<(String, String)>, FormError> {
        let mut splitter = Splitter::new(TYPE)?;
        let mut pieces = body.chunks(length);
        let mut parts: Vec<(String, String)> = Vec::new();
        loop {
            match splitter.next_item()? {
                None => splitter.push(pieces.next().ok_or(FormError::Cut)?),
                Some(Item::Head(disposition)) => parts.push((disposition.name, String::new())),
                Some(Item::Data(data)) => {
                    parts.last_mut().unwrap().1.push_str(str::from_utf8(&data).unwrap());
                }
                Some(Item::DataEnd) => {}
                Some(Item::FormEnd) => return Ok(parts),
            }
        }
    }

    fn part(name: &str, data: &str) -> String {
        format!("--B\r\nContent-Disposition: form-data; name=\"{name}\"\r\nX-Other: y\r\n\r\n{data}\r\n")
    }

    #[test]
    fn a_form_is_split_alike_however_its_bytes_arrive() {
        let data = "\r\n--\r\n--A\r\n-\r";
        let body =
            format!("preamble\r\n{}{}{}--B--epilogue", part("a", data), part("b", ""), part("c", "--B"));
        let wanted = [("a", data), ("b", ""), ("c", "--B")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        for length in 1..body.len() {
            assert_eq!(read(body.as_bytes(), length).unwrap(), wanted, "{length}");
        }
        assert_eq!(read(b"--B--", 1), Ok(Vec::new()));
    }

    #[test]
    fn a_malformed_form_is_an_error_and_never_waits_for_more() {
        for (body, error) in [
            ("--B\r\n\r\nx\r\n--B--", FormError::Malformed),
            ("--B\r\nContent-Type: text/plain\r\n\r\nx\r\n--B--", FormError::Malformed),
            ("--Bx\r\n", FormError::Malformed),
            ("--B x", FormError::Malformed),
            (part("a", "x").as_str(), FormError::Cut),
            ("", FormError::Cut),
        ] {
            assert_eq!(read(body.as_bytes(), 3), Err(error), "{body}");
        }
        for content_type in ["multipart/form-data", "multipart/form-data; boundary=", "text/plain"] {
            assert_eq!(Splitter::new(content_type).unwrap_err(), FormError::NoBoundary);
        }
        let long = format!("multipart/form-data; boundary={}", "b".repeat(71));
        assert_eq!(Splitter::new(&long).unwrap_err(), FormError::NoBoundary);
    }

    #[test]
    fn an_endless_form_is_refused_before_it_fills_the_memory() {
        for endless in ["x".repeat(MAX_HEAD + 1), format!("--B\r\nX: {}", "x".repeat(MAX_HEAD))] {
            assert_eq!(read(endless.as_bytes(), 100), Err(FormError::LargeHead));
        }
        let lines = format!("--B\r\n{}", "X-A: b\r\n".repeat(2000));
        assert_eq!(read(lines.as_bytes(), 64), Err(FormError::LargeHead));
        assert_eq!(read(part("a", "").repeat(MAX_PARTS + 1).as_bytes(), 64), Err(FormError::ManyParts));
        let blanks = format!("--B{}", " ".repeat(2 * MAX_HEAD));
        assert_eq!(read(blanks.as_bytes(), 64), Err(FormError::Malformed));
        let mut splitter = Splitter::new(TYPE).unwrap();
        splitter.push(part("a", "").trim_end().as_bytes());
        splitter.push(b"\r\n\r\n");
        let mut handed_on = 0;
        for _ in 0..1000 {
            splitter.push(&[b'x'; 1024]);
            while let Some(item) = splitter.next_item().unwrap() {
                handed_on += if let Item::Data(data) = item { data.len() } else { 0 };
            }
        }
        assert!(handed_on > 1000 * 1024 - 100 && splitter.received.len() < 100, "{handed_on}");
    }
}
