//! What a call sees of its own writes, and which changes remain at its end.

use super::*;

const AT: Timestamp = Timestamp::NEVER;

fn plugin() -> PluginId {
    "com.acme.a".parse().unwrap()
}

fn stored(version: i64) -> Base {
    Base { version, size: 10 }
}

fn changes(values: Values) -> Vec<(String, Option<i64>, Option<i64>)> {
    let changes = values.into_changes(&plugin(), AT).into_iter();
    changes.map(|change| (change.key, change.expected, change.value.map(|value| value.version))).collect()
}

#[test]
fn several_writes_of_a_key_become_one_change() {
    let mut values = Values::default();
    assert_eq!(values.put("k", stored(4), Some(4), vec![1], None), Ok(5));
    assert_eq!(values.put("k", stored(4), Some(4), vec![2], None), Err(WriteError::Conflict));
    assert_eq!(values.put("k", stored(4), Some(5), vec![3], None), Ok(6));
    assert!(matches!(values.own("k"), Own::Value(value) if value.bytes == [3]));
    assert_eq!(changes(values), [("k".to_owned(), Some(4), Some(6))]);
}

#[test]
fn a_write_after_a_read_expects_the_version_read_and_a_blind_write_none() {
    let mut values = Values::default();
    values.put("blind", stored(4), None, vec![], None).unwrap();
    assert!(values.note_read("seen"));
    values.put("seen", Base::default(), None, vec![], None).unwrap();
    assert_eq!(changes(values), [("blind".to_owned(), None, Some(5)), ("seen".to_owned(), Some(0), Some(1))]);
}

#[test]
fn a_deleted_key_is_absent_and_its_versions_are_not_reused() {
    let mut values = Values::default();
    values.delete("k", stored(4)).unwrap();
    assert_eq!(values.own("k"), Own::Deleted);
    assert_eq!(values.put("k", stored(4), Some(4), vec![], None), Err(WriteError::Conflict));
    assert_eq!(values.put("k", stored(4), Some(0), vec![], None), Ok(5));
    values.delete("never", Base::default()).unwrap();
    assert_eq!(changes(values), [("k".to_owned(), None, Some(5))]);
}

#[test]
fn a_listing_shows_own_writes_and_hides_own_deletions() {
    let mut values = Values::default();
    values.put("a/2", Base::default(), None, vec![], None).unwrap();
    values.put("b", Base::default(), None, vec![], None).unwrap();
    values.delete("a/3", stored(1)).unwrap();
    assert_eq!(values.deleted_with("a/", None), 1);
    let stored = || ["a/1", "a/3", "a/4"].map(str::to_owned).to_vec();
    assert_eq!(values.list(stored(), "a/", None, 3), ["a/1", "a/2", "a/4"]);
    assert_eq!(values.list(stored(), "a/", None, 2), ["a/1", "a/2"]);
    assert_eq!(values.list(vec!["a/4".to_owned()], "a/", Some("a/2"), 9), ["a/4"]);
}

#[test]
fn growth_counts_every_change_once() {
    let mut values = Values::default();
    values.put("abc", stored(1), None, vec![0; 20], None).unwrap();
    values.delete("gone", stored(1)).unwrap();
    assert_eq!(values.growth_with("new", Base::default(), 7), 23 - 10 - 10 + 7);
    assert_eq!(values.growth_with("abc", stored(1), 5), -10 + 5 - 10);
}

#[test]
fn a_call_changes_a_bounded_number_of_keys() {
    let mut values = Values::default();
    for index in 0..MAX_CHANGED_KEYS {
        values.put(&index.to_string(), Base::default(), None, vec![], None).unwrap();
    }
    assert!(matches!(values.put("more", Base::default(), None, vec![], None), Err(WriteError::TooMuch(_))));
    assert_eq!(values.put("0", Base::default(), None, vec![], None), Ok(2));
}

#[test]
fn a_call_reads_a_bounded_number_of_keys() {
    let mut values = Values::default();
    assert!((0..MAX_READ_KEYS).all(|index| values.note_read(&index.to_string())));
    assert!(!values.note_read("more"));
    assert!(values.note_read("0"), "a key that was read is no further one");
}
