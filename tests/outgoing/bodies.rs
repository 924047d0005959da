//! What receivers get.

use jackfield_tests::{START_MILLIS, TestHost, each_backend};
use serde_json::json;

use super::{Scene, text};

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_052_a_form_has_twelve_fields_and_its_time_in_seconds(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({"trigger_words": ["#build"], "content_type": "text/plain"})).await;
        let post = scene.post("#build ü & = % +\u{1f600}").await;
        let arrived = scene.receiver.next().await;
        assert_eq!((arrived.path.as_str(), arrived.header("content-type")), ("/out", "application/x-www-form-urlencoded"));
        let seconds = (START_MILLIS / 1000).to_string();
        let expected = [
            ("channel_id", scene.place.channel_id.as_str()),
            ("channel_name", "town-square"),
            ("file_ids", ""),
            ("post_id", text(&post["id"])),
            ("team_domain", "main"),
            ("team_id", scene.place.team_id.as_str()),
            ("text", "#build ü & = % +\u{1f600}"),
            ("timestamp", seconds.as_str()),
            ("token", text(&hook["token"])),
            ("trigger_word", "#build"),
            ("user_id", scene.admin.id()),
            ("user_name", "admin"),
        ];
        assert_eq!(arrived.form(), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_053_json_has_the_fields_in_order_and_its_time_in_milliseconds(host: TestHost) {
        let scene = Scene::new(&host).await;
        let hook = scene.hook(json!({"content_type": "application/json"})).await;
        let post = scene.post("all \"of\" it").await;
        let arrived = scene.receiver.next().await;
        assert_eq!(arrived.header("content-type"), "application/json");
        let expected = format!(
            r#"{{"token":{},"team_id":"{}","team_domain":"main","channel_id":"{}","channel_name":"town-square","timestamp":{START_MILLIS},"user_id":"{}","user_name":"admin","post_id":{},"text":"all \"of\" it","trigger_word":"","file_ids":""}}"#,
            hook["token"], scene.place.team_id, scene.place.channel_id, scene.admin.id(), post["id"],
        );
        assert_eq!(String::from_utf8(arrived.body).expect("UTF-8"), expected);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_054_a_request_accepts_json_and_names_its_sender(host: TestHost) {
        let scene = Scene::new(&host).await;
        scene.hook(json!({})).await;
        scene.post("x").await;
        let arrived = scene.receiver.next().await;
        assert_eq!(arrived.header("accept"), "application/json");
        assert!(arrived.header("user-agent").starts_with("jackfield/"), "{:?}", arrived.headers);
    }
}

each_backend! {
    with |config| { crate::outgoing::local(config) }
    async fn fact_064_each_of_two_addresses_gets_the_whole_body(host: TestHost) {
        let scene = Scene::new(&host).await;
        let urls = ["/a", "/b", "/a"].map(|path| scene.receiver.url(path));
        let hook = scene.hook(json!({"callback_urls": urls})).await;
        assert_eq!(hook["callback_urls"], json!(urls));
        scene.post("x").await;
        let mut arrived = [scene.receiver.next().await, scene.receiver.next().await];
        arrived.sort_by(|a, b| a.path.cmp(&b.path));
        assert_eq!([&arrived[0].path, &arrived[1].path], ["/a", "/b"]);
        assert_eq!(arrived[0].form(), arrived[1].form());
        assert_eq!(arrived[0].form().len(), 12);
        assert_ne!(arrived[0].header("webhook-id"), arrived[1].header("webhook-id"));
        assert_eq!(scene.deliveries(&hook).await.len(), 2, "an address that is named twice gets one");
    }
}
