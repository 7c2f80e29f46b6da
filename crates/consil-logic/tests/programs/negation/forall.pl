% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! all_ok: 0.125
0.5::ok(X) :- part(X). part(1). part(2). part(3).
all_ok :- forall(part(X), ok(X)).
query(all_ok).
