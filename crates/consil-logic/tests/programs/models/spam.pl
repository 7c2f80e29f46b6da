% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! spam: 0.95
0.4::spam.
word_prob(offer, 0.7, 0.1). word_prob(meeting, 0.05, 0.3). word_prob(free, 0.6, 0.2).
P::has(W) :- word_prob(W, P, _), spam.
P::has(W) :- word_prob(W, _, P), \+spam.
evidence(has(offer)). evidence(has(meeting), false). evidence(has(free)).
query(spam).
