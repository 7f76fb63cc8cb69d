//! What goes wrong with a search cluster, each with what to do about it.

use std::path::PathBuf;

/// A request that had no use.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// An address that can't be used.
    #[error("{url} is no address to use: {reason}")]
    Address {
        /// The address, without what stands before an `@`.
        url: String,
        /// Why not.
        reason: &'static str,
    },
    /// A file of certificates or a password that can't be read.
    #[error("{path}: {reason}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Nobody to ask as.
    #[error("{0}")]
    Credentials(String),
    /// No answer came.
    #[error("{url} gives no answer ({reason})\n{remedy}")]
    Unreachable {
        /// Where.
        url: String,
        /// In the words of the network.
        reason: String,
        /// What to do.
        remedy: &'static str,
    },
    /// The server doesn't know us.
    #[error("{url} answers 401 to {method} {path}: {said}\n{remedy}")]
    Unauthenticated {
        /// Where.
        url: String,
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// In the server's words.
        said: String,
        /// What to do.
        remedy: String,
    },
    /// The server knows us, and doesn't let us.
    #[error("{url} answers 403 to {method} {path}: {said}\n{remedy}")]
    Denied {
        /// Where.
        url: String,
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// In the server's words.
        said: String,
        /// What to do.
        remedy: String,
    },
    /// Any other answer that isn't the one to expect.
    #[error("{url} answers {status} to {method} {path}: {said}{}", beneath(.remedy))]
    Answer {
        /// Where.
        url: String,
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// The status.
        status: u16,
        /// In the server's words.
        said: String,
        /// What to do, where it can be said; otherwise empty.
        remedy: String,
    },
    /// A cluster that writes nothing at present, whoever asks.
    #[error(
        "{url} answers {status} to {method} {path}: {said}\nThe cluster doesn't write: nearly always because a disk \
         is above its watermark (GET _cat/allocation?v shows it), or by a setting cluster.blocks.* (GET \
         _cluster/settings). Make room or take the block off, and run it again, which goes on from there."
    )]
    Blocked {
        /// Where.
        url: String,
        /// The status.
        status: u16,
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// In the server's words.
        said: String,
    },
    /// Ages of which one is never reached.
    #[error(
        "an index can't be warm after {warm} days (--warm-after): it is deleted after {delete} (--delete-after). Give \
         --delete-after more days, fewer to --warm-after, or say --warm-after never."
    )]
    NeverWarm {
        /// Days after which it should become warm.
        warm: u32,
        /// Days after which it is gone.
        delete: u32,
    },
    /// A policy that is to be replaced by force, and whose ages can't be read.
    #[error(
        "{url} has a policy that doesn't say in a form that is known how old indices get (GET {path} shows it): say \
         with --delete-after DAYS, or --delete-after never, how old they may get when --force replaces it"
    )]
    NoAges {
        /// Where.
        url: String,
        /// The policy's path.
        path: String,
    },
    /// A template with a number of copies that the cluster's zones can't share evenly.
    #[error(
        "{url} answers 400 to PUT {path}: {said}\nIts zones have to hold the same number of copies of each index: \
         give --replicas NUMBER, so that NUMBER and one more are a multiple of the number of zones (three zones, as in \
         Multi-AZ with Standby: --replicas 2)."
    )]
    Zones {
        /// Where.
        url: String,
        /// The request's path.
        path: String,
        /// In the server's words.
        said: String,
    },
    /// A policy beside one of somebody else's, with the same priority for some of the same names.
    #[error(
        "{url} answers 400 to PUT {path}: {said}\nAnother policy names some of these indices with the priority \
         {priority}, as ours does (GET _plugins/_ism/policies shows all): give that one other patterns or another \
         priority, of which the higher one wins; or leave the lifecycle to it with --no-lifecycle."
    )]
    Priority {
        /// Where.
        url: String,
        /// Of both.
        priority: u64,
        /// The request's path.
        path: String,
        /// In the server's words.
        said: String,
    },
    /// What stands under a name isn't what was looked at before.
    #[error(
        "somebody has put, changed or removed it since it was looked at, and it was left so: run it again, which looks anew"
    )]
    Meanwhile,
    /// Something else than a search cluster, or one of a version that isn't known.
    #[error("{url} is {what}\n{remedy}")]
    Product {
        /// Where.
        url: String,
        /// What it says that it is.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The part of the server that makes indices warm and deletes them isn't there.
    #[error(
        "{url} has no {what}\nInstall it, or leave the lifecycle out with --no-lifecycle: indices then stay until somebody \
         deletes them."
    )]
    NoLifecycle {
        /// Where.
        url: String,
        /// What is missing.
        what: &'static str,
    },
    /// A file of this program that is none: never in a program that passed its tests.
    #[error("{name} in this program is damaged: {reason}")]
    Embedded {
        /// Which.
        name: &'static str,
        /// How.
        reason: String,
    },
}

/// On a line of its own, where there is something to say.
fn beneath(remedy: &str) -> String {
    if remedy.is_empty() {
        String::new()
    } else {
        format!("\n{remedy}")
    }
}
