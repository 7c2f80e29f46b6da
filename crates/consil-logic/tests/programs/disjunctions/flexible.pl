% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! out: 0.7
%! walk(rain): 0.03
%! walk(sun): 0.35
odds(sun, 0.5, 0.2). odds(rain, 0.1, 0.6).
P::walk(W); Q::drive(W) :- odds(W, P, Q), weather(W).
0.7::weather(sun); 0.3::weather(rain).
out :- walk(_). out :- drive(_).
query(out). query(walk(_)).
