//! The keys of a federation: each of one purpose, and none tells another.

use consil_random::Key;

use crate::sites::ClientId;

/// Under which the clients of a round are chosen.
pub(crate) fn choice(federation: Key, round: u64) -> Key {
    federation.op("choose").step(round)
}

/// Under which a client draws in a round.
///
/// Its words are the beginning of the stream of a key that does not leave the server. The stream is ChaCha's, so that they tell nothing of
/// that key, of its seed, or of another client's or round's words.
pub(crate) fn task(federation: Key, client: ClientId, round: u64) -> Key {
    let mut secret = federation.client(u64::from(client.0) + 1).step(round).op("task").stream();
    let [seed, client, step, op] = std::array::from_fn(|_| secret.word());
    Key { seed, client, step, op }
}

/// A word that differs for different keys of a federation, and tells nothing of them.
pub(crate) fn check(federation: Key) -> u64 {
    federation.op("check").stream().word()
}

/// Under which a client draws for a survey.
pub(crate) fn survey(survey: Key, client: ClientId) -> Key {
    task(survey.op("survey"), client, 0)
}
