//! The keys of a federation: each of one purpose, and none tells another.

use consil_random::Key;

use crate::sites::ClientId;

/// Under which the clients of a round are chosen.
pub(crate) fn choice(federation: Key, round: u64) -> Key {
    federation.child("choose").at(round)
}

/// Under which a client draws in a round.
///
/// A numbered child tells nothing of the key above it, so that what a client is sent tells nothing of the seed, or of another client's or
/// round's key.
pub(crate) fn task(federation: Key, client: ClientId, round: u64) -> Key {
    federation.child("site").at(u64::from(client.0)).child("round").at(round)
}

/// A word that differs for different keys of a federation, and tells nothing of them.
pub(crate) fn check(federation: Key) -> u64 {
    federation.child("check").stream().word()
}

/// Under which a client draws for a survey.
pub(crate) fn survey(survey: Key, client: ClientId) -> Key {
    task(survey.child("survey"), client, 0)
}
