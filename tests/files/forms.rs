//! Forms of uploads as clients write them, and hostile ones.

use jackfield_tests::{TestHost, each_backend};

use super::{BOUNDARY, kept_becomes, post_form};
use crate::support::refused;

const FILES: &str = "/api/v4/files";

each_backend! {
    async fn a_file_has_the_name_that_its_client_means(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let path = format!("{FILES}?channel_id={}", place.channel_id);
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        for (parameters, name, mime_type) in [
            (r#"name="files"; filename*=utf-8''%E8%B4%A8%E9%87%8F.txt"#, "质量.txt", "text/plain; charset=utf-8"),
            (r#"name="files"; filename*=utf-8''%E2%82%AC.txt; filename="naive.txt""#, "€.txt", "text/plain; charset=utf-8"),
            (r#"name="files"; filename="naive.txt"; filename*=utf-8''%E2%82%AC.txt"#, "€.txt", "text/plain; charset=utf-8"),
            (
                r#"name="files"; filename="=?utf-8?B?6LSo6YePLnR4dA==?="; filename*=utf-8''%E8%B4%A8%E9%87%8F.txt"#,
                "质量.txt",
                "text/plain; charset=utf-8",
            ),
            (r#"name="files"; filename="=?utf-8?B?6LSo6YePLnR4dA==?=""#, "质量.txt", "text/plain; charset=utf-8"),
            (r"filename=plain.txt; name=files", "plain.txt", "text/plain; charset=utf-8"),
            (r#"name="files"; filename="say \"hi\".txt""#, "say \"hi\".txt", "text/plain; charset=utf-8"),
        ] {
            let body = format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; {parameters}\r\n\r\nx\r\n--{BOUNDARY}--\r\n"
            );
            let info = anna.post_raw(&path, Some(&content_type), body).await.expect(201)["file_infos"][0].clone();
            assert_eq!((&info["name"], &info["mime_type"]), (&name.into(), &mime_type.into()), "{parameters}");
        }
    }
}

each_backend! {
    async fn a_form_with_an_endless_head_preamble_or_list_of_parts_is_413(host: TestHost) {
        let anna = host.user("anna").await;
        let place = host.place(&anna).await;
        let path = format!("{FILES}?channel_id={}", place.channel_id);
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"image\"\r\n\r\n\r\n");
        for (path, body) in [
            (path.as_str(), format!("--{BOUNDARY}\r\nX: {}", "a".repeat(3_000_000))),
            (path.as_str(), format!("--{BOUNDARY}\r\n{}", "X-A: b\r\n".repeat(300_000))),
            (path.as_str(), "a".repeat(3_000_000)),
            ("/api/v4/emoji", "a".repeat(3_000_000)),
            ("/api/v4/emoji", part.repeat(200)),
        ] {
            let error = refused(&anna.post_raw(path, Some(&content_type), body).await, 413);
            assert_eq!(error["id"], "api.context.request_body_too_large.app_error");
        }
        kept_becomes(&host, 0).await;
    }
}

each_backend! {
    async fn an_account_in_no_team_uploads_nothing(host: TestHost) {
        let (anna, eve) = (host.user("anna").await, host.user("eve").await);
        let place = host.place(&anna).await;
        let file: (&str, Option<&str>, &[u8]) = ("files", Some("a"), b"a");
        let channel: (&str, Option<&str>, &[u8]) = ("channel_id", None, place.channel_id.as_bytes());
        for parts in [[file, channel], [channel, file]] {
            refused(&post_form(&eve, FILES, &parts).await, 403);
        }
        kept_becomes(&host, 0).await;
        post_form(&anna, FILES, &[file, channel]).await.expect(201);
    }
}
