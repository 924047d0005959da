//! The `limits` record: memory, and time by trigger.

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::runtime::TRIGGERS;

const MEMORY: &str = "memory_mib";

/// The limits a plugin sets itself; they can only narrow the server's own. In JSON, a trigger's time is `<record>_ms`,
/// such as `command_ms`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitsRecord {
    pub memory_mib: Option<u32>,
    /// Milliseconds a call may take, by the trigger's record.
    pub time_ms: BTreeMap<&'static str, u32>,
}

impl LimitsRecord {
    /// Returns whether these limits are at least as tight as `agreed`. An unset limit means the server's, which no
    /// plugin can exceed.
    pub fn is_within(&self, agreed: &Self) -> bool {
        let within = |own: Option<u32>, agreed: Option<u32>| {
            agreed.is_none_or(|agreed| own.is_some_and(|own| own <= agreed))
        };
        within(self.memory_mib, agreed.memory_mib)
            && agreed
                .time_ms
                .iter()
                .all(|(record, agreed)| within(self.time_ms.get(record).copied(), Some(*agreed)))
    }
}

impl<'de> Deserialize<'de> for LimitsRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut record = Self::default();
        for (field, limit) in BTreeMap::<String, Option<u32>>::deserialize(deserializer)? {
            if field == MEMORY {
                record.memory_mib = limit;
                continue;
            }
            let trigger = field.strip_suffix("_ms").and_then(|name| {
                TRIGGERS.iter().map(|trigger| trigger.record).find(|record| *record == name)
            });
            let trigger = trigger.ok_or_else(|| D::Error::custom(format!("unknown field `{field}`")))?;
            record.time_ms.extend(limit.map(|limit| (trigger, limit)));
        }
        Ok(record)
    }
}

impl Serialize for LimitsRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(MEMORY, &self.memory_mib)?;
        for trigger in TRIGGERS {
            map.serialize_entry(&format!("{}_ms", trigger.record), &self.time_ms.get(trigger.record))?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_written_by_trigger() {
        let read: LimitsRecord = serde_json::from_str(r#"{"memory_mib":16,"bridge_ms":2000}"#).unwrap();
        let expected = LimitsRecord { memory_mib: Some(16), time_ms: [("bridge", 2000)].into() };
        assert_eq!(read, expected);
        let json = serde_json::json!({"memory_mib": 16, "command_ms": null, "bridge_ms": 2000});
        assert_eq!(serde_json::to_value(&read).unwrap(), json);
        for wrong in [r#"{"disk_ms":1}"#, r#"{"command":1}"#, r#"{"memory_mib":-1}"#] {
            assert!(serde_json::from_str::<LimitsRecord>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_limit_may_be_tightened_but_not_lifted() {
        let limits = |ms: &[(&'static str, u32)]| LimitsRecord {
            memory_mib: None,
            time_ms: ms.iter().copied().collect(),
        };
        let agreed = limits(&[("command", 100)]);
        assert!(limits(&[("command", 50), ("bridge", 9)]).is_within(&agreed));
        assert!(!limits(&[("command", 101)]).is_within(&agreed));
        assert!(!limits(&[]).is_within(&agreed));
        assert!(agreed.is_within(&limits(&[])));
    }
}
