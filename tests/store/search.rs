//! Finding posts by their text.

use std::time::Duration;

use jackfield::model::{
    Post, PostEdit, PostKind, Props, Search, SearchTerm, Timestamp, folded, is_word_char,
};
use jackfield::shutdown::Tasks;
use jackfield_tests::{Backend, TestStore, each_backend, soon};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use super::rows::{Room, channel, channel_member, commit_posts, post, room, say, user};

/// Returns a search for all posts in the channels of the room's account.
pub(super) fn everything(room: &Room) -> Search {
    Search {
        user: room.user.id.clone(),
        team: None,
        terms: Vec::new(),
        any: false,
        excluded: Vec::new(),
        authors: Vec::new(),
        other_authors: Vec::new(),
        channels: Vec::new(),
        other_channels: Vec::new(),
        from: None,
        until: None,
        archived: false,
        offset: 0,
        limit: 100,
    }
}

pub(super) fn text(text: &str) -> SearchTerm {
    SearchTerm::Text(text.to_owned())
}

/// Runs the server's indexing loop until no text waits for the index, then stops it.
async fn index_texts(store: &TestStore) {
    let tasks = Tasks::default();
    store.run_indexing(&store.clock, &tasks);
    let caught_up = async {
        while store.backend == Backend::Sqlite && waiting_texts(store).await > 0 {
            store.clock.advance(Duration::from_secs(1));
        }
    };
    soon("the index catches up", caught_up).await;
    tasks.stop();
    soon("the loop ends", tasks.finished()).await;
}

async fn waiting_texts(store: &TestStore) -> i64 {
    let mut connection = SqliteConnection::connect(store.url()).await.unwrap();
    let waiting = "select count(*) from post_texts where number > \
        (select value from counters where name = 'indexed_text')";
    sqlx::query_scalar(waiting).fetch_one(&mut connection).await.unwrap()
}

