//! Bodies as programs send them, read.

use serde_json::json;

use super::*;

fn read(body: &Value) -> Result<(Users, NoticeDraft), Fault> {
    notice(&fields(body.to_string().as_bytes()), 3, false)
}

fn with(also: &Value) -> Value {
    let mut body = json!({"users": [1], "sender": {"name": "CI"}, "title": "Done"});
    body.as_object_mut().unwrap().extend(also.as_object().unwrap().clone());
    body
}

#[test]
fn what_is_missing_is_named_in_the_wires_order() {
    for (body, fault) in [
        (json!({}), Fault::NoUsers),
        (json!([]), Fault::NoUsers),
        (json!({"users": "tom"}), Fault::NoUsers),
        (json!({"users": []}), Fault::NoUsers),
        (json!({"users": {"0": 1}}), Fault::NoUsers),
        (json!({"users": [1]}), Fault::NoSender),
        (json!({"users": [1], "sender": ""}), Fault::NoSender),
        (json!({"users": [1], "sender": {}}), Fault::NoTitle),
        (json!({"users": [1], "sender": "CI", "title": "0"}), Fault::NoTitle),
    ] {
        assert_eq!(read(&body), Err(fault), "{body}");
    }
    assert_eq!(fields(b"{broken"), Map::new());
}

#[test]
fn a_group_message_asks_for_its_group_first() {
    let read = |body: &Value| group_message(body.as_object().unwrap(), false);
    for (body, fault) in [
        (json!({}), Fault::NoGroup),
        (json!({"gid": "0"}), Fault::NoGroup),
        (json!({"gid": ["x"]}), Fault::UnknownGroup),
        (json!({"gid": "x"}), Fault::NoSender),
        (json!({"gid": "x", "sender": {"name": "CI"}}), Fault::NoTitle),
    ] {
        assert_eq!(read(&body), Err(fault), "{body}");
    }
}

#[test]
fn the_first_user_says_what_all_of_them_are() {
    let users = |list: Value| read(&with(&json!({"users": list}))).unwrap().0;
    let Users::Numbers(numbers, _) = users(json!([1, "3", "tom"])) else { panic!("numbers") };
    assert_eq!(numbers, [Some(1), Some(3), None]);
    let Users::Names(names, given) = users(json!(["Tom", 3, null])) else { panic!("names") };
    assert_eq!(names, [Some("tom".to_owned()), Some("3".to_owned()), None]);
    assert_eq!(given, [json!("Tom"), json!(3), json!(null)]);
    assert_eq!(read(&with(&json!({"users": [1, 2, 3, 4]}))), Err(Fault::TooManyUsers(3)));
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
        let said = read(&with(&json!({"sender": sender}))).unwrap().1;
        assert_eq!((said.sender.name.as_str(), said.sender.id.as_str()), (name, "robot1"));
    }
    let body = with(&json!({"sender": {"id": 7, "name": "A", "avatar": "javascript:x"}}));
    let sender = read(&body).unwrap().1.sender;
    assert_eq!((sender.id.as_str(), sender.avatar.as_str()), ("7", ""));
    let direct = |sender: Value| notice(with(&json!({"sender": sender})).as_object().unwrap(), 3, true);
    for nobody in [json!({}), json!("CI"), json!({"id": 1})] {
        assert_eq!(direct(nobody), Err(Fault::NoSender));
    }
    assert!(direct(json!({"displayName": "B"})).is_ok());
}

#[test]
fn buttons_are_few_and_open_known_addresses() {
    let actions = |list: Value| read(&with(&json!({"actions": list}))).map(|(_, said)| said.actions);
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
    assert_eq!(actions(json!("x")), Err(Fault::NotList("actions")));
    assert_eq!(actions(json!([{"url": "https://x"}])), Err(Fault::NoLabel));
    let one = |label: &str, url: &str| actions(json!([{"label": label, "url": url}]));
    assert!(one(&"ä".repeat(64), "https://x").is_ok());
    assert!(matches!(one(&"ä".repeat(65), "https://x"), Err(Fault::TooLong { limit: 64, .. })));
    assert_eq!(one("<b>", "https://x"), Err(Fault::Markup("actions[].label")));
    for url in ["", "javascript:alert(1)", "javascript://x", "//x", "https://x y", "data:x"] {
        assert!(matches!(one("Open", url), Err(Fault::Url(_))), "{url}");
    }
    let many: Vec<Value> = (0..11).map(|_| json!({"label": "a", "url": "https://x"})).collect();
    assert_eq!(actions(json!(many)), Err(Fault::TooManyActions(10)));
}

#[test]
fn texts_are_texts_of_bounded_length() {
    let fault = |also: Value| read(&with(&also)).unwrap_err();
    assert_eq!(fault(json!({"contentType": "image"})), Fault::ContentType);
    assert_eq!(fault(json!({"content": {}})), Fault::NotText("content"));
    assert_eq!(fault(json!({"content": "a\u{0}"})), Fault::Nul);
    assert_eq!(fault(json!({"title": "x".repeat(251)})), Fault::TooLong { field: "title", limit: 250 });
    assert_eq!(
        fault(json!({"content": "x".repeat(65_536)})),
        Fault::TooLong { field: "content", limit: 65_535 }
    );
    assert!(matches!(fault(json!({"url": "ftp://x"})), Fault::Url("url")));
    let said = read(&with(&json!({"title": 5, "contentType": "plain", "url": "HTTPS://x"}))).unwrap().1;
    assert_eq!((said.title.as_str(), said.content_type), ("5", ContentType::Plain));
}
