//! Payloads as senders write them.

use super::*;
use crate::model::AttachmentField;

fn request(content_type: &str, body: &str) -> HookRequest {
    let headers =
        [("content-type".to_owned(), content_type.to_owned())].into_iter().filter(|(_, v)| !v.is_empty());
    HookRequest { method: "POST".into(), query: String::new(), headers: headers.collect(), body: body.into() }
}

fn text_in(content_type: &str, body: &str) -> Option<String> {
    decode(&request(content_type, body)).ok().map(|decoded| decoded.message.text)
}

#[test]
fn json_is_read_as_go_reads_it() {
    let x = Some("x".to_owned());
    assert_eq!(text_in("", r#"{"text":"x"}"#), x);
    assert_eq!(text_in("", r#"{"Text":"x","unknown":[1]} trailing"#), x);
    assert_eq!(text_in("", r#"{"text":"x","username":null,"attachments":null}"#), x);
    for bad in [r#"{"text":5}"#, r#"{"text":null}"#, r#"["text"]"#, r#"{"text":"#, "", "  "] {
        assert_eq!(text_in("", bad), None, "{bad}");
    }
}

#[test]
fn the_last_of_names_that_differ_in_case_counts() {
    for (body, text) in [
        (r#"{"text":"a","TEXT":"b"}"#, "b"),
        (r#"{"TEXT":"b","text":"a"}"#, "a"),
        (r#"{"tExt":"a","Text":"b","tEXt":"c"}"#, "c"),
        (r#"{"text":"a","text":"b"}"#, "b"),
        (r#"{"text":"a","TEXT":null}"#, "a"),
    ] {
        assert_eq!(text_in("", body).as_deref(), Some(text), "{body}");
    }
    assert_eq!(text_in("", r#"{"text":"a","TEXT":5}"#), None);
    for body in ["[]", "5", "\"text\"", r#"[{"text":"a"}]"#] {
        let decoded = decode(&request("", body));
        assert!(matches!(decoded, Err(PayloadError::Read(ReadError::NotAnObject))), "{body}");
    }
    assert!(matches!(decode(&request("", "null")), Err(PayloadError::NoText)));
}

#[test]
fn attachments_tolerate_nulls_and_other_types() {
    let body = r#"{"attachments":[null,{"title":"t","fields":[null,{"title":"f","value":12345678,"short":"True"}],"ts":"7"}]}"#;
    let decoded = decode(&request("application/json", body)).unwrap();
    let [attachment] = &decoded.message.attachments[..] else { panic!("one attachment") };
    assert_eq!((attachment.title.as_str(), attachment.seconds()), ("t", Some(7)));
    let value = Some("12345678".to_owned());
    assert_eq!(attachment.fields, [AttachmentField { title: "f".into(), value, short: true }]);
    assert!(decode(&request("", r#"{"attachments":[{"fields":[{"short":1}]}]}"#)).is_err());
    assert!(decode(&request("", r#"{"attachments":[{"fields":[{"short":null}]}]}"#)).is_err());
}

#[test]
fn a_multipart_form_holds_a_payload_or_its_texts() {
    let form = |parts: &[(&str, &str)]| {
        let part = |(name, text): &(&str, &str)| {
            format!("--xx\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        parts.iter().map(part).collect::<String>() + "--xx--\r\n"
    };
    let read = |parts: &[(&str, &str)]| {
        let request = request("multipart/form-data; boundary=xx", &form(parts));
        decode(&request).map(|decoded| (decoded.message.text, decoded.message.username, decoded.channel))
    };
    let texts = [("text", "mp"), ("UserName", "ci"), ("channel", "town")];
    assert_eq!(read(&texts).unwrap(), ("mp".into(), Some("ci".into()), "town".into()));
    let payload = [("payload", r#"{"text":"x"}"#)];
    assert_eq!(read(&payload).unwrap(), ("x".into(), None, String::new()));
    assert!(
        matches!(read(&[("text", "x"), ("other", "y")]), Err(PayloadError::UnknownPart(part)) if part == "other")
    );
    assert!(matches!(read(&[("username", "x")]), Err(PayloadError::NoText)));
    let without_boundary = request("multipart/form-data", "text=x");
    assert!(matches!(decode(&without_boundary), Err(PayloadError::Form(FormError::NoBoundary))));
}
