//! Uploaded files, and the posts that attach them.

use jackfield::clock::Clock;
use jackfield::model::{Changes, FileId, FileInfo, Post, PostId, Search, SearchTerm, UserId};
use jackfield_tests::{TestStore, each_backend};

use super::rows::{Room, assert_conflict, assert_missing, deletion, post, room, say, unknown, user};
use super::search::everything;

fn file(clock: &Clock, room: &Room, name: &str) -> FileInfo {
    FileInfo {
        id: clock.id(),
        user_id: room.user.id.clone(),
        channel_id: room.channel.id.clone(),
        post_id: None,
        name: name.to_owned(),
        size: 5_000_000_000,
        mime_type: "image/png".to_owned(),
        width: 3,
        height: 4,
        create_at: clock.now(),
        update_at: clock.now(),
    }
}

async fn attach(
    store: &TestStore,
    post: &Post,
    files: &[&FileInfo],
) -> Result<(), jackfield::store::StoreError> {
    let files = files.iter().map(|file| file.id.clone()).collect();
    let changes =
        Changes { posts: vec![post.clone()], files: vec![(post.id.clone(), files)], ..Changes::default() };
    store.commit(changes).await
}

each_backend! {
    async fn a_file_is_found_by_its_id(store: TestStore) {
        let room = room(&store).await;
        let (one, two) = (file(&store.clock, &room, "ä b.png"), file(&store.clock, &room, "two"));
        store.create_files(vec![one.clone(), two.clone()]).await.unwrap();
        assert_eq!(store.file(&one.id).await.unwrap(), Some(one));
        assert_eq!(store.file(&two.id).await.unwrap(), Some(two));
        assert_eq!(store.file(&unknown::<FileId>()).await.unwrap(), None);
    }
}

each_backend! {
    async fn a_post_takes_files_in_its_order(store: TestStore) {
        let room = room(&store).await;
        let files = ["one", "two", "three"].map(|name| file(&store.clock, &room, name));
        store.create_files(files.to_vec()).await.unwrap();
        let [one, two, three] = &files;
        let (first, second) = (post(&store.clock, &room.channel, &room.user.id, "a"), post(&store.clock, &room.channel, &room.user.id, "b"));
        assert_eq!(store.waiting_files(&room.user.id).await.unwrap(), 3);
        assert_eq!(store.waiting_files(&unknown::<UserId>()).await.unwrap(), 0);
        let ids = [one.id.clone(), two.id.clone(), unknown()];
        let waiting = store.waiting_among(&room.user.id, &ids).await.unwrap();
        assert_eq!(waiting, [one.id.clone(), two.id.clone()].into());
        assert!(store.waiting_among(&unknown(), &ids).await.unwrap().is_empty());
        attach(&store, &first, &[two, one]).await.unwrap();
        assert!(store.waiting_among(&room.user.id, &ids).await.unwrap().is_empty());
        assert_eq!(store.waiting_files(&room.user.id).await.unwrap(), 1);
        attach(&store, &second, &[three]).await.unwrap();
        let taken = |file: &FileInfo, post: &Post| FileInfo { post_id: Some(post.id.clone()), ..file.clone() };
        let of_first = [taken(two, &first), taken(one, &first)];
        assert_eq!(store.files_of(std::slice::from_ref(&first.id)).await.unwrap(), of_first);
        let mut both = store.files_of(&[second.id.clone(), first.id.clone(), unknown::<PostId>()]).await.unwrap();
        both.sort_by(|a, b| a.post_id.cmp(&b.post_id));
        assert_eq!(both, [of_first.as_slice(), &[taken(three, &second)]].concat());
        assert_eq!(store.files_of(&[]).await.unwrap(), []);
        assert_eq!(store.file_count(&room.channel.id).await.unwrap(), 3);
    }
}

each_backend! {
    async fn a_file_is_taken_once_and_the_second_post_is_not_made(store: TestStore) {
        let room = room(&store).await;
        let (one, two) = (file(&store.clock, &room, "one"), file(&store.clock, &room, "two"));
        store.create_files(vec![one.clone(), two.clone()]).await.unwrap();
        let first = post(&store.clock, &room.channel, &room.user.id, "a");
        attach(&store, &first, &[&one]).await.unwrap();
        let second = post(&store.clock, &room.channel, &room.user.id, "b");
        assert_conflict(attach(&store, &second, &[&two, &one]).await);
        assert_eq!(store.post(&second.id).await.unwrap(), None);
        assert_eq!(store.file(&two.id).await.unwrap().and_then(|file| file.post_id), None);
        let never = FileInfo { id: unknown::<FileId>(), ..two };
        assert_conflict(attach(&store, &second, &[&never]).await);
    }
}

each_backend! {
    async fn a_file_needs_its_account(store: TestStore) {
        let room = room(&store).await;
        say(&store, &room, "hi").await;
        let good = file(&store.clock, &room, "good");
        let mut orphan = file(&store.clock, &room, "orphan");
        orphan.user_id = unknown::<UserId>();
        assert_missing(store.create_files(vec![good.clone(), orphan]).await);
        assert_eq!(store.file(&good.id).await.unwrap(), None);
    }
}