/// Makes the stored texts those of an earlier version that was stopped while it folded them itself.
async fn fold_as_earlier(store: &TestStore, from: &str, to: &str) {
    let sql = AssertSqlSafe(format!(
        "update post_texts set body = replace(body, '{from}', '{to}'); \
         update counters set value = 0 where name = 'text_folding'; \
         update counters set value = 0 where name = 'refolding_to'; \
         update counters set value = 300 where name = 'refolded_text'"
    ));
    match store.backend {
        Backend::Sqlite => {
            let mut connection = SqliteConnection::connect(store.url()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
        Backend::Postgres => {
            let mut connection = PgConnection::connect(store.url()).await.unwrap();
            sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
        }
    }
}

/// Whether a text holds a term that neither begins nor ends within a word.
fn holds_words(body: &str, term: &str) -> bool {
    let ends = |one: Option<char>, other: Option<char>| {
        !(one.is_some_and(is_word_char) && other.is_some_and(is_word_char))
    };
    // Occurrences may overlap, so each place is looked at.
    body.char_indices().filter(|(at, _)| body[*at..].starts_with(term)).any(|(at, _)| {
        let (before, after) = (&body[..at], &body[at + term.len()..]);
        ends(before.chars().next_back(), term.chars().next())
            && ends(term.chars().next_back(), after.chars().next())
    })
}

async fn found(store: &TestStore, search: &Search) -> Vec<String> {
    store.search_posts(search).await.unwrap().into_iter().map(|post| post.message).collect()
}

each_backend! {
    async fn terms_are_found_with_and_without_an_index(store: TestStore) {
        let room = room(&store).await;
        for text in ["Äpfel und Birnen", "äpfel #obst", "京都 #OBST", "no"] {
            say(&store, &room, text).await;
        }
        let all = everything(&room);
        let with = |terms: &[SearchTerm]| Search { terms: terms.to_vec(), ..all.clone() };
        assert_eq!(found(&store, &all).await, ["no", "京都 #OBST", "äpfel #obst", "Äpfel und Birnen"]);
        assert_eq!(found(&store, &with(&[text("äpfel")])).await, ["äpfel #obst", "Äpfel und Birnen"]);
        assert_eq!(found(&store, &with(&[text("äpfel"), SearchTerm::Beginning("un".to_owned())])).await, ["Äpfel und Birnen"]);
        assert_eq!(found(&store, &with(&[text("un")])).await, [""; 0]);
        assert_eq!(found(&store, &with(&[text("no")])).await, ["no"]);
        assert_eq!(found(&store, &with(&[text("都")])).await, ["京都 #OBST"]);
        let tag = SearchTerm::Tag("#obst".to_owned());
        assert_eq!(found(&store, &with(std::slice::from_ref(&tag))).await, ["京都 #OBST", "äpfel #obst"]);
        assert_eq!(found(&store, &with(&[SearchTerm::Tag("#obs".to_owned())])).await, [""; 0]);
        let any = Search { any: true, ..with(&[text("birnen"), tag]) };
        assert_eq!(found(&store, &any).await, ["京都 #OBST", "äpfel #obst", "Äpfel und Birnen"]);
        let any = Search { any: true, ..with(&[text("birnen"), text("no")]) };
        assert_eq!(found(&store, &any).await, ["no", "Äpfel und Birnen"]);
        let without = Search { excluded: vec![text("birnen"), text("京")], ..all.clone() };
        assert_eq!(found(&store, &without).await, ["no", "äpfel #obst"]);
        let second = Search { offset: 1, limit: 1, ..with(&[text("äpfel")]) };
        assert_eq!(found(&store, &second).await, ["Äpfel und Birnen"]);
    }
}

each_backend! {
    async fn a_search_finds_only_what_its_user_may_read(store: TestStore) {
        let room = room(&store).await;
        let bob = user(&store, "bob").await;
        let secret = channel(&store.clock, None, "secret");
        store.create_channel(secret.clone(), channel_member(&secret, &bob)).await.unwrap();
        let hidden = post(&store.clock, &secret, &bob.id, "hidden");
        let own = post(&store.clock, &room.channel, &bob.id, "system hidden");
        commit_posts(&store, &[hidden, Post { kind: PostKind::custom("system_join"), ..own }]).await;
        let seen = say(&store, &room, "not hidden").await;
        let hers = Search { terms: vec![text("hidden")], ..everything(&room) };
        let his = Search { user: bob.id.clone(), ..hers.clone() };
        assert_eq!(found(&store, &hers).await, ["not hidden"]);
        assert_eq!(found(&store, &his).await, ["hidden"]);
        let his_in_team = Search { team: Some(room.team.id.clone()), ..his.clone() };
        assert_eq!(found(&store, &his_in_team).await, ["hidden"], "a channel of no team counts everywhere");
        let narrowed = [
            Search { authors: vec![bob.id.clone()], ..hers.clone() },
            Search { other_authors: vec![room.user.id.clone()], ..hers.clone() },
            Search { channels: vec![room.off_topic.id.clone()], ..hers.clone() },
            Search { other_channels: vec![room.channel.id.clone()], ..hers.clone() },
            Search { until: Some(seen.create_at), ..hers.clone() },
            Search { from: Some(Timestamp::from_millis(seen.create_at.as_millis() + 1)), ..hers.clone() },
        ];
        for search in narrowed {
            assert_eq!(found(&store, &search).await, [""; 0], "{search:?}");
        }
        let exact = Search { from: Some(seen.create_at), channels: vec![room.channel.id.clone()], ..hers };
        assert_eq!(found(&store, &exact).await, ["not hidden"]);

        let named = async |user, team, name: &str| {
            store.own_channels_named(user, team, &[name.to_owned(), "absent".to_owned()]).await.unwrap()
        };
        store.join_channel(channel_member(&room.off_topic, &bob)).await.unwrap();
        assert_eq!(named(&bob.id, None, "off-topic").await, std::slice::from_ref(&room.off_topic.id));
        assert_eq!(named(&bob.id, Some(&room.team.id), "secret").await, std::slice::from_ref(&secret.id));
        assert_eq!(named(&bob.id, None, "town-square").await, []);
    }
}

each_backend! {
    /// Compares searches for random terms in random texts with a plain scan of every text, which both databases must
    /// match.
    async fn the_index_loses_nothing(store: TestStore) {
        const SIGNS: [&str; 14] =
            ["a", "B", "c", "ä", "Ä", "ß", "Σ", "東", "京", "都", " ", "\n", "%", "_"];
        let room = room(&store).await;
        // A simple generator with a fixed seed makes the same texts in every run.
        let mut state: u64 = 0x2545_f491_4f6c_dd1d;
        let mut made = |longest: usize| -> String {
            let mut roll = |below: usize| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                usize::try_from(state >> 33).unwrap() % below
            };
            let length = 1 + roll(longest);
            (0..length).map(|_| SIGNS[roll(SIGNS.len())]).collect()
        };
        let mut texts = Vec::new();
        for _ in 0..60 {
            let said = made(30);
            say(&store, &room, &said).await;
            texts.push(said);
        }
        for _ in 0..150 {
            let terms: Vec<String> = [folded(&made(5)), folded(&made(3))].into();
            let terms: Vec<String> = terms.into_iter().filter(|term| !term.is_empty()).collect();
            for any in [false, true] {
                let holds = |said: &&String| {
                    // The attachment of a test's post repeats the text.
                    let body = folded(&format!("{said}\n{said}"));
                    if any && !terms.is_empty() {
                        terms.iter().any(|term| holds_words(&body, term))
                    } else {
                        !body.is_empty() && terms.iter().all(|term| holds_words(&body, term))
                    }
                };
                let expected: Vec<&String> = texts.iter().rev().filter(holds).collect();
                let wanted = terms.iter().map(|term| text(term)).collect();
                let search = Search { terms: wanted, any, ..everything(&room) };
                let found = found(&store, &search).await;
                assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{terms:?} any: {any}");
            }
        }
    }
}

each_backend! {
    async fn a_text_is_found_before_and_after_it_is_indexed(store: TestStore) {
        let room = room(&store).await;
        for text in ["first of these", "second of these"] {
            say(&store, &room, text).await;
        }
        let all = Search { terms: vec![text("these")], ..everything(&room) };
        assert_eq!(found(&store, &all).await, ["second of these", "first of these"]);
        index_texts(&store).await;
        assert_eq!(found(&store, &all).await, ["second of these", "first of these"]);
        // The newest text is removed; the next new text must not be mistaken for it.
        let second = store.search_posts(&all).await.unwrap().remove(0);
        let edit = PostEdit {
            id: second.id,
            message: Some("second, edited".to_owned()),
            props: Some(Props::default()),
            is_pinned: None,
            at: second.create_at,
            is_edited: true,
        };
        store.edit_post(edit).await.unwrap();
        assert_eq!(found(&store, &all).await, ["first of these"]);
        let edits = Search { terms: vec![text("edited")], ..everything(&room) };
        assert_eq!(found(&store, &edits).await, ["second, edited"]);
        index_texts(&store).await;
        assert_eq!(found(&store, &edits).await, ["second, edited"]);
        assert_eq!(found(&store, &all).await, ["first of these"]);
    }
}

each_backend! {
    async fn many_texts_are_indexed_in_parts(store: TestStore) {
        let room = room(&store).await;
        let note = |number| post(&store.clock, &room.channel, &room.user.id, &format!("note {number:04}"));
        commit_posts(&store, &(0..1100).map(note).collect::<Vec<_>>()).await;
        let one = |number: i32| Search { terms: vec![text(&format!("{number:04}"))], ..everything(&room) };
        index_texts(&store).await;
        for number in [0, 511, 512, 1023, 1024, 1099] {
            assert_eq!(found(&store, &one(number)).await, [format!("note {number:04}")]);
        }
        assert_eq!(found(&store, &one(1100)).await, [""; 0]);
    }
}

each_backend! {
    async fn texts_are_indexed_in_the_background_until_the_server_stops(store: TestStore) {
        let room = room(&store).await;
        say(&store, &room, "to be indexed").await;
        index_texts(&store).await;
    }
}

each_backend! {
    async fn texts_of_an_earlier_folding_are_folded_again_in_the_background(store: TestStore) {
        let room = room(&store).await;
        let note = |number| post(&store.clock, &room.channel, &room.user.id, &format!("note {number:04}"));
        commit_posts(&store, &(0..600).map(note).collect::<Vec<_>>()).await;
        let wide = Search { terms: vec![text("abc")], limit: 1000, ..everything(&room) };
        index_texts(&store).await;
        fold_as_earlier(&store, "note", "ＡＢＣ").await;
        // One more text is not indexed yet.
        say(&store, &room, "abc at last").await;
        assert_eq!(found(&store, &wide).await, ["abc at last"]);
        let tasks = Tasks::default();
        store.run_indexing(&store.clock, &tasks);
        let folded_again = async {
            while found(&store, &wide).await.len() < 601 {
                store.clock.advance(Duration::from_secs(1));
            }
        };
        soon("the texts are folded again", folded_again).await;
        tasks.stop();
        soon("the loop ends", tasks.finished()).await;
        let one = Search { terms: vec![text("abc 0599")], ..everything(&room) };
        assert_eq!(found(&store, &one).await, ["note 0599"]);
        assert_eq!(found(&store, &Search { terms: vec![text("note")], ..one }).await, [""; 0]);
    }
}
