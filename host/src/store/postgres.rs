//! What only PostgreSQL needs: the code that trades clarity for speed on it, and what makes its nodes agree.

mod listener;
mod node;
mod writers;

pub(super) use listener::Listener;
pub(super) use node::Node;
pub(super) use writers::Writers;