each_backend! {
    async fn the_files_of_a_thread_go_with_its_first_post(store: TestStore) {
        let room = room(&store).await;
        let files = ["one", "two", "three"].map(|name| file(&store.clock, &room, name));
        store.create_files(files.to_vec()).await.unwrap();
        let [one, two, three] = &files;
        let root = post(&store.clock, &room.channel, &room.user.id, "a");
        let reply = Post { root_id: Some(root.id.clone()), ..post(&store.clock, &room.channel, &room.user.id, "b") };
        let other = post(&store.clock, &room.channel, &room.user.id, "c");
        attach(&store, &root, &[one]).await.unwrap();
        attach(&store, &reply, &[two]).await.unwrap();
        attach(&store, &other, &[three]).await.unwrap();
        store.delete_post(deletion(&root, store.clock.now())).await.unwrap();
        assert_eq!(store.file_count(&room.channel.id).await.unwrap(), 1);
        assert_eq!(store.files_of(&[root.id, reply.id]).await.unwrap(), []);
        assert_eq!(store.file(&one.id).await.unwrap(), None);
        let mut removed = store.removed_files(9).await.unwrap();
        removed.sort();
        assert_eq!(removed, [one.id.clone(), two.id.clone()]);
        assert_eq!(store.removed_files(1).await.unwrap().len(), 1);
        store.delete_files(vec![one.id.clone(), three.id.clone()]).await.unwrap();
        assert_eq!(store.removed_files(9).await.unwrap(), vec![two.id.clone()]);
        assert!(store.file(&three.id).await.unwrap().is_some());
    }
}

each_backend! {
    async fn old_files_without_a_post_expire_and_no_post_takes_them_then(store: TestStore) {
        let room = room(&store).await;
        let (old, taken) = (file(&store.clock, &room, "old"), file(&store.clock, &room, "taken"));
        store.create_files(vec![old.clone(), taken.clone()]).await.unwrap();
        attach(&store, &post(&store.clock, &room.channel, &room.user.id, "a"), &[&taken]).await.unwrap();
        let before = store.clock.now();
        store.clock.advance(std::time::Duration::from_secs(1));
        let new = file(&store.clock, &room, "new");
        store.create_files(vec![new.clone()]).await.unwrap();
        store.expire_files(before, store.clock.now()).await.unwrap();
        assert_eq!(store.removed_files(9).await.unwrap(), []);
        store.expire_files(store.clock.now(), store.clock.now()).await.unwrap();
        assert_eq!(store.removed_files(9).await.unwrap(), vec![old.id.clone()]);
        assert_eq!(store.file(&old.id).await.unwrap(), None);
        assert!(store.file(&new.id).await.unwrap().is_some());
        assert_conflict(attach(&store, &post(&store.clock, &room.channel, &room.user.id, "b"), &[&old]).await);
    }
}

each_backend! {
    async fn only_files_with_a_row_are_known(store: TestStore) {
        let room = room(&store).await;
        let one = file(&store.clock, &room, "one");
        store.create_files(vec![one.clone()]).await.unwrap();
        let known = store.known_files(&[one.id.clone(), unknown::<FileId>()]).await.unwrap();
        assert_eq!(known.into_iter().collect::<Vec<_>>(), [one.id]);
        assert!(store.known_files(&[]).await.unwrap().is_empty());
    }
}

each_backend! {
    async fn files_are_searched_by_the_words_of_their_names(store: TestStore) {
        let room = room(&store).await;
        let files = ["Plan Ä.PDF", "plan-2.png", "plans.pdf", "loose plan.pdf"].map(|name| file(&store.clock, &room, name));
        store.create_files(files.to_vec()).await.unwrap();
        let [one, two, three, loose] = &files;
        let made = post(&store.clock, &room.channel, &room.user.id, "a");
        attach(&store, &made, &[one, two, three]).await.unwrap();
        let text = |text: &str| SearchTerm::Text(text.to_owned());
        let search = |terms: Vec<SearchTerm>| Search { terms, ..everything(&room) };
        let found = async |search: Search, extensions: &[&str]| {
            let extensions: Vec<String> = extensions.iter().map(|&text| text.to_owned()).collect();
            let found = store.search_files(&search, &extensions).await.unwrap();
            found.into_iter().map(|file| file.name).collect::<Vec<_>>()
        };
        assert_eq!(found(search(vec![text("plan")]), &[]).await, ["plan-2.png", "Plan Ä.PDF"]);
        assert_eq!(found(search(vec![text("ä")]), &[]).await, ["Plan Ä.PDF"]);
        assert_eq!(found(search(vec![SearchTerm::Beginning("plan".to_owned())]), &["pdf"]).await, ["plans.pdf", "Plan Ä.PDF"]);
        assert_eq!(found(search(vec![]), &["png", "gif"]).await, ["plan-2.png"]);
        let without = Search { excluded: vec![text("plan")], ..everything(&room) };
        assert_eq!(found(without, &[]).await, ["plans.pdf"]);
        let others = Search { user: user(&store, "bob").await.id, ..search(vec![text("plan")]) };
        assert_eq!(found(others, &[]).await, [""; 0]);
        let among = [one.id.clone(), loose.id.clone()];
        assert_eq!(store.files_among(&among).await.unwrap(), std::slice::from_ref(loose));
    }
}
