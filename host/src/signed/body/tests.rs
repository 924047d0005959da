//! Bodies as clients send them.

use serde_json::json;

use super::*;

fn parse(body: &Value) -> Result<(Users, NoticeDraft), Rejection> {
    notice(&fields(body.to_string().as_bytes())?, 3, false)
}

fn with(also: &Value) -> Value {
    let mut body = json!({"users": [1], "sender": {"name": "CI"}, "title": "Done"});
    body.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    body
}

#[test]
fn a_missing_field_is_named_in_the_original_order() {
    for (body, rejection) in [
        (json!({}), Rejection::NoUsers),
        (json!([]), Rejection::NoUsers),
        (json!({"users": "tom"}), Rejection::NoUsers),
        (json!({"users": []}), Rejection::NoUsers),
        (json!({"users": {"0": 1}}), Rejection::NoUsers),
        (json!({"users": [1]}), Rejection::NoSender),
        (json!({"users": [1], "sender": ""}), Rejection::NoSender),
        (json!({"users": [1], "sender": {}}), Rejection::NoTitle),
        (json!({"users": [1], "sender": "CI", "title": "0"}), Rejection::NoTitle),
    ] {
        assert_eq!(parse(&body), Err(rejection), "{body}");
    }
    assert_eq!(fields(b"{broken"), Ok(Map::new()));
}

#[test]
fn a_group_message_needs_its_group_first() {
    let parse = |body: &Value| group_message(body.as_object().unwrap(), false);
    for (body, rejection) in [
        (json!({}), Rejection::NoGroup),
        (json!({"gid": "0"}), Rejection::NoGroup),
        (json!({"gid": ["x"]}), Rejection::UnknownGroup),
        (json!({"gid": "x"}), Rejection::NoSender),
        (json!({"gid": "x", "sender": {"name": "CI"}}), Rejection::NoTitle),
    ] {
        assert_eq!(parse(&body), Err(rejection), "{body}");
    }
}

#[test]
fn the_first_user_decides_whether_all_are_numbers_or_names() {
    let users = |list: Value| parse(&with(&json!({"users": list}))).unwrap().0;
    let Users::Numbers(numbers, _) = users(json!([1, "3", "tom"])) else { panic!("numbers") };
    assert_eq!(numbers, [Some(1), Some(3), None]);
    let Users::Names(names, given) = users(json!(["Tom", 3, null])) else { panic!("names") };
    assert_eq!(names, [Some("tom".to_owned()), Some("3".to_owned()), None]);
    assert_eq!(given, [json!("Tom"), json!(3), json!(null)]);
    assert_eq!(parse(&with(&json!({"users": [1, 2, 3, 4]}))), Err(Rejection::TooManyUsers(3)));
}

#[test]
fn a_sender_has_a_name_under_any_of_its_names() {
    for (sender, name) in [
        (json!({"name": "A", "realname": "C"}), "A"),
        (json!({"displayName": "B"}), "B"),
        (json!({"realname": "C"}), "C"),
        (json!({}), ""),
        (json!("CI"), "CI"),
        (json!(true), "1"),
    ] {
        let draft = parse(&with(&json!({"sender": sender}))).unwrap().1;
        assert_eq!((draft.sender.name.as_str(), draft.sender.id.as_str()), (name, "robot1"));
    }
    let body = with(&json!({"sender": {"id": 7, "name": "A", "avatar": "javascript:x"}}));
    let sender = parse(&body).unwrap().1.sender;
    assert_eq!((sender.id.as_str(), sender.avatar.as_str()), ("7", ""));
    let direct = |sender: Value| notice(with(&json!({"sender": sender})).as_object().unwrap(), 3, true);
    for nameless in [json!({}), json!("CI"), json!({"id": 1})] {
        assert_eq!(direct(nameless), Err(Rejection::NoSender));
    }
    assert!(direct(json!({"displayName": "B"})).is_ok());
}

#[test]
fn buttons_are_bounded_and_open_known_schemes() {
    let actions = |list: Value| parse(&with(&json!({"actions": list}))).map(|(_, draft)| draft.actions);
    let button =
        actions(json!([{"lable": "Open", "url": "xxc://x", "type": "normal", "icon": "ok"}])).unwrap();
    let expected = NoticeAction {
        label: "Open".to_owned(),
        icon: "ok".to_owned(),
        url: "xxc://x".to_owned(),
        kind: "normal".to_owned(),
    };
    assert_eq!(button, [expected]);
    assert_eq!(actions(json!(null)), Ok(vec![]));
    assert_eq!(actions(json!("x")), Err(Rejection::NotList("actions")));
    assert_eq!(actions(json!([{"url": "https://x"}])), Err(Rejection::NoLabel));
    let one = |label: &str, url: &str| actions(json!([{"label": label, "url": url}]));
    assert!(one(&"ä".repeat(64), "https://x").is_ok());
    assert!(matches!(one(&"ä".repeat(65), "https://x"), Err(Rejection::TooLong { limit: 64, .. })));
    assert_eq!(one("<b>", "https://x"), Err(Rejection::Markup("actions[].label")));
    for url in ["", "javascript:alert(1)", "javascript://x", "//x", "https://x y", "data:x"] {
        assert!(matches!(one("Open", url), Err(Rejection::Url(_))), "{url}");
    }
    let many: Vec<Value> = (0..11).map(|_| json!({"label": "a", "url": "https://x"})).collect();
    assert_eq!(actions(json!(many)), Err(Rejection::TooManyActions(10)));
}

#[test]
fn texts_are_of_bounded_length() {
    let rejection = |also: Value| parse(&with(&also)).unwrap_err();
    assert_eq!(rejection(json!({"contentType": "image"})), Rejection::ContentType);
    assert_eq!(rejection(json!({"content": {}})), Rejection::NotText("content"));
    assert_eq!(rejection(json!({"content": "a\u{0}"})), Rejection::Nul);
    assert_eq!(
        rejection(json!({"title": "x".repeat(251)})),
        Rejection::TooLong { field: "title", limit: 250 }
    );
    assert_eq!(
        rejection(json!({"content": "x".repeat(65_536)})),
        Rejection::TooLong { field: "content", limit: 65_535 }
    );
    assert!(matches!(rejection(json!({"url": "ftp://x"})), Rejection::Url("url")));
    let draft = parse(&with(&json!({"title": 5, "contentType": "plain", "url": "HTTPS://x"}))).unwrap().1;
    assert_eq!((draft.title.as_str(), draft.content_type), ("5", ContentType::Plain));
}
