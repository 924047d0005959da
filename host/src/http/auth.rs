//! Extractors that carry what they prove: who the caller is, and what the caller may do with the resource in the path.

mod proofs;
mod session;

pub(super) use proofs::NamedUser;
pub(super) use session::{
    CSRF_COOKIE, DEVICE_COOKIE, ProvenAccount, Session, TOKEN_COOKIE, USER_COOKIE, cookie, recognise, token,
};
