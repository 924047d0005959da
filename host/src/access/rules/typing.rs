//! Being seen typing.

use super::allow;
use crate::access::AccessError;

/// Only who is in a channel can be seen typing there, administrators included.
pub fn type_in(member: bool) -> Result<(), AccessError> {
    allow(member, "type in this channel: you are not a member")
}
